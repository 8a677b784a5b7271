/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate, with the test in QEMU's place: frames in pieces and many at once, a peer that doesn't
 * read, a stream that is none.
 */
#include "qmpbridge/vm/packet-gate.h"

#include <poll.h>
#include <sys/socket.h>

#include "tests/unit/frames.h"
#include "tests/unit/temp.h"

#define ENTRY_BYTES (4u + FRAME_BYTES)

static const Packet allowed = {6, 0x02, "192.0.2.1", 80}, refused = {6, 0x02, "192.0.2.1", 81};

static void make_entry(const Packet *packet, guint8 entry[ENTRY_BYTES])
{
    const guint32 len = GUINT32_TO_BE(FRAME_BYTES);

    memcpy(entry, &len, sizeof(len));
    frame_make(packet, entry + sizeof(len));
}

static PacketGate *new_gate(void)
{
    g_autoptr(GArray) rules = g_array_new(FALSE, FALSE, sizeof(EgressRule));
    g_autoptr(GError) error = NULL;
    EgressRule rule;
    PacketGate *gate;

    ck_assert(egress_rule_parse("tcp:192.0.2.1:80", &rule, NULL));
    g_array_append_val(rules, rule);
    gate = packet_gate_new(rules, &error);
    ck_assert_msg(gate != NULL, "%s", error ? error->message : "");
    return gate;
}

/* The next whole entry, which is that of the allowed packet. */
static void expect_allowed(int fd)
{
    guint8 wanted[ENTRY_BYTES], entry[ENTRY_BYTES];

    make_entry(&allowed, wanted);
    ck_assert_int_eq(recv(fd, entry, sizeof(entry), MSG_WAITALL), ENTRY_BYTES);
    ck_assert_mem_eq(entry, wanted, ENTRY_BYTES);
}

START_TEST(test_sorts)
{
    g_autoptr(PacketGate) gate = new_gate();
    PacketGateEnds ends = packet_gate_ends(gate);
    guint8 stream[3 * ENTRY_BYTES];

    make_entry(&refused, stream);
    make_entry(&allowed, stream + ENTRY_BYTES);
    make_entry(&refused, stream + 2 * ENTRY_BYTES);
    ck_assert_int_eq(send(ends.out, stream, sizeof(stream), 0), sizeof(stream));
    expect_allowed(ends.in);
    for (gsize i = 0; i < sizeof(stream); i++) /* byte by byte */
        ck_assert_int_eq(send(ends.out, stream + i, 1, 0), 1);
    expect_allowed(ends.in);
}
END_TEST

/* Many more than the gate keeps for a peer that doesn't read: the peer never waits, what comes out
 * is whole, and the gate goes on. */
START_TEST(test_slow_reader)
{
    g_autoptr(PacketGate) gate = new_gate();
    PacketGateEnds ends = packet_gate_ends(gate);
    guint8 entry[ENTRY_BYTES];
    struct pollfd poll_fd = {.fd = ends.out, .events = POLLOUT};

    make_entry(&allowed, entry);
    for (guint i = 0; i < 100000; i++) {
        ck_assert_int_eq(poll(&poll_fd, 1, TEMP_DEADLINE_S * 1000), 1);
        ck_assert_int_eq(send(ends.out, entry, sizeof(entry), 0), ENTRY_BYTES);
    }
    for (guint i = 0; i < 1000; i++)
        expect_allowed(ends.in);
}
END_TEST

/* No frame is so long: the gate closes, and nothing passes any more. */
START_TEST(test_no_stream)
{
    g_autoptr(PacketGate) gate = new_gate();
    PacketGateEnds ends = packet_gate_ends(gate);
    guint8 byte;

    ck_assert_int_eq(send(ends.out, "\xff\xff\xff\xff", 4, 0), 4);
    ck_assert_int_eq(recv(ends.in, &byte, 1, 0), 0);
}
END_TEST

/* The other end goes, before and after it has been handed over. */
START_TEST(test_ends)
{
    PacketGate *gate = new_gate();

    packet_gate_started(gate);
    packet_gate_free(gate);
    packet_gate_free(new_gate());
    packet_gate_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_sorts);
    tcase_add_test(tcase, test_slow_reader);
    tcase_add_test(tcase, test_no_stream);
    tcase_add_test(tcase, test_ends);
}

int main(void)
{
    return temp_run("packet gate", add_tests);
}
