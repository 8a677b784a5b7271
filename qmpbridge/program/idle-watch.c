/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a recording that has become idle; see idle-watch.h.
 */
#include "qmpbridge/program/idle-watch.h"

#include "qmpbridge/io/clock.h"
#include "qmpbridge/vm/forwards.h"

/* Reference-counted: an answer may come when its owner has freed it. */
struct IdleWatch {
    QmpClient *monitor;
    Service *service; /**< NULL: freed */
    gint64 limit_us;
    gint64 alive; /**< when it was last seen that the recording isn't idle */
    gboolean asked;
    guint timer;
};

static gboolean is_on(const IdleWatch *watch)
{
    return service_is_busy(watch->service) && !service_is_changing(watch->service);
}

static void answered(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    IdleWatch *watch = user_data;
    const char *text = error ? NULL : json_as_string(value);

    (void)client;
    watch->asked = FALSE;
    if (!watch->service)
        return;
    if (!text || !is_on(watch) || forwards_count_connections(text) > 0)
        watch->alive = clock_mono();
    else if (clock_mono() - watch->alive >= watch->limit_us)
        service_end(watch->service, "idle");
}

static gboolean look(gpointer user_data)
{
    IdleWatch *watch = user_data;

    if (!is_on(watch)) {
        watch->alive = clock_mono();
        return G_SOURCE_CONTINUE;
    }
    if (watch->asked)
        return G_SOURCE_CONTINUE;
    watch->asked = TRUE;
    qmp_client_execute_full(watch->monitor, "human-monitor-command", forwards_question(), 0, 0,
                            answered, g_rc_box_acquire(watch), g_rc_box_release);
    return G_SOURCE_CONTINUE;
}

IdleWatch *idle_watch_new(QmpClient *monitor, Service *service, guint limit_ms)
{
    IdleWatch *watch = g_rc_box_new0(IdleWatch);

    watch->monitor = monitor;
    watch->service = service;
    watch->limit_us = (gint64)limit_ms * 1000;
    watch->alive = clock_mono();
    watch->timer = g_timeout_add(IDLE_WATCH_MS, look, watch);
    return watch;
}

void idle_watch_free(IdleWatch *watch)
{
    if (!watch)
        return;
    g_source_remove(watch->timer);
    watch->service = NULL;
    g_rc_box_release(watch);
}
