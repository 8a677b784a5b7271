/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of a guest's root whose text lies in the memory of devices, wholly or from the end of
 * a page on: each must be refused, since reading a device changes it, and under icount ends
 * QEMU. Runs while a recording is on; one line a case, "ok" or "FAULT"; exits with the number of
 * faults. The kernel must run with iomem=relaxed.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-agent/recctrl-hypercall.h"

#define PAGE 4096u

static int faults;

static void expect(const char *what, unsigned long at, long got, long wanted)
{
    printf("device: %s %#lx: %s (%ld)\n", what, at, got == wanted ? "ok" : "FAULT", got);
    fflush(stdout);
    faults += got != wanted;
}

/* Two pages: one of RAM, then the device's. */
static char *map_device(const char *file, off_t offset)
{
    int fd = open(file, O_RDWR | O_SYNC | O_CLOEXEC);
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (fd < 0 || pages == MAP_FAILED ||
        mmap(pages + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED) {
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    close(fd);
    return pages;
}

static void try_device(const char *name, const char *file, off_t offset, unsigned reg)
{
    char *pages = map_device(file, offset);

    if (!pages) {
        printf("device: %s can't be mapped\n", name);
        return;
    }
    printf("device: %s is mapped\n", name);
    memset(pages, 'x', PAGE);
    expect(name, reg, recctrl_hypercall_bare(HYPERCALL_START, pages + PAGE + reg, 1),
           HYPERCALL_ERROR);
    expect(name, reg, recctrl_hypercall_bare(HYPERCALL_MARK, pages + PAGE + reg, 1),
           HYPERCALL_ERROR);
    expect(name, 0, recctrl_hypercall_bare(HYPERCALL_START, pages + PAGE - 4, 1), HYPERCALL_ERROR);
    memcpy(pages + PAGE - 5, "edge", 5);
    expect("the RAM in front of it", 0, recctrl_hypercall_bare(HYPERCALL_MARK, pages + PAGE - 5, 1),
           HYPERCALL_PENDING);
}

int main(void)
{
    glob_t found;

    try_device("the local APIC's counter", "/dev/mem", 0xfee00000, 0x390);
    try_device("the I/O APIC", "/dev/mem", 0xfec00000, 0);
    if (glob("/sys/bus/pci/devices/*/resource[0-5]", 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            try_device(found.gl_pathv[i], found.gl_pathv[i], 0, 0);
        }
        globfree(&found);
    }
    return faults;
}
