/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions that QEMU is asked: how its answers, which may be anything, are read.
 */
#include "qmpbridge/engine/qemu/questions.h"

#include "tests/unit/temp.h"

static const struct {
    const char *json;
    guint64 icount;
    const char *why; /**< NULL: it is read */
} icounts[] = {
    {"{\"mode\": \"record\", \"icount\": 5120448123}", 5120448123, NULL},
    {"{\"icount\": 0}", 0, NULL},
    {"{\"mode\": \"none\"}", 0, "member 'icount' is missing"},
    {"{\"icount\": -1}", 0, "'icount'"},
    {"{\"icount\": \"5\"}", 0, "'icount'"},
    {"[5]", 0, "'icount'"},
    {NULL, 0, "'icount'"},
};

static JsonNode *node_of(const char *json)
{
    return json ? json_from_string(json, NULL) : NULL;
}

START_TEST(test_icount)
{
    g_autoptr(JsonNode) value = node_of(icounts[_i].json);
    g_autoptr(GError) error = NULL;
    guint64 icount = 7;

    ck_assert_int_eq(question_read_icount(value, &icount, &error), icounts[_i].why == NULL);
    if (icounts[_i].why)
        ck_assert_ptr_nonnull(strstr(error->message, icounts[_i].why));
    else
        ck_assert_uint_eq(icount, icounts[_i].icount);
}
END_TEST

static const struct {
    const char *json;
    guint64 address; /**< 0: refused */
} addresses[] = {
    {"\"Host virtual address for 0x0 (pc.ram) is 0x7f0123400000\\r\\n\"", 0x7f0123400000},
    {"\"Host virtual address for 0x0 (mach-virt.ram) is 0x1000\"", 0x1000},
    {"\"Host virtual address for 0x0 (pc.ram) is 0x7f0123400001\"", 0},
    {"\"Host virtual address for 0x0 (pc.ram) is 0x0\"", 0},
    {"\"Host virtual address for 0x0 (pc.ram) is (nil)\"", 0},
    {"\"Host virtual address for 0x0 (pc.ram) is 0xzz\"", 0},
    {"\"No memory is mapped at address 0x0\\r\\n\"", 0},
    {"\"Memory at address 0x0 is not RAM\\r\\n\"", 0},
    {"\"unknown command: 'gpa2hva 0'\\r\\n\"", 0},
    {"\"\"", 0},
    {"\"%s%n is 0x1000\"", 0},
    {"{}", 0},
    {"5", 0},
    {NULL, 0},
};

START_TEST(test_ram_address)
{
    g_autoptr(JsonNode) value = node_of(addresses[_i].json);
    g_autoptr(GError) error = NULL;
    guint64 address = 0;

    ck_assert_int_eq(question_read_ram_address(value, &address, &error),
                     addresses[_i].address != 0);
    if (addresses[_i].address)
        ck_assert_uint_eq(address, addresses[_i].address);
    else
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL));
}
END_TEST

START_TEST(test_text)
{
    g_autoptr(JsonNode) value = node_of("\"RAX=0\\r\\n\"");
    g_autoptr(JsonNode) object = node_of("{}");
    g_autoptr(GError) error = NULL;

    ck_assert_str_eq(question_read_text(value, NULL), "RAX=0\r\n");
    ck_assert_ptr_null(question_read_text(object, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL));
    ck_assert_ptr_null(question_read_text(NULL, NULL));
}
END_TEST

START_TEST(test_hmp_args)
{
    g_autofree char *first = question_ram_address(0), *line = question_ram_address(0x40000000);
    g_autoptr(JsonObject) args = question_hmp_args(line);

    ck_assert_str_eq(first, "gpa2hva 0x0");
    ck_assert_str_eq(json_object_get_string_member(args, "command-line"), "gpa2hva 0x40000000");
    ck_assert_uint_eq(json_object_get_size(args), 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_icount, 0, G_N_ELEMENTS(icounts));
    tcase_add_loop_test(tcase, test_ram_address, 0, G_N_ELEMENTS(addresses));
    tcase_add_test(tcase, test_text);
    tcase_add_test(tcase, test_hmp_args);
}

int main(void)
{
    return temp_run("questions", add_tests);
}
