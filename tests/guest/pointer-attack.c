/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pointers that a request must not be served from: kernel memory, memory that the process may not
 * read, addresses that wrap round or don't exist, names without an end. Names at the very end of a
 * page must be served. One line a case, "ok" or "FAULT"; exits with the number of faults.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-agent/recctrl-hypercall.h"

static int faults;

static void expect(const char *what, long got, long wanted)
{
    printf("pointer: %s: %s (%ld)\n", what, got == wanted ? "ok" : "FAULT", got);
    faults += got != wanted;
}

static long start(uintptr_t address)
{
    return recctrl_hypercall_bare(HYPERCALL_START, (const void *)address, 77);
}

/* Puts @length bytes at the very end of a page that is followed by nothing. */
static char *at_page_end(const char *bytes, size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED || munmap(map + page, page) != 0) {
        perror("mmap");
        _exit(99);
    }
    return memcpy(map + page - length, bytes, length);
}

/* A good name, in a page that this process may not read. */
static char *forbidden(void)
{
    char *page = at_page_end("secret", sizeof("secret"));
    uintptr_t offset = (uintptr_t)page % (uintptr_t)sysconf(_SC_PAGESIZE);

    if (mprotect(page - offset, 1, PROT_NONE) != 0) {
        perror("mprotect");
        _exit(99);
    }
    return page;
}

static void stop(void)
{
    long answer = recctrl_hypercall_bare(HYPERCALL_STOP, NULL, 77);

    while (answer == HYPERCALL_PENDING) {
        answer = recctrl_hypercall_bare(HYPERCALL_STATUS, NULL, 77);
    }
    expect("stop", answer, HYPERCALL_STOPPED);
}

int main(void)
{
    char endless[4 * HYPERCALL_TEXT_MAX];

    memset(endless, 'x', sizeof(endless));
    expect("null", start(0), HYPERCALL_ERROR);
    expect("kernel text", start(0xffffffff81000000u), HYPERCALL_ERROR);
    expect("kernel map", start(0xffff888000000000u), HYPERCALL_ERROR);
    expect("last byte", start(UINTPTR_MAX), HYPERCALL_ERROR);
    expect("edge of user space", start(0x00007fffffffffffu), HYPERCALL_ERROR);
    expect("not canonical", start(0x0000800000000000u), HYPERCALL_ERROR);
    expect("no NUL", start((uintptr_t)endless), HYPERCALL_ERROR);
    expect("no NUL before the page ends", start((uintptr_t)at_page_end("xxxx", 4)),
           HYPERCALL_ERROR);
    expect("mark from the kernel",
           recctrl_hypercall_bare(HYPERCALL_MARK, (void *)0xffffffff81000000u, 0), HYPERCALL_ERROR);
    expect("a page that may not be read", start((uintptr_t)forbidden()), HYPERCALL_ERROR);
    expect("unknown action", recctrl_hypercall_bare(4711, NULL, 0), HYPERCALL_ERROR);
    expect("end of a page", start((uintptr_t)at_page_end("edge", 5)), HYPERCALL_PENDING);
    stop();
    return faults;
}
