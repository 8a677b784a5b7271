/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an answer to CPUID stays with the process that asked. CPUID stands at the very end of
 * a page, so what follows it is another block of code, and fetching it may fault.
 *
 *   attack ROUNDS VICTIM   a child asks and dies of that fault; then VICTIM, a set-uid program,
 *                          runs at the same address, with the page table that the child gave
 *                          back. Prints how often it was changed.
 *   victim                 runs code at that address; exits with 0 if its register kept its value
 *   ask ROUNDS             both pages are there, and CPUID or the marker stands at the end of the
 *                          first one or across: prints how often the answer came
 *
 * An interrupt may take an answer away, but not often: see doc/hypercall-abi.md.
 */
#define _GNU_SOURCE /* memfd_create */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/recctrl-hypercall.h"

#define PAGE 4096u
#define FIRST ((unsigned char *)0x10000000)
#define SECOND (FIRST + PAGE)

static const unsigned char cpuid[] = {0x0f, 0xa2};

static void make_page(unsigned char *page)
{
    void *map = mmap(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (map != page) {
        perror("mmap");
        _exit(99);
    }
    memset(page, 0x90, PAGE); /* nop */
    page[PAGE / 2] = 0xc3;    /* ret */
}

/* Calls @code with the registers of a request, by either instruction. Returns: what is in the
 * result register. */
static unsigned call(const unsigned char *code, unsigned magic, unsigned action)
{
    unsigned result = magic;
    unsigned long text = 0, token = 0;

    __asm__ volatile("call *%[code]"
                     : "+a"(result), "+b"(action), "+c"(text), "+d"(token)
                     : [code] "r"(code), "D"(action), "S"(text)
                     : "memory", "cc");
    return result;
}

static int victim(void)
{
    make_page(SECOND);
    return call(SECOND, 0x1234, 0) != 0x1234;
}

static int status_of(pid_t child)
{
    int status = -1;

    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("child");
        _exit(99);
    }
    return status;
}

static int ask_and_die(void)
{
    make_page(FIRST);
    memcpy(SECOND - sizeof(cpuid), cpuid, sizeof(cpuid));
    call(SECOND - sizeof(cpuid), HYPERCALL_MAGIC, HYPERCALL_PROBE);
    return 0;
}

static int attack(int rounds, char *program)
{
    char victim_role[] = "victim", *arguments[] = {program, victim_role, NULL};
    int changed = 0;

    for (int i = 0; i < rounds; i++) {
        pid_t child = fork();

        if (child == 0) {
            _exit(ask_and_die());
        }
        if (!WIFSIGNALED(status_of(child))) {
            fputs("the child survived\n", stderr);
            return 99;
        }
        /* Unlike fork(), it makes no page table before that of the program. */
        if (posix_spawn(&child, program, NULL, NULL, arguments, NULL) != 0) {
            perror(program);
            return 99;
        }
        changed += status_of(child) != 0;
    }
    printf("changed: %d of %d\n", changed, rounds);
    return changed != 0;
}

/* Puts @length bytes of code so that @split of them are in the first page. */
static int ask_with(const char *what, const unsigned char *code, size_t length, size_t split,
                    int rounds)
{
    int answered = 0;

    memset(FIRST, 0x90, PAGE);
    memset(SECOND, 0x90, PAGE / 2);
    memcpy(SECOND - split, code, length);
    for (int i = 0; i < rounds; i++) {
        unsigned answer = call(SECOND - split, HYPERCALL_MAGIC, HYPERCALL_PROBE);

        answered += answer >> 16 == HYPERCALL_SIGNATURE >> 16;
    }
    printf("%s, %zu of %zu bytes in the first page: %s (%d of %d)\n", what, split, length,
           answered >= rounds - 1 ? "answered" : "FAULT", answered, rounds);
    return answered < rounds - 1;
}

/* QEMU translates the same memory once for all addresses it is mapped at: the second page is run
 * at one address before CPUID in front of it is at another. */
static int ask_elsewhere(int rounds)
{
    unsigned char *here = SECOND + PAGE, *there = here + 2 * PAGE;
    int fd = memfd_create("code", MFD_CLOEXEC), answered = 0;

    for (unsigned char *at = here; at <= there; at += 2 * PAGE) {
        if (fd < 0 || ftruncate(fd, 2 * PAGE) != 0 ||
            mmap(at, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_FIXED_NOREPLACE,
                 fd, 0) != at) {
            perror("mmap");
            _exit(99);
        }
    }
    memset(here, 0x90, 2 * PAGE);
    here[2 * PAGE - 1] = 0xc3;
    memcpy(here + PAGE - sizeof(cpuid), cpuid, sizeof(cpuid));
    call(here + PAGE, 0, 0);
    for (int i = 0; i < rounds; i++) {
        unsigned answer = call(there + PAGE - sizeof(cpuid), HYPERCALL_MAGIC, HYPERCALL_PROBE);

        answered += answer >> 16 == HYPERCALL_SIGNATURE >> 16;
    }
    printf("cpuid, mapped twice: %s (%d of %d)\n", answered >= rounds - 1 ? "answered" : "FAULT",
           answered, rounds);
    return answered < rounds - 1;
}

static int ask(int rounds)
{
    static const unsigned char marker[] = {
        0x0f, 0x1f, 0x84, 0, HYPERCALL_MARKER & 0xff, HYPERCALL_MARKER >> 8, 0, 0};
    int faults = 0;

    make_page(FIRST);
    make_page(SECOND);
    for (size_t split = 0; split <= sizeof(cpuid); split++) {
        faults += ask_with("cpuid", cpuid, sizeof(cpuid), split, rounds);
    }
    for (size_t split = 0; split <= sizeof(marker); split++) {
        faults += ask_with("marker", marker, sizeof(marker), split, rounds);
    }
    faults += ask_elsewhere(rounds);
    printf("faults: %d\n", faults);
    return faults;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "victim") == 0) {
        return victim();
    }
    if (argc == 3 && strcmp(argv[1], "ask") == 0) {
        return ask(atoi(argv[2]));
    }
    if (argc == 4 && strcmp(argv[1], "attack") == 0) {
        return attack(atoi(argv[2]), argv[3]);
    }
    fputs("Syntax: cpuid-attack attack ROUNDS VICTIM|ask ROUNDS|victim\n", stderr);
    return 2;
}
