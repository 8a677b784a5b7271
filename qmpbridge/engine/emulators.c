/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulators that the user has named or installed; see emulators.h.
 */
#include "qmpbridge/engine/emulators.h"

#include <string.h>

#include "qmpbridge/core/error.h"

struct Emulators {
    gatomicrefcount refs;
    char *chosen, *plugin;
    GHashTable *configured; /**< what emulators_is_key() accepts -> path */
    GMutex lock;
    GHashTable *found; /**< "ENGINE TARGET VERSION" asked for, without the package -> Emulator */
};

gboolean emulators_is_key(const char *text)
{
    const char *slash = strchr(text, '/');
    g_autofree char *target = slash ? g_strndup(text, slash - text) : NULL;

    return (!target || target_find(target, NULL)) && version_is_name(slash ? slash + 1 : text);
}

Emulators *emulators_new(const char *chosen, GHashTable *configured, const char *plugin)
{
    Emulators *emulators = g_new0(Emulators, 1);

    g_atomic_ref_count_init(&emulators->refs);
    emulators->chosen = g_strdup(chosen);
    emulators->plugin = g_strdup(plugin);
    emulators->configured =
        configured ? g_hash_table_ref(configured) : g_hash_table_new(g_str_hash, g_str_equal);
    g_mutex_init(&emulators->lock);
    emulators->found =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)emulator_free);
    return emulators;
}

Emulators *emulators_ref(Emulators *emulators)
{
    g_atomic_ref_count_inc(&emulators->refs);
    return emulators;
}

void emulators_unref(Emulators *emulators)
{
    if (!emulators || !g_atomic_ref_count_dec(&emulators->refs))
        return;
    g_hash_table_unref(emulators->configured);
    g_hash_table_unref(emulators->found);
    g_mutex_clear(&emulators->lock);
    g_free(emulators->chosen);
    g_free(emulators->plugin);
    g_free(emulators);
}

/** What is looked for, and what was seen on the way. */
typedef struct {
    const EngineClass *engine;
    const Target *target;
    const char *plugin;
    Version wanted;
    Emulator *near; /**< (nullable): one of the same series */
    GString *seen;  /**< "/opt/qemu is 7.2.22", for the message */
} Search;

/* Tries the program @path. The very version is @found: the search is over. Errors: EMULATOR: it
 * can't be run, or can't record. */
static gboolean look_at(Search *search, const char *path, Emulator **found, GError **error)
{
    g_autoptr(Emulator) emulator = emulator_find(path, 0, error);
    g_autofree char *text = NULL;
    gboolean fits;

    if (!emulator)
        return FALSE;
    text = version_to_text(&emulator->number);
    g_string_append_printf(search->seen, "%s%s is %s", search->seen->len ? ", " : "",
                           emulator->path, text);
    fits = emulator->number.micro == search->wanted.micro;
    if (version_compare_series(&emulator->number, search->wanted.major, search->wanted.minor) ||
        (!fits && search->near))
        return FALSE;
    emulator_free(g_steal_pointer(&emulator));
    emulator = search->engine->probe(path, search->plugin, error);
    if (!emulator)
        return FALSE;
    if (emulator->target != search->target) {
        g_string_append_printf(search->seen, " for %s", emulator->target->name);
        return FALSE;
    }
    *(fits ? found : &search->near) = g_steal_pointer(&emulator);
    return fits;
}

/* As look_at(), for a program that the user hasn't named by --qemu: that it fails is no error. */
static gboolean try(Search *search, const char *path, Emulator **found)
{
    g_autoptr(GError) error = NULL;

    if (look_at(search, path, found, &error))
        return TRUE;
    if (error && path != search->target->emulator)
        g_string_append_printf(search->seen, "%s%s", search->seen->len ? ", " : "", error->message);
    return FALSE;
}

/* The path that the configuration has for @version of @target, before that for any target. Returns:
 * (nullable). */
static const char *configured_path(const Emulators *emulators, const Target *target,
                                   const char *version)
{
    g_autofree char *key = g_strconcat(target->name, "/", version, NULL);
    const char *path = g_hash_table_lookup(emulators->configured, key);

    return path ? path : g_hash_table_lookup(emulators->configured, version);
}

/* (transfer full): the emulator that fits, or NULL. */
static Emulator *search_all(const Emulators *emulators, Search *search, GError **error)
{
    g_autofree char *exact = version_to_text(&search->wanted);
    g_autofree char *series = version_series(&search->wanted);
    const char *places[] = {configured_path(emulators, search->target, exact),
                            configured_path(emulators, search->target, series),
                            search->target->emulator};
    g_autoptr(GError) reason = NULL;
    Emulator *found = NULL;

    if (emulators->chosen && look_at(search, emulators->chosen, &found, &reason))
        return found;
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        if (places[i] && try(search, places[i], &found))
            return found;
    }
    if (search->near)
        return g_steal_pointer(&search->near);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                "it was recorded by %s %s for %s, which isn't here (%s): name one of %s by "
                "--qemu, or as %s/%s=PATH in [emulators] of the configuration file",
                search->engine->title, exact, search->target->name,
                search->seen->len ? search->seen->str : "there is none on PATH", series,
                search->target->name, series);
    return NULL;
}

const Emulator *emulators_find(Emulators *emulators, const EngineClass *engine,
                               const Target *target, const char *version, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&emulators->lock);
    Search search = {.engine = engine, .target = target, .plugin = emulators->plugin};
    g_autofree char *key = NULL, *exact = NULL;
    Emulator *emulator;

    if (!version || !version_parse(version, &search.wanted)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                    "recording.json doesn't say which %s recorded it", engine->title);
        return NULL;
    }
    exact = version_to_text(&search.wanted);
    key = g_strdup_printf("%s %s %s", engine->name, target->name, exact);
    emulator = g_hash_table_lookup(emulators->found, key);
    if (emulator)
        return emulator;
    search.seen = g_string_new(NULL);
    emulator = search_all(emulators, &search, error);
    g_string_free(search.seen, TRUE);
    emulator_free(search.near);
    if (emulator)
        g_hash_table_insert(emulators->found, g_steal_pointer(&key), emulator);
    return emulator;
}
