/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key=value words as candidates, from the schema of the VM and from the names that it has. Main
 * thread.
 */
#pragma once

#include "qmpbridge/ui/prompt/candidates.h"

G_BEGIN_DECLS

/**
 * Offers arguments "key=" and "key.", and behind "key=" the values.
 *
 * @command: of QMP, for live names; NULL for events.
 * @top: (nullable): the type of all arguments.
 */
void candidates_offer_pairs(Candidates *c, const char *command, const SchemaType *top);
/** Offers the arguments of a QMP command. */
void candidates_offer_arguments(Candidates *c, const char *command);
/** Offers the names that a value can be. */
void candidates_offer_names(Candidates *c, const char *before, const LiveNamesPlace *place);

G_END_DECLS
