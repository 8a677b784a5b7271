/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gap as event logs and JSON output show it. Pure.
 */
#pragma once

#include "qmpbridge/io/endpoint.h"

G_BEGIN_DECLS

/**
 * {"gap": {"begin": TIME, "end": TIME, "seconds": N, "reason": TEXT}}, times as in event logs.
 *
 * @gap: one that has ended. @reason: (nullable): why there was no connection; the member is missing
 * then.
 *
 * Returns: (transfer full): plain text on one line.
 */
GBytes *gap_to_json(const EndpointGap *gap, const char *reason);

G_END_DECLS
