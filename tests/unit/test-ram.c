/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM from outside: the memory of a forked child stands for it.
 */
#include "qmpbridge/store/ram.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "plugin/watch.h"
#include "tests/unit/temp.h"

#define PAGES 600u /* more than is read at a time */

/** A child with @PAGES pages of memory of which a few hold something, stopped for good. */
static RamRegion child_new(void)
{
    guint8 *memory =
        mmap(NULL, PAGES * RAM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    RamRegion region = {.address = (guint64)(gsize)memory, .size = PAGES * RAM_PAGE};

    ck_assert_ptr_ne(memory, MAP_FAILED);
    region.pid = fork();
    if (region.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        memory[0] = 1;
        memory[RAM_PAGE * 2 - 1] = 2; /* the last byte of page 1 */
        memory[255 * RAM_PAGE] = 5;   /* a run across the border of what is read at a time */
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

/** Memory of whose pages the kernel may know that they are zero, and a way to read it. */
#define HUGE_PAGE (2u << 20)
#define MOST (4u * HUGE_PAGE)

typedef enum { PRIVATE, HUGE, SHARED } Kind;

/** Scans of a process's pages are ioctl()s, of which this program makes no others. */
static const struct {
    Kind kind;
    gboolean forbidden; /**< scans: all is read then */
    gboolean evicted;   /**< the pages are on a swap disk, if there is one */
} memories[] = {
    {PRIVATE, FALSE, FALSE}, {PRIVATE, TRUE, FALSE}, {PRIVATE, FALSE, TRUE}, {HUGE, FALSE, FALSE},
    {HUGE, TRUE, FALSE},     {SHARED, FALSE, FALSE}, {SHARED, TRUE, FALSE},
};

/* Returns: @MOST bytes at a border of huge pages. */
static guint8 *map_memory(Kind kind)
{
    int fd = kind == SHARED ? memfd_create("ram", MFD_CLOEXEC) : -1;
    guint8 *memory;

    ck_assert(kind != SHARED || (fd >= 0 && ftruncate(fd, MOST + HUGE_PAGE) == 0));
    memory = mmap(NULL, MOST + HUGE_PAGE, PROT_READ | PROT_WRITE,
                  kind == SHARED ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    memory += -(gsize)memory % HUGE_PAGE;
    madvise(memory, MOST, kind == HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    if (kind == SHARED) /* data that this mapping has never seen */
        ck_assert_int_eq(pwrite(fd, "data", 4, MOST - RAM_PAGE), 4);
    return memory;
}

/* A huge page is written, then one that is only read, one that is never touched, and one in which
 * pages are written, cleared and read. */
static void use_memory(guint8 *memory, gboolean evict)
{
    volatile guint8 *at = memory;

    memset(memory, 7, HUGE_PAGE);
    for (gsize i = HUGE_PAGE; i < 2 * HUGE_PAGE; i += RAM_PAGE)
        (void)at[i];
    for (gsize i = 3 * HUGE_PAGE; i < MOST - RAM_PAGE; i += 3 * RAM_PAGE) {
        at[i] = 1;
        (void)at[i + RAM_PAGE];
        at[i + 2 * RAM_PAGE - 1] = 0;
    }
    memset(memory + 3 * HUGE_PAGE, 0, 9 * RAM_PAGE);
    if (evict)
        madvise(memory, MOST, MADV_PAGEOUT);
}

/* Whatever the kernel says of the pages, the digest is that of all bytes. */
START_TEST(test_kinds)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *plain = g_build_filename(dir, "plain", NULL);
    g_autofree char *copied = g_build_filename(dir, "copied", NULL);
    guint8 *memory = map_memory(memories[_i].kind);
    RamRegion region = {getpid(), (guint64)(gsize)memory, MOST};
    g_autofree char *whole = NULL, *direct = NULL, *copy = NULL;
    struct stat info;

    use_memory(memory, memories[_i].evicted);
    if (memories[_i].forbidden)
        forbid(SYS_ioctl, ENOTTY);
    direct = ram_digest(&region, NULL);
    ck_assert(ram_copy(&region, copied, NULL));
    copy = ram_digest_file(copied, NULL);
    ck_assert_int_eq(stat(copied, &info), 0);
    ck_assert_int_le(info.st_blocks * 512, MOST / 2); /* zeros are holes, however they are known */
    ck_assert(g_file_set_contents(plain, (const char *)memory, MOST, NULL));
    whole = ram_digest_file(plain, NULL);
    ck_assert_pstr_eq(direct, whole);
    ck_assert_pstr_eq(copy, whole);
}
END_TEST

/** How far the kernel is able, or allowed, to note what is written. */
typedef enum { WATCHED, UNWATCHED, WATCHED_THEN_NOT } Watch;

/* A copy is brought up to date with what a process has written since, itself or by the kernel on
 * its behalf: into pages written before, never touched, and only read; others become zero. */
START_TEST(test_written)
{
    Watch how = _i / 2;
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "copy", NULL);
    g_autofree char *bytes = temp_file(dir, "bytes", "read by the kernel");
    guint8 *memory = map_memory(_i % 2 ? HUGE : PRIVATE);
    RamRegion region = {getpid(), (guint64)(gsize)memory, MOST};
    g_autofree char *direct = NULL, *copy = NULL;
    int watch = how == UNWATCHED ? -1 : watch_start(region.address, region.size);
    int fd = open(bytes, O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    use_memory(memory, FALSE);
    if (ram_watch(&region) != (watch >= 0))
        ck_abort_msg("pages are watched that nobody has asked for, or not");
    if (how != UNWATCHED && watch < 0) /* the fallback is tested all the same */
        g_printerr("userfaultfd notes no writes here: Linux 6.7 or later is missing\n");
    ck_assert(ram_copy(&region, path, NULL));
    memory[5 * RAM_PAGE] = 9;
    memset(memory + 6 * RAM_PAGE, 0, RAM_PAGE);
    memory[HUGE_PAGE + 1] = 9;
    memory[2 * HUGE_PAGE + 1] = 9;
    ck_assert_int_gt(read(fd, memory + 40 * RAM_PAGE, 100), 0);
    memory[MOST - 1] = 9;
    if (how == WATCHED_THEN_NOT)
        close(watch);
    ck_assert(ram_copy_written(&region, path, NULL));
    direct = ram_digest(&region, NULL);
    copy = ram_digest_file(path, NULL);
    ck_assert_pstr_eq(copy, direct);
}
END_TEST

/* Only what was written is read again: a mark in the copy of a page that wasn't stays. */
START_TEST(test_only_written)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "copy", NULL);
    guint8 *memory = map_memory(PRIVATE);
    RamRegion region = {getpid(), (guint64)(gsize)memory, MOST};
    guint8 found[3 * RAM_PAGE];
    int fd;

    memset(memory, 1, MOST);
    if (watch_start(region.address, region.size) < 0) {
        g_printerr("userfaultfd notes no writes here: Linux 6.7 or later is missing\n");
        return;
    }
    ck_assert(ram_watch(&region));
    ck_assert(ram_copy(&region, path, NULL));
    fd = open(path, O_RDWR | O_CLOEXEC);
    memset(found, 5, sizeof(found));
    ck_assert_int_eq(pwrite(fd, found, sizeof(found), 0), sizeof(found));
    memory[RAM_PAGE] = 2;
    ck_assert(ram_copy_written(&region, path, NULL));
    ck_assert_int_eq(pread(fd, found, sizeof(found), 0), sizeof(found));
    ck_assert_int_eq(found[0], 5);
    ck_assert_int_eq(found[RAM_PAGE], 2);
    ck_assert_int_eq(found[RAM_PAGE + 1], 1);
    ck_assert_int_eq(found[2 * RAM_PAGE], 5);
    close(fd);
}
END_TEST

/* What isn't memory of this process can't be watched. */
START_TEST(test_watch_nothing)
{
    ck_assert_int_eq(watch_start(0, 0), -1);
    ck_assert_int_eq(watch_start(RAM_PAGE, RAM_PAGE), -1);
    ck_assert_int_eq(watch_start(G_MAXUINT64 - RAM_PAGE + 1, 2 * RAM_PAGE), -1);
}
END_TEST

/* One bit of one page, or the size, makes another digest. */
START_TEST(test_differs)
{
    static guint8 memory[3 * RAM_PAGE] __attribute__((aligned(RAM_PAGE)));
    RamRegion region = {.pid = getpid(), .address = (guint64)(gsize)memory, .size = sizeof(memory)};
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
    tcase_add_loop_test(tcase, test_kinds, 0, G_N_ELEMENTS(memories));
    tcase_add_loop_test(tcase, test_written, 0, 2 * (WATCHED_THEN_NOT + 1));
    tcase_add_test(tcase, test_only_written);
    tcase_add_test(tcase, test_watch_nothing);
    tcase_add_test(tcase, test_differs);
    tcase_add_loop_test(tcase, test_unreadable, 0, 3);
    tcase_add_test(tcase, test_full);
    tcase_add_test(tcase, test_copy_exists);
}

int main(void)
{
    return temp_run("ram", add_tests);
}
