/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What input.c and input-action.c share.
 */
#pragma once

#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/language/input.h"
#include "qmpbridge/shell/language/validate.h"

G_BEGIN_DECLS

/** Fails with BRIDGE_ERROR_USAGE. @what: "command". @nearest: what could be meant. */
void input_fail_name(const Words *words, const char *name, const char *what, const Suggest *nearest,
                     GError **error);

/** Arguments of @name as a tree; what is missing counts as missing behind the name. */
Value *input_read_pairs(const char *name, char **pairs, const Words *words, GError **error);

G_END_DECLS
