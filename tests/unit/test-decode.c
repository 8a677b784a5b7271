/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoding by tables: a small guest memory with holes, and requests that point into and out of
 * it. The reader checks that no read crosses a page and that none goes past the NUL's page.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/decode.h"

#define PAGE 4096u
#define BASE 0x400000u /* two pages are present from here on, nothing behind them */
#define KERNEL G_GUINT64_CONSTANT(0xffffffff81000000)

typedef struct {
    guint8 pages[2 * PAGE];
    guint reads;
} Memory;

static gboolean read_memory(gpointer opaque, guint64 address, void *dest, gsize length)
{
    Memory *memory = opaque;

    memory->reads++;
    ck_assert_uint_gt(length, 0);
    ck_assert_uint_eq(address / PAGE, (address + length - 1) / PAGE);
    if (address == KERNEL) {
        memcpy(dest, "kernel", 7);
        return TRUE;
    }
    if (address < BASE || address + length > BASE + sizeof(memory->pages))
        return FALSE;
    memcpy(dest, memory->pages + (address - BASE), length);
    return TRUE;
}

typedef struct {
    const char *name;
    gint32 action;
    guint64 pointer;
    const char *bytes; /* put at the pointer, if it is in memory */
    gboolean kernel;
    DecodeResult result;
    const char *text;
    guint max_reads;
} Case;

#define X16 "xxxxxxxxxxxxxxxx"
#define X127 X16 X16 X16 X16 X16 X16 X16 "xxxxxxxxxxxxxxx"
#define END_OF_MEMORY (BASE + 2 * PAGE)

static const Case cases[] = {
    {"a name", HYPERCALL_START, BASE, "hello", FALSE, DECODE_REQUEST, "hello", 1},
    {"session name", HYPERCALL_OPEN, BASE, "alice_session", FALSE, DECODE_REQUEST, "alice_session",
     1},
    {"across a page", HYPERCALL_START, BASE + PAGE - 3, "across", FALSE, DECODE_REQUEST, "across",
     2},
    {"NUL is a page's last byte", HYPERCALL_START, END_OF_MEMORY - 5, "last", FALSE, DECODE_REQUEST,
     "last", 1},
    {"no NUL before a hole", HYPERCALL_START, END_OF_MEMORY - 4, "last", FALSE, DECODE_REFUSED, "",
     2},
    {"127 bytes", HYPERCALL_START, BASE, X127, FALSE, DECODE_REQUEST, X127, 1},
    {"128 bytes", HYPERCALL_START, BASE, X127 "x", FALSE, DECODE_REFUSED, "", 1},
    {"nothing there", HYPERCALL_START, 0x1000, NULL, FALSE, DECODE_REFUSED, "", 1},
    {"null", HYPERCALL_START, 0, NULL, FALSE, DECODE_REFUSED, "", 1},
    {"empty", HYPERCALL_START, BASE, "", FALSE, DECODE_REFUSED, "", 1},
    {"slash", HYPERCALL_START, BASE, "a/b", FALSE, DECODE_REFUSED, "", 1},
    {"dots", HYPERCALL_START, BASE, "../../x", FALSE, DECODE_REFUSED, "", 1},
    {"hidden", HYPERCALL_START, BASE, ".x", FALSE, DECODE_REFUSED, "", 1},
    {"format", HYPERCALL_START, BASE, "%n%n", FALSE, DECODE_REFUSED, "", 1},
    {"escape", HYPERCALL_START, BASE, "a\033[31m", FALSE, DECODE_REFUSED, "", 1},
    {"kernel pointer from user mode", HYPERCALL_START, KERNEL, NULL, FALSE, DECODE_REFUSED, "", 0},
    {"kernel pointer from the kernel", HYPERCALL_START, KERNEL, NULL, TRUE, DECODE_REQUEST,
     "kernel", 1},
    {"reaches into the upper half", HYPERCALL_START, G_GUINT64_CONSTANT(0x7fffffffffff), NULL,
     FALSE, DECODE_REFUSED, "", 0},
    {"wraps round", HYPERCALL_START, G_MAXUINT64 - 3, NULL, TRUE, DECODE_REFUSED, "", 0},
    {"mark: any text", HYPERCALL_MARK, BASE, "50% d\xc3\xb6ne / ok", FALSE, DECODE_REQUEST,
     "50% d\xc3\xb6ne / ok", 1},
    {"mark: not UTF-8", HYPERCALL_MARK, BASE, "\xff\xfe", FALSE, DECODE_REFUSED, "", 1},
    {"mark: control character", HYPERCALL_MARK, BASE, "a\nb", FALSE, DECODE_REFUSED, "", 1},
    {"mark: C1 control character", HYPERCALL_MARK, BASE, "a\xc2\x9b", FALSE, DECODE_REFUSED, "", 1},
    {"mark: empty", HYPERCALL_MARK, BASE, "", FALSE, DECODE_REFUSED, "", 1},
    {"old action, bad name: the policy's matter", HYPERCALL_TOGGLE, BASE, "../x", FALSE,
     DECODE_REQUEST, "", 1},
    {"old action, kernel pointer", HYPERCALL_CLOSE, KERNEL, NULL, FALSE, DECODE_REQUEST, "", 0},
    {"probe reads nothing", HYPERCALL_PROBE, KERNEL, NULL, FALSE, DECODE_REQUEST, "", 0},
    {"stop reads nothing", HYPERCALL_STOP, 1, NULL, FALSE, DECODE_REQUEST, "", 0},
    {"unknown action", 4711, BASE, "x", FALSE, DECODE_REFUSED, "", 0},
};

START_TEST(test_case)
{
    const Case *c = &cases[_i];
    Memory memory = {.reads = 0};
    DecodeInput input = {.regs = {HYPERCALL_MAGIC, (guint64)(gint64)c->action, c->pointer, 42},
                         .kernel = c->kernel};
    Hypercall request;
    const char *reason;

    memset(memory.pages, 'x', sizeof(memory.pages));
    if (c->bytes) {
        gsize room = sizeof(memory.pages) - (c->pointer - BASE);

        memcpy(memory.pages + (c->pointer - BASE), c->bytes, MIN(strlen(c->bytes) + 1, room));
    }
    ck_assert_msg(decode_request(arch_find("x86_64"), &input, read_memory, &memory, &request,
                                 &reason) == c->result,
                  "%s", c->name);
    ck_assert_msg(strcmp(request.text, c->text) == 0, "%s: '%s'", c->name, request.text);
    ck_assert_msg(memory.reads <= c->max_reads, "%s: %u reads", c->name, memory.reads);
    ck_assert_uint_eq(request.token, 42);
    ck_assert_msg(c->result != DECODE_REFUSED || reason, "%s", c->name);
}
END_TEST

START_TEST(test_foreign)
{
    static const guint64 magics[] = {0, 0x667, 0x66600000000, 0x80000666};
    Hypercall request;
    const char *reason;

    for (guint i = 0; i < G_N_ELEMENTS(magics); i++) {
        DecodeInput input = {.regs = {magics[i], HYPERCALL_PROBE, 0, 0}};

        ck_assert_int_eq(decode_request(arch_find("x86_64"), &input, NULL, NULL, &request, &reason),
                         DECODE_FOREIGN);
    }
}
END_TEST

/* Agents built for 32 bits leave what they like in the upper halves. */
START_TEST(test_upper_halves)
{
    DecodeInput input = {.regs = {0xdead000000000666, 0xbeef00000000012c, 0, 0}};
    Hypercall request;
    const char *reason;

    ck_assert_int_eq(decode_request(arch_find("x86_64"), &input, NULL, NULL, &request, &reason),
                     DECODE_REQUEST);
    ck_assert_int_eq(request.action, HYPERCALL_PROBE);
}
END_TEST

START_TEST(test_32_bits)
{
    Memory memory = {.pages = "small"};
    DecodeInput input = {.regs = {HYPERCALL_MAGIC, HYPERCALL_START, BASE, 0}};
    Hypercall request;
    const char *reason;
    const Arch *arch = arch_find("i386");

    ck_assert_int_eq(decode_request(arch, &input, read_memory, &memory, &request, &reason),
                     DECODE_REQUEST);
    input.regs[ARCH_REG_TEXT] = 0xc0001000;
    ck_assert_int_eq(decode_request(arch, &input, read_memory, &memory, &request, &reason),
                     DECODE_REFUSED);
    input.kernel = TRUE;
    input.regs[ARCH_REG_TEXT] = 0xfffffff0;
    ck_assert_int_eq(decode_request(arch, &input, read_memory, &memory, &request, &reason),
                     DECODE_REFUSED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode");
    TCase *tcase = tcase_create("decode");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_case, 0, (int)G_N_ELEMENTS(cases));
    tcase_add_test(tcase, test_foreign);
    tcase_add_test(tcase, test_upper_halves);
    tcase_add_test(tcase, test_32_bits);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
