/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Can a QEMU record; see trial.h. The trial run starts a machine without CPU and memory in record
 * mode and lets it quit at once: 0.1 s, nothing of the user's is touched.
 */
#include "qmpbridge/engine/qemu/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/vm/arguments.h"

/** Oldest QEMU whose plugin API can read registers and memory, as a hypercall needs (API 4). */
#define OLDEST_MAJOR 10
/** Newest QEMU whose plugin API the plugin is known to speak. */
#define NEWEST_MAJOR 11
#define NEWEST_MINOR 1
#define NEWER "this qmpbridge knows QEMU 10.0 to 11.1: use one of them, or a newer qmpbridge"
/** Bytes before the first event of an rr log (replay/replay.c: HEADER_SIZE). */
#define LOG_HEADER 12u

/* A finished rr log starts with the version word and ends with the shutdown and the end event. */
static gboolean read_log_words(Emulator *emulator, const char *log, GError **error)
{
    g_autofree char *bytes = NULL;
    QemuTrial trial;
    gsize len = 0;

    if (g_file_get_contents(log, &bytes, &len, NULL) && len >= LOG_HEADER + sizeof(trial.log_end)) {
        memcpy(trial.log_word, bytes, sizeof(trial.log_word));
        memcpy(trial.log_end, bytes + len - sizeof(trial.log_end), sizeof(trial.log_end));
        g_clear_pointer(&emulator->trial, g_bytes_unref);
        emulator->trial = g_bytes_new(&trial, sizeof(trial));
        return TRUE;
    }
    return emulator_error(error, emulator->path,
                          "it left no record/replay log: it can't be used for recording");
}

/* Takes the target from what QEMU answered on its monitor, an object a line. */
static gboolean read_target(Emulator *emulator, const char *replies, GError **error)
{
    g_auto(GStrv) line = g_strsplit(replies, "\n", 64);
    g_autoptr(GError) reason = NULL;

    for (char **l = line; *l; l++) {
        g_autoptr(JsonObject) reply = json_parse_object(*l, -1, NULL);
        JsonObject *value = json_as_object(json_lookup(reply, "return"));
        const char *name = json_as_string(json_lookup(value, "arch"));

        if (!name)
            continue;
        emulator->target = target_find(name, &reason);
        return emulator->target || emulator_error(error, emulator->path, reason->message);
    }
    return emulator_error(error, emulator->path, "it doesn't say which target it emulates");
}

/* Its plugin API may be one that the plugin doesn't speak. */
static gboolean is_newer_than_known(const Emulator *emulator)
{
    return version_compare_series(&emulator->number, NEWEST_MAJOR, NEWEST_MINOR) > 0;
}

/* Starts QEMU in record mode and lets it quit. @sandbox: confined, as the real run will be. */
static gboolean trial_run(Emulator *emulator, const char *plugin, const char *log, gboolean sandbox,
                          GError **error)
{
    g_autofree char *rrfile = arguments_escape(log);
    g_autofree char *icount = g_strdup_printf("shift=5,rr=record,rrfile=%s", rrfile);
    g_autofree char *escaped = plugin ? arguments_escape(plugin) : NULL;
    g_autofree char *loads = g_strdup_printf("file=%s,dry=on", plugin ? escaped : "");
    /* clang-format off */
    const char *argv[] = {emulator->path, "-M", "none", "-nodefaults", "-no-user-config",
                          "-display", "none", "-S", "-qmp", "stdio", "-icount", icount,
                          "-sandbox", sandbox ? ARGUMENTS_SANDBOX : "off",
                          plugin ? "-plugin" : NULL, loads, NULL};
    /* clang-format on */
    g_auto(EmulatorOutput) output = {0};
    g_autofree char *line = NULL;
    g_autofree char *what = NULL;

    emulator->sandbox = sandbox;

    if (!emulator_run(emulator, argv,
                      "{'execute':'qmp_capabilities'}{'execute':'query-target'}{'execute':'quit'}",
                      &output, error))
        return FALSE;
    if (output.success)
        return read_log_words(emulator, log, error) && read_target(emulator, output.out, error);
    line = emulator_first_line(output.err);
    what = g_strdup_printf("can't record: %s%s", line,
                           is_newer_than_known(emulator) ? "; " NEWER : "");
    return emulator_error(error, emulator->path, what);
}

static gboolean check_version(const Emulator *emulator, GError **error)
{
    g_autofree char *series = version_series(&emulator->number);
    g_autofree char *what = NULL;

    if (emulator->number.major >= OLDEST_MAJOR)
        return TRUE;
    what = g_strdup_printf(
        "QEMU %s is too old: its plugins can't take hypercalls; " EMULATOR_REMEDY, series);
    return emulator_error(error, emulator->path, what);
}

Emulator *qemu_try(const char *path, const char *plugin, guint timeout_ms, GError **error)
{
    g_autoptr(Emulator) emulator = emulator_find(path, timeout_ms, error);
    g_autofree char *log = g_build_filename(g_get_tmp_dir(), "qmpbridge-trial-XXXXXX", NULL);
    gboolean good;
    int fd;

    if (!emulator || !check_version(emulator, error))
        return NULL;
    fd = g_mkstemp_full(log, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "%s: %s", log, g_strerror(errno));
        return NULL;
    }
    close(fd);
    good = trial_run(emulator, plugin, log, TRUE, NULL) ||
           trial_run(emulator, plugin, log, FALSE, error);
    g_unlink(log);
    return good ? g_steal_pointer(&emulator) : NULL;
}

const QemuTrial *qemu_trial_of(const Emulator *emulator)
{
    return g_bytes_get_data(emulator->trial, NULL);
}
