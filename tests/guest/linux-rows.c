/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program of a Linux of any architecture asks for and is refused, in user mode and with page
 * tables: names at the very end of a page, in memory that isn't there, in the kernel. Built without
 * a C library. linux-rows PAGE KERNEL: bytes of a page, and the address of a text in the kernel
 * that would be a good name. One line a case, "ok" or "FAULT"; exits with the number of faults.
 */
#include "guest-agent/libc.h"
#include "guest-agent/recctrl.h"

#define TOKEN 77
#define SECONDS 60

/** Where the program's memory ends, which the linker knows: behind that page there is none. */
extern char _end[];

static int faults;

static void expect(const char *what, long got, long wanted)
{
    printf("linux: %s: %s (%ld)\n", what, got == wanted ? "ok" : "FAULT", got);
    faults += got != wanted;
}

static long ask(long action, unsigned long address)
{
    return recctrl_hypercall_bare(action, (const void *)address, TOKEN);
}

static void refusals(char *end, unsigned long kernel)
{
    expect("probe", recctrl_probe() >= 0, 1);
    expect("null", ask(HYPERCALL_START, 0), HYPERCALL_ERROR);
    expect("not mapped", ask(HYPERCALL_START, (unsigned long)end + 8), HYPERCALL_ERROR);
    expect("last byte", ask(HYPERCALL_START, ~0UL), HYPERCALL_ERROR);
    expect("a name of the kernel", ask(HYPERCALL_START, kernel), HYPERCALL_ERROR);
    expect("a mark of the kernel", ask(HYPERCALL_MARK, kernel), HYPERCALL_ERROR);
    expect("unknown action", ask(4711, 0), HYPERCALL_ERROR);
    memset(end - 4, 'x', 4);
    expect("no NUL before the page ends", ask(HYPERCALL_START, (unsigned long)end - 4),
           HYPERCALL_ERROR);
    expect("nothing is on", recctrl_status(0), HYPERCALL_STOPPED);
}

/* Not all of them are so where the recorder is in session mode. */
static void recording(char *end)
{
    char *name = memcpy(end - 5, "edge", 5);

    expect("end of a page", recctrl_start(name, TOKEN, SECONDS), HYPERCALL_STARTED);
    expect("on", recctrl_status(TOKEN), HYPERCALL_STARTED);
    expect("mark", recctrl_mark(name), HYPERCALL_PENDING);
    expect("start of another", recctrl_start("other", TOKEN + 1, SECONDS), HYPERCALL_NOOP);
    expect("stop of another", recctrl_stop(TOKEN + 1, SECONDS), HYPERCALL_NOOP);
    expect("stop", recctrl_stop(TOKEN, SECONDS), HYPERCALL_STOPPED);
}

static void sessions(void)
{
    expect("first session", recctrl_open("alice", 1), HYPERCALL_STARTED);
    expect("settled", recctrl_settle(SECONDS), HYPERCALL_STARTED);
    expect("second session", recctrl_open("bob", 2), HYPERCALL_NOOP);
    expect("first one's end", recctrl_close("alice", 1), HYPERCALL_NOOP);
    expect("its end again", recctrl_close("alice", 1), HYPERCALL_NOOP);
    expect("still on", recctrl_status(0), HYPERCALL_STARTED);
    expect("second one's end", recctrl_close("bob", 2), HYPERCALL_STOPPED);
    expect("off", recctrl_settle(SECONDS), HYPERCALL_STOPPED);
}

int main(int argc, char **argv)
{
    char *rest, *end;
    unsigned long page;

    if (argc != 3)
        return 99;
    page = strtoul(argv[1], &rest, 0); /* a power of 2 */
    end = (char *)(((unsigned long)_end + page - 1) & -page);
    refusals(end, strtoul(argv[2], &rest, 0));
    if (recctrl_probe() & HYPERCALL_FEATURE_SESSIONS)
        sessions();
    else
        recording(end);
    return faults;
}
