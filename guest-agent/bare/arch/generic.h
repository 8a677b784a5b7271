/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of Linux's calls on the architectures that have the common table of them; see
 * kernel.h. */
#pragma once

/* There is no fork(); the argument is the signal of a child's end. */
#define KERNEL_FORK_CALL KERNEL_CLONE, 17

enum {
    KERNEL_WRITE = 64,
    KERNEL_EXIT_GROUP = 94,
    KERNEL_NANOSLEEP = 101,
    KERNEL_CLOCK_GETTIME = 113,
    KERNEL_RT_SIGACTION = 134,
    KERNEL_GETPID = 172,
    KERNEL_CLONE = 220,
    KERNEL_EXECVE = 221,
    KERNEL_WAIT4 = 260
};
