/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds an engine; see engines.h.
 */
#include "qmpbridge/engine/engines.h"

#include "qmpbridge/core/error.h"

const EngineClass *engines_find(const char *name, GError **error)
{
    for (guint i = 0; engines[i]; i++) {
        if (g_strcmp0(engines[i]->name, name) == 0)
            return engines[i];
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                "'%.40s' is no engine that this qmpbridge knows: use a newer one", name);
    return NULL;
}

const EngineClass *engines_of(const Recording *recording, GError **error)
{
    const EngineClass *class = engines_find(recording->engine, error);

    if (!class || class->keeps)
        return class;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                "the engine '%s' makes no recordings", class->name);
    return NULL;
}

/* The first engine of @mode. */
static const EngineClass *of_mode(const char *mode)
{
    for (guint i = 0; engines[i]; i++) {
        if (g_str_equal(engines[i]->mode, mode))
            return engines[i];
    }
    return NULL;
}

const EngineClass *engines_probe(const char *path, const char *plugin, const char *mode,
                                 Emulator **emulator, GError **error)
{
    g_autoptr(GError) why = NULL;

    for (guint i = 0; engines[i]; i++) {
        if (!engines[i]->probe)
            continue;
        g_clear_error(&why);
        *emulator = engines[i]->probe(path, plugin, &why);
        if (*emulator)
            return g_str_equal(engines[i]->mode, mode) ? engines[i] : of_mode(mode);
        if (!g_error_matches(why, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED))
            break;
    }
    g_propagate_error(error, g_steal_pointer(&why));
    return NULL;
}
