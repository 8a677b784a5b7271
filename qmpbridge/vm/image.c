/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formats and backing files of disk images; see image.h. The fields of a header are those of
 * QEMU's docs/interop/qcow2.txt.
 */
#include "qmpbridge/vm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/vm/arguments.h"

/** The header, its extensions and the backing file's name are in the first cluster. */
#define HEADER_BYTES 65536u
/** Bytes of the smallest header, of version 2. */
#define HEADER_MIN 72u
/** Incompatible feature: data lies in another file. */
#define FEATURE_DATA_FILE 4u
/** Type of the extension that says the backing file's format. */
#define EXTENSION_BACKING_FORMAT 0xe2792acau

/** QEMU holds a lock on these bytes of an image while it may write to it, and while it relies on
 * that no other process does: RAW_LOCK_PERM_BASE, RAW_LOCK_SHARED_BASE and BLK_PERM_WRITE of its
 * block/file-posix.c. */
#define WRITER_LOCK 101
#define NO_WRITER_LOCK 201

/** What an image begins with. */
typedef struct {
    guint8 bytes[HEADER_BYTES];
    gsize len;
} Header;

static gboolean image_error(GError **error, const char *file, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the disk image %s %s", file, what);
    return FALSE;
}

static gboolean is_locked(int fd, off_t byte)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* NULL: the image may be read; else why not. (transfer full) */
static char *why_not(int fd)
{
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return g_strdup_printf("can't be read: %s", g_strerror(errno));
    if (!S_ISREG(info.st_mode))
        return g_strdup("isn't a plain file");
    return is_locked(fd, WRITER_LOCK) ? g_strdup("is in use: end the QEMU that may write to it")
                                      : NULL;
}

static gboolean read_header(Header *header, const char *file, GError **error)
{
    /* A FIFO in the image's place would wait for a writer. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    g_autofree char *why = why_not(fd);
    gssize len = why ? 0 : pread(fd, header->bytes, HEADER_BYTES, 0);

    if (len < 0)
        why = g_strdup_printf("can't be read: %s", g_strerror(errno));
    if (fd >= 0)
        close(fd);
    header->len = (gsize)MAX(len, 0);
    return !why || image_error(error, file, why);
}

static guint32 get32(const Header *header, gsize at)
{
    guint32 value;

    memcpy(&value, header->bytes + at, sizeof(value));
    return GUINT32_FROM_BE(value);
}

static guint64 get64(const Header *header, gsize at)
{
    return (guint64)get32(header, at) << 32 | get32(header, at + 4);
}

static gboolean is_qcow2(const Header *header)
{
    return header->len >= HEADER_MIN && memcmp(header->bytes, "QFI\xfb", 4) == 0;
}

/* --- the format ---------------------------------------------------------------------------- */

static gboolean has_suffix(const char *file, const char *const *suffixes)
{
    const char *suffix = strrchr(file, '.');

    return suffix && g_strv_contains(suffixes, suffix);
}

gboolean image_find_format(MachineDisk *disk, GError **error)
{
    static const char *const qcow2[] = {".qcow2", ".qcow", NULL};
    static const char *const others[] = {".vmdk", ".vdi", ".vhd", ".vhdx", ".qed", NULL};
    g_autofree Header *header = g_new0(Header, 1);

    if (!read_header(header, disk->file, error))
        return FALSE;
    if (disk->format == MACHINE_FORMAT_RAW)
        return TRUE;
    if (disk->format == MACHINE_FORMAT_QCOW2)
        return is_qcow2(header) || image_error(error, disk->file, "isn't a qcow2 image");
    if (has_suffix(disk->file, others))
        return image_error(error, disk->file,
                           "is of a format that can't be used: make a copy by "
                           "'qemu-img convert -O qcow2'");
    if (has_suffix(disk->file, qcow2)) {
        disk->format = MACHINE_FORMAT_QCOW2;
        return is_qcow2(header) || image_error(error, disk->file,
                                               "isn't a qcow2 image, as its name says: add "
                                               "',format=raw' if it is a raw one");
    }
    disk->format = MACHINE_FORMAT_RAW;
    return !is_qcow2(header) || image_error(error, disk->file,
                                            "begins as a qcow2 image does, which its name doesn't "
                                            "say and a guest can write into a raw one: add "
                                            "',format=qcow2' or ',format=raw'");
}

/* --- what it is based on ------------------------------------------------------------------- */

/* The format of the backing file, as the header's extension says. */
static gboolean find_backing_format(const Header *header, MachineDiskFormat *format)
{
    gboolean new = get32(header, 4) >= 3;
    gsize at = new && header->len >= 104 ? get32(header, 100) : HEADER_MIN;

    while (at <= header->len - 8) {
        guint32 type = get32(header, at), len = get32(header, at + 4);
        const char *text = (const char *)header->bytes + at + 8;

        if (type == 0 || len > header->len - at - 8)
            return FALSE;
        if (type == EXTENSION_BACKING_FORMAT) {
            *format = len == 3 && memcmp(text, "raw", 3) == 0     ? MACHINE_FORMAT_RAW
                      : len == 5 && memcmp(text, "qcow2", 5) == 0 ? MACHINE_FORMAT_QCOW2
                                                                  : MACHINE_FORMAT_BY_NAME;
            return *format != MACHINE_FORMAT_BY_NAME;
        }
        at += 8 + (((gsize)len + 7) & ~(gsize)7);
    }
    return FALSE;
}

/* @backing: (out) (transfer full) (nullable): the path of the file that @file is based on. */
static gboolean find_backing(const Header *header, const char *file, char **backing,
                             MachineDiskFormat *format, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(file), *name = NULL;
    guint64 offset = get64(header, 8);
    guint32 len = get32(header, 16);

    *backing = NULL;
    if (get32(header, 4) >= 3 && header->len >= 80 && (get64(header, 72) & FEATURE_DATA_FILE))
        return image_error(error, file, "has its data in another file, which isn't supported");
    if (offset == 0)
        return TRUE;
    if (offset > header->len || len > header->len - offset)
        return image_error(error, file, "has a damaged header");
    name = g_strndup((const char *)header->bytes + offset, len);
    /* QEMU takes what stands before a colon for a protocol, unless a slash comes first. */
    if (!*name || strcspn(name, ":") < strcspn(name, "/"))
        return image_error(error, file, "is based on what isn't a file");
    if (!find_backing_format(header, format))
        return image_error(error, file,
                           "doesn't say of which format its backing file is: "
                           "'qemu-img rebase -u -b BACKING -F FORMAT IMAGE' adds it");
    *backing = g_canonicalize_filename(name, directory);
    return TRUE;
}

MachineDiskFormat image_recorded_format(const MachineDisk *disk)
{
    return disk->format == MACHINE_FORMAT_BY_NAME ? MACHINE_FORMAT_RAW : disk->format;
}

GPtrArray *image_files(const char *file, MachineDiskFormat format, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autofree Header *header = g_new0(Header, 1);
    char *next = g_strdup(file);

    while (next) {
        const char *image = next;

        g_ptr_array_add(files, next);
        next = NULL;
        if (files->len > MACHINE_MAX_IMAGES) {
            image_error(error, file, "is based on too many others");
            return NULL;
        }
        if (!read_header(header, image, error))
            return NULL;
        if (format == MACHINE_FORMAT_RAW)
            break;
        if (!is_qcow2(header)) {
            image_error(error, image, "isn't a qcow2 image");
            return NULL;
        }
        if (!find_backing(header, image, &next, &format, error))
            return NULL;
    }
    return g_steal_pointer(&files);
}

char *image_backing_options(const GPtrArray *files, MachineDiskFormat format, GError **error)
{
    g_autoptr(GString) options = g_string_new(NULL), prefix = g_string_new("backing.");
    g_autofree Header *header = g_new0(Header, 1);

    for (guint i = 0; i < files->len; i++) {
        const char *file = g_ptr_array_index(files, i);
        g_autofree char *escaped = arguments_escape(file), *next = NULL;
        MachineDiskFormat own = format;

        if (!read_header(header, file, error))
            return NULL;
        if (format != MACHINE_FORMAT_RAW &&
            !(is_qcow2(header) ? find_backing(header, file, &next, &format, error)
                               : image_error(error, file, "isn't a qcow2 image")))
            return NULL;
        if ((next != NULL) != (i + 1 < files->len)) {
            image_error(error, file, "isn't based on the files that it should be");
            return NULL;
        }
        g_string_append_printf(options, ",%sdriver=%s,%sfile.driver=file,%sfile.filename=%s",
                               prefix->str, machine_format_name(own), prefix->str, prefix->str,
                               escaped);
        g_string_append(prefix, "backing.");
    }
    return g_string_free(g_steal_pointer(&options), FALSE);
}

gboolean image_is_used(const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    gboolean used = fd >= 0 && (is_locked(fd, WRITER_LOCK) || is_locked(fd, NO_WRITER_LOCK));

    if (fd >= 0)
        close(fd);
    return used;
}
