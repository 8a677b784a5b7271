/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmp-pump-client SOCKET SECONDS WINDOW: what qmp-pump-library does with the qemu.qmp library,
 * with our own client as the program uses it: each reply is framed, checked, matched with its
 * command and handed over. Prints replies per second; in microseconds the median and the 99th
 * percentile of the time to a reply; and the microseconds of CPU that each command took.
 */
#include <stdio.h>

#include "qmpbridge/io/client.h"
#include "qmpbridge/io/transport.h"
#include "tests/bench/latency.h"

typedef struct {
    GMainLoop *loop;
    QmpClient *client;
    Latency latency;
    uint64_t end;
    guint in_flight;
} Pump;

/* A command under way. */
typedef struct {
    Pump *pump;
    uint64_t sent;
} Shot;

static void fire(Shot *shot);

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    Shot *shot = user_data;
    Pump *pump = shot->pump;

    (void)client;
    (void)value;
    if (error)
        g_error("query-status: %s", error->message);
    pump->in_flight--;
    latency_note(&pump->latency, latency_now() - shot->sent);
    if (latency_now() < pump->end)
        fire(shot);
    else if (pump->in_flight == 0)
        g_main_loop_quit(pump->loop);
}

static void fire(Shot *shot)
{
    shot->pump->in_flight++;
    shot->sent = latency_now();
    qmp_client_execute_text(shot->pump->client, "query-status", NULL, QMP_EXECUTE, QMP_TIMEOUT_NONE,
                            on_reply, shot, NULL);
}

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)client;
    (void)greeting;
    g_main_loop_quit(((Pump *)user_data)->loop);
}

static void on_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    (void)user_data;
    g_error("%s", error->message);
}

static const QmpClientOps ops = {.ready = on_ready, .closed = on_closed};

static void run(Pump *pump, double seconds, guint window)
{
    g_autofree Shot *shots = g_new0(Shot, window);
    uint64_t begin = latency_now();
    uint64_t cpu = latency_cpu();
    double count;

    pump->end = begin + (uint64_t)(seconds * 1e6);
    for (guint i = 0; i < window; i++) {
        shots[i].pump = pump;
        fire(&shots[i]);
    }
    g_main_loop_run(pump->loop);
    count = (double)pump->latency.count;
    printf("%.0f %llu %llu %.2f\n", count * 1e6 / (double)(latency_now() - begin),
           (unsigned long long)latency_percentile(&pump->latency, 0.5),
           (unsigned long long)latency_percentile(&pump->latency, 0.99),
           (double)(latency_cpu() - cpu) / count);
}

int main(int argc, char **argv)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GError) error = NULL;
    static Pump pump;
    GIOStream *stream;
    guint window = argc == 4 ? (guint)g_ascii_strtoull(argv[3], NULL, 10) : 0;

    if (window == 0) {
        fprintf(stderr, "usage: qmp-pump-client SOCKET SECONDS WINDOW\n");
        return 2;
    }
    stream = transport_connect(argv[1], &error);
    if (!stream)
        g_error("%s", error->message);
    pump.loop = loop;
    pump.client = qmp_client_new(stream, 0, &ops, &pump);
    g_main_loop_run(loop);
    run(&pump, g_ascii_strtod(argv[2], NULL), window);
    qmp_client_unref(pump.client);
    return 0;
}
