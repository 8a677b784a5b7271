/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forwarded ports on the host: what QEMU says of them, and ports that are taken.
 */
#include "qmpbridge/vm/forwards.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "tests/unit/temp.h"

/* As QEMU 11.1 answers. */
static const char answer[] =
    "Hub -1 (net0):\r\n"
    "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
    "  TCP[HOST_FORWARD]  13       127.0.0.1 43117       10.0.2.15    22     0     0\r\n"
    "  TCP[ESTABLISHED]   15       127.0.0.1 43117       10.0.2.15    22     0     0\r\n"
    "  UDP[HOST_FORWARD]  14               *  5353       10.0.2.15    53     0     0\r\n";

START_TEST(test_read)
{
    g_autoptr(GArray) forwards = forwards_read(answer);
    const MachineForward *first, *second;

    ck_assert_uint_eq(forwards->len, 2);
    ck_assert_uint_eq(forwards_count_connections(answer), 1);
    first = &g_array_index(forwards, MachineForward, 0);
    second = &g_array_index(forwards, MachineForward, 1);
    ck_assert(!first->udp && first->host == 43117 && first->guest == 22);
    ck_assert_str_eq(first->address, "127.0.0.1");
    ck_assert(second->udp && second->host == 5353 && second->guest == 53);
    ck_assert_str_eq(second->address, "0.0.0.0");
}
END_TEST

static const char *const odd[] = {
    "",
    "user networking is off",
    "  TCP[HOST_FORWARD]",
    "  TCP[HOST_FORWARD]  13  127.0.0.1 70000  10.0.2.15  22",
    "  TCP[HOST_FORWARD]  13  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1  10.0.2.15  22",
};

START_TEST(test_odd)
{
    g_autoptr(GArray) forwards = forwards_read(odd[_i]);

    ck_assert_uint_eq(forwards->len, 0);
    ck_assert_uint_eq(forwards_count_connections(odd[_i]), 0);
}
END_TEST

START_TEST(test_in_use)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *wanted = NULL;

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    ck_assert(machine_add_forward(machine, "udp:0:22", NULL));
    ck_assert(machine_add_forward(machine, "ssh", NULL));
    ck_assert(forwards_check_free(machine, NULL));
    text = g_strdup_printf("tcp:%u:22", ntohs(address.sin_port));
    ck_assert(machine_add_forward(machine, text, NULL));
    ck_assert(!forwards_check_free(machine, &error));
    wanted = g_strdup_printf("TCP port %u of 127.0.0.1 can't be forwarded: Address already in use",
                             ntohs(address.sin_port));
    temp_check_error(error, BRIDGE_ERROR_BUSY, wanted);
    close(fd);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_read);
    tcase_add_loop_test(tcase, test_odd, 0, G_N_ELEMENTS(odd));
    tcase_add_test(tcase, test_in_use);
}

int main(void)
{
    return temp_run("forwards", add_tests);
}
