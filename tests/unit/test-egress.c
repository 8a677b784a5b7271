/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest may reach: rules as text, and frames that are whole, odd and cut.
 */
#include "qmpbridge/vm/egress.h"

#include "tests/unit/frames.h"
#include "tests/unit/temp.h"

/* A rule, and as it is written again; NULL: refused. */
static const struct {
    const char *text, *again;
} texts[] = {
    {"tcp:10.0.2.2:80", "tcp:10.0.2.2:80"},
    {"udp:192.0.2.0/24:53", "udp:192.0.2.0/24:53"},
    {"tcp:0.0.0.0/0:443", "tcp:0.0.0.0/0:443"},
    {"tcp:192.0.2.1/32:1", "tcp:192.0.2.1:1"},
    {"tcp:128.0.0.0/1:65535", "tcp:128.0.0.0/1:65535"},
    {"", NULL},
    {"tcp", NULL},
    {"tcp:80", NULL},
    {"icmp:10.0.2.2:80", NULL},
    {"tcp:10.0.2.2:0", NULL},
    {"tcp:10.0.2.2:65536", NULL},
    {"tcp:10.0.2.2:80:81", NULL},
    {"tcp:host:80", NULL},
    {"tcp:10.0.2:80", NULL},
    {"tcp::80", NULL},
    {"tcp:192.0.2.1/24:80", NULL}, /* is it the network, or the address? */
    {"tcp:192.0.2.0/33:80", NULL},
    {"tcp:192.0.2.0/:80", NULL},
    {"tcp:192.0.2.0/-1:80", NULL},
    {"tcp:192.0.2.0/24/24:80", NULL},
    {"tcp:::1:80", NULL},
};

START_TEST(test_text)
{
    EgressRule rule;
    g_autoptr(GError) error = NULL;
    gboolean legal = egress_rule_parse(texts[_i].text, &rule, &error);
    g_autofree char *again = legal ? egress_rule_text(&rule) : NULL;

    ck_assert_pstr_eq(again, texts[_i].again);
    if (!legal)
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
}
END_TEST

#define SYN 0x02
#define ACK 0x10

/* With tcp:192.0.2.1:80 and udp:198.51.100.0/24:53. */
static const struct {
    Packet packet;
    gboolean passes;
} packets[] = {
    {{6, SYN, "192.0.2.1", 80}, TRUE},
    {{6, SYN | 0xc0, "192.0.2.1", 80}, TRUE}, /* ECN */
    {{6, SYN, "192.0.2.1", 81}, FALSE},
    {{6, SYN, "192.0.2.2", 80}, FALSE},
    {{6, SYN | 0x08, "192.0.2.2", 80}, FALSE}, /* PSH */
    {{6, SYN, "198.51.100.1", 53}, FALSE},     /* is UDP's */
    {{6, SYN, "10.0.2.2", 22}, FALSE},
    {{6, SYN | ACK, "10.0.2.2", 40000}, TRUE}, /* answers a connection from outside */
    {{6, ACK, "10.0.2.2", 40000}, TRUE},
    {{17, 0, "198.51.100.0", 53}, TRUE},
    {{17, 0, "198.51.100.255", 53}, TRUE},
    {{17, 0, "198.51.101.0", 53}, FALSE},
    {{17, 0, "198.51.100.1", 54}, FALSE},
    {{17, 0, "192.0.2.1", 80}, FALSE}, /* is TCP's */
    {{17, 0, "255.255.255.255", 67}, TRUE},
    {{17, 0, "10.0.2.2", 67}, TRUE},
    {{17, 0, "192.0.2.1", 67}, FALSE}, /* is no server of the user network */
    {{17, 0, "10.0.2.2", 69}, FALSE},
    {{17, 0, "10.0.2.3", 53}, FALSE},
    {{1, 0, "192.0.2.1", 80}, FALSE}, /* ICMP */
    {{41, 0, "192.0.2.1", 80}, FALSE},
};

static gboolean passes(const guint8 *frame, gsize len)
{
    static const char *const rules[] = {"tcp:192.0.2.1:80", "udp:198.51.100.0/24:53"};
    /* A copy of its very size: a read behind its end is seen by the sanitizers. */
    g_autofree guint8 *copy = g_memdup2(frame, len);
    EgressRule rule[2];

    for (guint i = 0; i < 2; i++)
        ck_assert(egress_rule_parse(rules[i], &rule[i], NULL));
    return egress_passes(rule, 2, copy, len);
}

START_TEST(test_packet)
{
    guint8 frame[FRAME_BYTES];

    frame_make(&packets[_i].packet, frame);
    ck_assert_int_eq(passes(frame, sizeof(frame)), packets[_i].passes);
}
END_TEST

/* A byte of a frame that would pass is another: it doesn't any more. */
static const struct {
    guint at;
    guint8 value;
} oddities[] = {
    {FRAME_TYPE, 0x86},                       /* no EtherType that is known; 0x86dd is IPv6 */
    {FRAME_TYPE + 1, 0x01}, {FRAME_IP, 0x46}, /* IP options */
    {FRAME_IP, 0x44},       {FRAME_IP, 0x65},   {FRAME_IP + 2, 0x01}, /* longer than the frame */
    {FRAME_IP + 3, 47},     {FRAME_IP + 3, 39},                       /* shorter than its headers */
    {FRAME_IP + 3, 19},     {FRAME_IP + 3, 0},  {FRAME_IP + 6, 0x20}, /* the first fragment */
    {FRAME_IP + 7, 0x01},                                             /* a later one */
    {FRAME_IP + 6, 0x80},
};

START_TEST(test_odd)
{
    const Packet web = {6, SYN, "192.0.2.1", 80};
    guint8 frame[FRAME_BYTES];

    frame_make(&web, frame);
    ck_assert(passes(frame, sizeof(frame)));
    frame[oddities[_i].at] = oddities[_i].value;
    ck_assert(!passes(frame, sizeof(frame)));
}
END_TEST

/* Whatever the length, nothing behind the end is read, and only what is whole passes. */
START_TEST(test_cut)
{
    const Packet web = {6, SYN, "192.0.2.1", 80};
    guint8 frame[FRAME_BYTES] = {0};

    frame_make(&web, frame);
    for (gsize len = 0; len < sizeof(frame); len++)
        ck_assert_int_eq(passes(frame, len), len >= FRAME_IP + 40);
    frame[FRAME_TYPE + 1] = 0x06; /* ARP */
    for (gsize len = 0; len < sizeof(frame); len++)
        ck_assert_int_eq(passes(frame, len), len >= FRAME_IP);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_text, 0, G_N_ELEMENTS(texts));
    tcase_add_loop_test(tcase, test_packet, 0, G_N_ELEMENTS(packets));
    tcase_add_loop_test(tcase, test_odd, 0, G_N_ELEMENTS(oddities));
    tcase_add_test(tcase, test_cut);
}

int main(void)
{
    return temp_run("egress", add_tests);
}
