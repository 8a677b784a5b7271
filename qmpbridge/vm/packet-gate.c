/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate for a guest's packets; see packet-gate.h. The stream in both directions is that of
 * QEMU's net/filter-mirror.c: a length of four bytes, big-endian, and a frame.
 */
#include "qmpbridge/vm/packet-gate.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

#define LENGTH_BYTES 4u
/** A longer frame than QEMU's NET_BUFSIZE means that the stream is broken. */
#define MAX_FRAME (4096u + 65536u)
/** Bytes that wait for QEMU to read them; what comes then is lost, as on any network. */
#define MAX_WAITING (1u << 20)
/** Of the socket: room for what QEMU writes while the thread waits for a CPU. */
#define SOCKET_BUFFER (1 << 20)
#define READ_BYTES 65536u

struct PacketGate {
    GArray *rules;
    int from, to;          /**< what the thread reads, and where it writes */
    PacketGateEnds theirs; /**< -1: closed */
    GThread *thread;
    GByteArray *in, *out; /**< only the thread touches them */
};

/* Moves the whole frames of .in that pass to .out. FALSE: the stream is broken. */
static gboolean sort_frames(PacketGate *gate)
{
    const EgressRule *rules = (const EgressRule *)(void *)gate->rules->data;
    gsize at = 0;

    while (gate->in->len - at >= LENGTH_BYTES) {
        const guint8 *entry = gate->in->data + at;
        guint32 len;

        memcpy(&len, entry, sizeof(len));
        len = GUINT32_FROM_BE(len);
        if (len > MAX_FRAME)
            return FALSE;
        if (gate->in->len - at - LENGTH_BYTES < len)
            break;
        if (egress_passes(rules, gate->rules->len, entry + LENGTH_BYTES, len) &&
            gate->out->len + LENGTH_BYTES + len <= MAX_WAITING)
            g_byte_array_append(gate->out, entry, LENGTH_BYTES + len);
        at += LENGTH_BYTES + len;
    }
    if (at > 0)
        g_byte_array_remove_range(gate->in, 0, (guint)at);
    return TRUE;
}

static gboolean is_passing(int why)
{
    return why == EAGAIN || why == EINTR;
}

static gboolean read_some(PacketGate *gate)
{
    guint len = gate->in->len;
    ssize_t n;

    g_byte_array_set_size(gate->in, len + READ_BYTES);
    n = recv(gate->from, gate->in->data + len, READ_BYTES, MSG_DONTWAIT);
    g_byte_array_set_size(gate->in, len + (n > 0 ? (guint)n : 0));
    return n > 0 ? sort_frames(gate) : n < 0 && is_passing(errno);
}

static gboolean write_some(PacketGate *gate)
{
    ssize_t n = send(gate->to, gate->out->data, gate->out->len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n > 0)
        g_byte_array_remove_range(gate->out, 0, (guint)n);
    return n > 0 || is_passing(errno);
}

static void close_ours(PacketGate *gate)
{
    shutdown(gate->from, SHUT_RDWR);
    shutdown(gate->to, SHUT_RDWR);
}

static gpointer run_gate(gpointer data)
{
    PacketGate *gate = data;
    gboolean open = TRUE;

    while (open) {
        struct pollfd ends[] = {
            {.fd = gate->from, .events = POLLIN},
            {.fd = gate->to, .events = gate->out->len > 0 ? POLLOUT : 0},
        };

        if (poll(ends, G_N_ELEMENTS(ends), -1) < 0) {
            open = is_passing(errno);
            continue;
        }
        open = !(ends[1].revents & (POLLHUP | POLLERR)) &&
               (ends[0].revents == 0 || read_some(gate)) &&
               (gate->out->len == 0 || write_some(gate));
    }
    close_ours(gate); /* QEMU drops what the guest sends from now on */
    return NULL;
}

/* @reader, @writer: (out): the ends of a new stream. */
static gboolean make_stream(int *reader, int *writer, GError **error)
{
    int bytes = SOCKET_BUFFER; /* as much of it as the host allows */
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                    "no socket for the guest's packets: %s", g_strerror(errno));
        return FALSE;
    }
    *reader = ends[0];
    *writer = ends[1];
    setsockopt(*writer, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    return TRUE;
}

PacketGate *packet_gate_new(const GArray *rules, GError **error)
{
    int from, to;
    PacketGateEnds theirs;
    PacketGate *gate;

    if (!make_stream(&from, &theirs.out, error))
        return NULL;
    if (!make_stream(&theirs.in, &to, error)) {
        close(from);
        close(theirs.out);
        return NULL;
    }
    gate = g_new0(PacketGate, 1);
    gate->rules = g_array_copy((GArray *)rules);
    gate->from = from;
    gate->to = to;
    gate->theirs = theirs;
    gate->in = g_byte_array_new();
    gate->out = g_byte_array_new();
    gate->thread = g_thread_new("packet-gate", run_gate, gate);
    return gate;
}

PacketGateEnds packet_gate_ends(const PacketGate *gate)
{
    return gate->theirs;
}

void packet_gate_started(PacketGate *gate)
{
    close(gate->theirs.out);
    close(gate->theirs.in);
    gate->theirs.out = gate->theirs.in = -1;
}

void packet_gate_free(PacketGate *gate)
{
    if (!gate)
        return;
    close_ours(gate);
    g_thread_join(gate->thread);
    close(gate->from);
    close(gate->to);
    if (gate->theirs.in >= 0)
        packet_gate_started(gate);
    g_byte_array_unref(gate->in);
    g_byte_array_unref(gate->out);
    g_array_unref(gate->rules);
    g_free(gate);
}
