/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM from outside: the memory of a forked child stands for it.
 */
#include "qmpbridge/store/ram.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/temp.h"

#define PAGES 600u /* more than is read at a time */

/** A child with @PAGES pages of memory of which a few hold something, stopped for good. */
static RamRegion child_new(void)
{
    guint8 *memory = mmap(NULL, PAGES * RAM_PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    RamRegion region = {.address = (guint64)(gsize)memory, .size = PAGES * RAM_PAGE};

    ck_assert_ptr_ne(memory, MAP_FAILED);
    region.pid = fork();
    if (region.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        memory[0] = 1;
        memory[RAM_PAGE * 2 - 1] = 2;       /* the last byte of page 1 */
        memory[255 * RAM_PAGE] = 5; /* a run across the border of what is read at a time */
        memory[256 * RAM_PAGE] = 6;
        memset(memory + 300 * RAM_PAGE, 3, RAM_PAGE);
        memory[(PAGES - 1) * RAM_PAGE] = 4;
        raise(SIGSTOP);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(region.pid, NULL, WUNTRACED), region.pid);
    return region;
}

static void child_end(const RamRegion *region)
{
    kill(region->pid, SIGKILL);
    waitpid(region->pid, NULL, 0);
}

/* The digest as doc/recording-format.md has it, of the pages that the child has. */
static char *expected_digest(void)
{
    static const struct {
        guint64 page;
        guint at, n;
        guint8 byte;
    } pages[] = {{0, 0, 1, 1},   {1, RAM_PAGE - 1, 1, 2}, {255, 0, 1, 5},
                 {256, 0, 1, 6}, {300, 0, RAM_PAGE, 3},   {PAGES - 1, 0, 1, 4}};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint64 number;

    for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
        guint8 page[RAM_PAGE] = {0};

        memset(page + pages[i].at, pages[i].byte, pages[i].n);
        number = GUINT64_TO_LE(pages[i].page);
        g_checksum_update(checksum, (const guchar *)&number, sizeof(number));
        g_checksum_update(checksum, page, RAM_PAGE);
    }
    number = GUINT64_TO_LE((guint64)PAGES * RAM_PAGE);
    g_checksum_update(checksum, (const guchar *)&number, sizeof(number));
    return g_strdup(g_checksum_get_string(checksum));
}

/* From here on system call @number fails with @error, as a container's filter lets it. */
static void forbid(guint number, guint error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* By each of the two ways to another process's memory. */
START_TEST(test_digest)
{
    g_autoptr(Temp) dir = temp_new();
    RamRegion region = child_new();
    g_autofree char *expected = expected_digest();
    g_autofree char *path = g_build_filename(dir, "ram", NULL);
    g_autofree char *direct = NULL, *copied = NULL;
    g_autoptr(GError) error = NULL;
    struct stat info;

    if (_i > 0)
        forbid(SYS_process_vm_readv, _i == 1 ? EPERM : ENOSYS);
    direct = ram_digest(&region, &error);
    ck_assert_msg(direct != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(direct, expected);
    ck_assert(ram_copy(&region, path, NULL));
    copied = ram_digest_file(path, NULL);
    ck_assert_pstr_eq(copied, expected);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, PAGES * RAM_PAGE);
    ck_assert_int_le(info.st_blocks * 512, 16 * RAM_PAGE); /* zero pages are holes */
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    child_end(&region);
}
END_TEST

/* One bit of one page, or the size, makes another digest. */
START_TEST(test_differs)
{
    static guint8 memory[3 * RAM_PAGE] __attribute__((aligned(RAM_PAGE)));
    RamRegion region = {.pid = getpid(), .address = (guint64)(gsize)memory,
                        .size = sizeof(memory)};
    g_autofree char *zero = ram_digest(&region, NULL);
    g_autofree char *bit = NULL, *moved = NULL, *smaller = NULL;

    memory[5000] = 1;
    bit = ram_digest(&region, NULL);
    memory[5000] = 0;
    memory[5000 + RAM_PAGE] = 1;
    moved = ram_digest(&region, NULL);
    memory[5000 + RAM_PAGE] = 0;
    region.size -= RAM_PAGE;
    smaller = ram_digest(&region, NULL);
    ck_assert_str_ne(zero, bit);
    ck_assert_str_ne(bit, moved);
    ck_assert_str_ne(zero, smaller);
}
END_TEST

/* What isn't there: no such process, no such memory, memory that ends too early. */
START_TEST(test_unreadable)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "ram", NULL);
    RamRegion region = child_new();
    RamRegion bad[] = {region, region, region};
    g_autoptr(GError) error = NULL;

    bad[0].address = RAM_PAGE;
    bad[1].size = 1u << 30;
    child_end(&region);
    if (_i < 2)
        bad[_i].pid = getpid(); /* which has the memory too */
    ck_assert_ptr_null(ram_digest(&bad[_i], &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "guest RAM can't be read");
    g_clear_error(&error);
    ck_assert(!ram_copy(&bad[_i], path, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "guest RAM can't be read");
    ck_assert_ptr_null(ram_digest_file("/nonexistent/ram", NULL));
}
END_TEST

START_TEST(test_full)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "ram", NULL);
    RamRegion region = child_new();
    g_autoptr(GError) error = NULL;

    temp_mount(dir, 64);
    temp_fill(dir, 0);
    ck_assert(!ram_copy(&region, path, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    child_end(&region);
}
END_TEST

START_TEST(test_copy_exists)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "ram", "old");
    RamRegion region = child_new();
    g_autoptr(GError) error = NULL;

    ck_assert(!ram_copy(&region, path, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "File exists");
    child_end(&region);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_digest, 0, 3);
    tcase_add_test(tcase, test_differs);
    tcase_add_loop_test(tcase, test_unreadable, 0, 3);
    tcase_add_test(tcase, test_full);
    tcase_add_test(tcase, test_copy_exists);
}

int main(void)
{
    return temp_run("ram", add_tests);
}
