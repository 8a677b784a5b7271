/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a VM in record mode is reset; see reset.h.
 */
#include "qmpbridge/engine/qemu/reset.h"

#include "qmpbridge/engine/qemu/steps.h"

/** The vCPU gets this long to come to rest. QEMU says that the VM has stopped while its vCPU may
 * still be on the way to its wait, by the lock of record and replay. */
#define REST_MS 300u

gboolean qemu_wants_reset(const char *event, JsonObject *data)
{
    static const char *const resets[] = {"guest-reset", "host-qmp-system-reset", NULL};
    const char *reason = json_as_string(json_lookup(data, "reason"));

    return g_str_equal(event, "SHUTDOWN") && reason && g_strv_contains(resets, reason);
}

static void step_replied(QmpClient *client, JsonNode *value, const GError *error,
                         gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    if (error)
        qemu_fail_reply(qemu, "the VM's reset", error);
    else
        qemu_next(qemu);
}

/* After a failure the VM isn't let go on. */
static void step_rest(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->held = FALSE;
    qemu_wait(qemu, REST_MS);
}

static void step_allow(gpointer user_data)
{
    qemu_ask(user_data, "set-action", qemu_string_args("reboot", "reset"), step_replied);
}

static void reset_replied(QmpClient *client, JsonNode *value, const GError *error,
                          gpointer user_data)
{
    Qemu *qemu = user_data;

    if (error && qemu->wait_reset)
        step_replied(client, value, error, user_data);
}

/* The event may come before the reply, or after it. */
static void step_reset(gpointer user_data)
{
    qemu_wait_for_reset(user_data);
    qemu_ask(user_data, "system_reset", NULL, reset_replied);
}

static void step_forbid(gpointer user_data)
{
    qemu_ask(user_data, "set-action", qemu_string_args("reboot", "shutdown"), step_replied);
}

static void step_go_on(gpointer user_data)
{
    qemu_ask(user_data, "cont", NULL, step_replied);
}

const SequenceStep qemu_reset_steps[] = {
    qemu_step_hold, /* it runs again if this is the second of two resets */
    step_rest,      step_allow, step_reset, step_forbid, step_go_on, NULL,
};
