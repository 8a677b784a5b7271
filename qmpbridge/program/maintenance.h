/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge maintain IMAGE`: a VM that writes its image itself. The rest is as in `run`; here is
 * what is different: may the image be changed?
 */
#pragma once

#include "qmpbridge/ui/output/output.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/**
 * Refuses to change the disks of @machine that are written in place while a QEMU uses one, or
 * recordings of the store @store (nullable: the default one) replay with it. @force: the recordings
 * are no reason; a warning names them. May read the image for its digest.
 * Errors: USAGE, with the remedy; STORE.
 */
gboolean maintenance_check(const Machine *machine, const char *store, gboolean force,
                           Output *output, GError **error);

G_END_DECLS
