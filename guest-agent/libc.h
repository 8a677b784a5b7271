/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The C library, as far as librecctrl and recctrlu need it: the one of the system, or, where they
 * are built without any (-ffreestanding), the few functions of bare/libc.h.
 */
#pragma once

#if __STDC_HOSTED__
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#else
#include "guest-agent/bare/libc.h"
#endif
