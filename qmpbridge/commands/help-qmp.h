/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the schema has of a command or an event, as a text for people. Pure.
 */
#pragma once

#include "qmpbridge/core/schema.h"

G_BEGIN_DECLS

/**
 * Explains a command or an event: its arguments as a tree, with types, values and marks; of
 * unions what each variant adds, or all of the variant that @pairs choose.
 *
 * @schema: that @entity is of.
 * @pairs: (nullable): words "driver=qcow2", for the tags of unions.
 *
 * Returns: (transfer full): printable lines; bounded, whatever the schema says.
 */
char *help_qmp(const Schema *schema, const SchemaEntity *entity, char **pairs);

G_END_DECLS
