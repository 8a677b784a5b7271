/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge serve`: main loop, signals, and what it prints meanwhile. It has no shell and
 * no prompt: `qmpbridge SOCKET` has both.
 */
#include "qmpbridge/program/main-serve.h"

#include <glib-unix.h>
#include <signal.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/program/serve.h"
#include "qmpbridge/ui/prompt/display.h"
#include "qmpbridge/ui/output/output.h"

typedef struct {
    const Options *options;
    GMainLoop *loop;
    Output *output;
    gboolean away; /* and the output says so */
    int code;
} ServeApp;

static void on_ready(const char *version, gpointer user_data)
{
    ServeApp *app = user_data;
    g_autofree char *text =
        g_strdup_printf("Connected to QEMU %s.", version ? version : "of an unknown version");

    app->away = FALSE;
    output_hint(app->output, NULL, text);
}

/* Prints the first attempt that fails, and not those that follow. */
static void on_lost(const GError *error, guint retry_ms, gpointer user_data)
{
    ServeApp *app = user_data;

    if (!app->away || retry_ms == 0)
        output_error(app->output, NULL, app->options->address, error);
    app->away = TRUE;
    if (retry_ms > 0)
        return;
    app->code = bridge_error_exit_code(error);
    g_main_loop_quit(app->loop);
}

static const ServeHandlers handlers = {on_ready, on_lost};

static gboolean on_signal(gpointer user_data)
{
    g_main_loop_quit(user_data);
    return G_SOURCE_CONTINUE;
}

static void run(ServeApp *app)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    guint sources[G_N_ELEMENTS(signals)];

    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        sources[i] = g_unix_signal_add(signals[i], on_signal, app->loop);
    g_main_loop_run(app->loop);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(sources[i]);
}

int main_serve(const Options *options)
{
    ServeApp app = {.options = options, .loop = g_main_loop_new(NULL, FALSE)};
    const OutputOptions look = {
        .json = options->json, .chatty = TRUE, .places = TRUE, .write = display_write};
    const ServeOptions how = {
        .monitor = options->address,
        .tls = options->tls,
        .socket = options->socket,
        .log = options->log,
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(Serve) serve = NULL;

    app.output = output_new(&look);
    serve = serve_start(&how, &handlers, &app, &error);
    if (serve) {
        output_running(app.output, serve_socket(serve), NULL);
        run(&app);
    } else {
        output_error(app.output, NULL, "qmpbridge", error);
        app.code = bridge_error_exit_code(error);
    }
    g_clear_pointer(&serve, serve_free);
    output_free(app.output);
    g_main_loop_unref(app.loop);
    return app.code;
}
