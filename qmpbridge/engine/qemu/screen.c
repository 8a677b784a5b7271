/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of the guest's screen; see screen.h. QEMU draws one beside the recording, which gets it
 * once it is whole: an answer that comes too late leaves nothing there.
 */
#include "qmpbridge/engine/qemu/screen.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "qmpbridge/engine/qemu/steps.h"

/** QEMU's file, in the run's directory. */
#define PICTURE "screen.png"

static void drawn(Qemu *qemu, const char *name, const GError *error)
{
    g_autofree char *picture = g_build_filename(qemu->with.directory, PICTURE, NULL);
    g_autofree char *place = recording_file(qemu->recording, name);

    if (error)
        eventlog_note(qemu->with.events, "no %s: %s", name, error->message);
    else if (g_rename(picture, place) != 0)
        eventlog_note(qemu->with.events, "no %s: %s", name, g_strerror(errno));
    qemu_next(qemu);
}

static void begin_drawn(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    drawn(user_data, RECORDING_SCREEN_BEGIN, error);
}

static void end_drawn(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    drawn(user_data, RECORDING_SCREEN_END, error);
}

static void draw(Qemu *qemu, QmpReplyFunc func)
{
    g_autofree char *picture = g_build_filename(qemu->with.directory, PICTURE, NULL);
    JsonObject *args;

    if (!qemu->with.machine->graphics) {
        qemu_next(qemu);
        return;
    }
    args = qemu_string_args("filename", picture);
    json_object_set_string_member(args, "format", "png");
    qemu_ask(qemu, "screendump", args, func);
}

void qemu_step_screen_begin(gpointer user_data)
{
    draw(user_data, begin_drawn);
}

void qemu_step_screen_end(gpointer user_data)
{
    draw(user_data, end_drawn);
}
