/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages are written; see watch.h.
 */
#include "plugin/watch.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What older headers lack. Source: include/uapi/linux/userfaultfd.h of Linux. */
#define USER_MODE_ONLY 1         /* allowed without privileges */
#define WRITES_PASS (1ull << 15) /* UFFD_FEATURE_WP_ASYNC */

int watch_start(guint64 address, guint64 size)
{
    struct uffdio_api api = {.api = UFFD_API, .features = WRITES_PASS};
    struct uffdio_register what = {.range = {address, size}, .mode = UFFDIO_REGISTER_MODE_WP};
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY);

    if (fd < 0 || (ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &what) == 0))
        return fd;
    close(fd);
    return -1;
}

gboolean watch_possible(void)
{
    gsize size = (gsize)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = page == MAP_FAILED ? -1 : watch_start((guint64)(gsize)page, size);

    if (fd >= 0)
        close(fd);
    if (page != MAP_FAILED)
        munmap(page, size);
    return fd >= 0;
}
