/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The back end of a dry run: it begins and ends at once and records nothing, so that a guest
 * image and its hypercalls can be tried at full speed.
 */
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/record/backend.h"

static void dry_begin(Backend *backend, Recording *recording, BackendDone done, gpointer user_data)
{
    (void)backend;
    recording->wall_begin = clock_wall();
    recording->mono_begin = clock_mono();
    done(NULL, user_data);
}

static void dry_end(Backend *backend, Recording *recording, BackendDone done, gpointer user_data)
{
    (void)backend;
    recording->wall_end = clock_wall();
    recording->mono_end = clock_mono();
    done(NULL, user_data);
}

static void dry_free(Backend *backend)
{
    g_free(backend);
}

static const BackendClass dry_class = {
    .mode = MODE_DRY,
    .keeps = FALSE,
    .begin = dry_begin,
    .end = dry_end,
    .free = dry_free,
};

Backend *backend_dry_new(void)
{
    Backend *backend = g_new0(Backend, 1);

    backend->class = &dry_class;
    return backend;
}
