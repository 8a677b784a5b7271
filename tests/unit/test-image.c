/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk images on the host: how the format is found, what is ambiguous, and which files an image
 * consists of, also where a guest or somebody hostile has written it.
 */
#include "qmpbridge/vm/image.h"

#include <sys/stat.h>

#include "tests/unit/temp.h"

/* A qcow2 header of version 3 with @extension, an extension of the type of a backing file's format,
 * and @backing; each NULL for none. */
static char *write_qcow2(const char *dir, const char *name, const char *backing,
                         const char *extension, guint8 features)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    char *path = g_build_filename(dir, name, NULL);
    gsize len = extension ? strlen(extension) : 0;

    g_byte_array_set_size(bytes, 512);
    memset(bytes->data, 0, 512);
    memcpy(bytes->data, "QFI\xfb\0\0\0\3", 8);
    bytes->data[79] = features;
    bytes->data[103] = 104; /* the header's length */
    if (extension) {
        memcpy(bytes->data + 104, "\xe2\x79\x2a\xca\0\0\0", 7);
        bytes->data[111] = (guint8)len;
        memcpy(bytes->data + 112, extension, len);
    }
    if (backing) {
        bytes->data[14] = 1; /* at 256 */
        bytes->data[19] = (guint8)strlen(backing);
        memcpy(bytes->data + 256, backing, strlen(backing));
    }
    ck_assert(g_file_set_contents(path, (const char *)bytes->data, 512, NULL));
    return path;
}

static const struct {
    const char *name;
    gboolean qcow2; /**< what the file begins with */
    MachineDiskFormat said, found;
    const char *error; /**< NULL: it is taken */
} formats[] = {
    {"a.qcow2", TRUE, MACHINE_FORMAT_BY_NAME, MACHINE_FORMAT_QCOW2, NULL},
    {"a.img", FALSE, MACHINE_FORMAT_BY_NAME, MACHINE_FORMAT_RAW, NULL},
    {"a", FALSE, MACHINE_FORMAT_BY_NAME, MACHINE_FORMAT_RAW, NULL},
    {"a.b/c", FALSE, MACHINE_FORMAT_BY_NAME, MACHINE_FORMAT_RAW, NULL},
    /* what is said stands */
    {"a.img", TRUE, MACHINE_FORMAT_RAW, MACHINE_FORMAT_RAW, NULL},
    {"a.img", TRUE, MACHINE_FORMAT_QCOW2, MACHINE_FORMAT_QCOW2, NULL},
    {"a.qcow2", FALSE, MACHINE_FORMAT_RAW, MACHINE_FORMAT_RAW, NULL},
    /* a guest may have written it */
    {"a.img", TRUE, MACHINE_FORMAT_BY_NAME, 0, "',format=qcow2' or ',format=raw'"},
    {"a", TRUE, MACHINE_FORMAT_BY_NAME, 0, "',format=qcow2' or ',format=raw'"},
    {"a.qcow2", FALSE, MACHINE_FORMAT_BY_NAME, 0, "isn't a qcow2 image, as its name says"},
    {"a", FALSE, MACHINE_FORMAT_QCOW2, 0, "isn't a qcow2 image"},
    {"a.vmdk", FALSE, MACHINE_FORMAT_BY_NAME, 0, "qemu-img convert -O qcow2"},
};

START_TEST(test_format)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *sub = g_build_filename(dir, "a.b", NULL), *path = NULL;
    g_autoptr(GError) error = NULL;
    MachineDisk disk = {.format = formats[_i].said};
    gboolean found;

    ck_assert_int_eq(mkdir(sub, 0700), 0);
    path = formats[_i].qcow2 ? write_qcow2(dir, formats[_i].name, NULL, NULL, 0)
                             : temp_file(dir, formats[_i].name, "QFI");
    disk.file = path;
    found = image_find_format(&disk, &error);
    ck_assert_msg(found == !formats[_i].error, "%s", error ? error->message : formats[_i].name);
    if (found)
        ck_assert_int_eq(disk.format, formats[_i].found);
    else
        temp_check_error(error, BRIDGE_ERROR_USAGE, formats[_i].error);
}
END_TEST

/* What isn't there, can't be read, or is no file. */
START_TEST(test_unreadable)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_autoptr(GError) error = NULL;
    MachineDisk disk = {.file = fifo};

    ck_assert(!image_find_format(&disk, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "can't be read: No such file");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    g_clear_error(&error);
    ck_assert(!image_find_format(&disk, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "isn't a plain file");
    disk.file = dir;
    g_clear_error(&error);
    ck_assert(!image_find_format(&disk, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, dir);
}
END_TEST

START_TEST(test_chain)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *base = temp_file(dir, "base", "raw");
    g_autofree char *middle = write_qcow2(dir, "middle", "base", "raw", 0);
    g_autofree char *top = write_qcow2(dir, "top", middle, "qcow2", 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = image_files(top, MACHINE_FORMAT_QCOW2, &error);

    ck_assert_msg(files != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(files->len, 3);
    ck_assert_str_eq(files->pdata[0], top);
    ck_assert_str_eq(files->pdata[1], middle);
    ck_assert_str_eq(files->pdata[2], base);
    g_ptr_array_unref(files);
    files = image_files(top, MACHINE_FORMAT_RAW, NULL);
    ck_assert_uint_eq(files->len, 1);
}
END_TEST

static const struct {
    const char *backing, *format;
    guint8 features;
    const char *error;
} bad[] = {
    {"gone", "raw", 0, "gone can't be read"},
    {"top", "qcow2", 0, "is based on too many others"},
    {"base", NULL, 0, "qemu-img rebase -u"},
    {"base", "vmdk", 0, "qemu-img rebase -u"},
    {"base", "qcow2", 0, "base isn't a qcow2 image"},
    {"nbd:host:1", "raw", 0, "what isn't a file"},
    {"json:{\"driver\":\"file\"}", "raw", 0, "what isn't a file"},
    {"nbd://host/x", "raw", 0, "what isn't a file"},
    {NULL, NULL, 4, "its data in another file"},
};

START_TEST(test_bad_chain)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *base = temp_file(dir, "base", "raw");
    g_autofree char *top =
        write_qcow2(dir, "top", bad[_i].backing, bad[_i].format, bad[_i].features);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(image_files(top, MACHINE_FORMAT_QCOW2, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, bad[_i].error);
}
END_TEST

/* What QEMU locks of an image that it may write to, and of one that it only reads. */
START_TEST(test_in_use)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *base = temp_file(dir, "base", "raw");
    g_autofree char *top = write_qcow2(dir, "top", "base", "raw", 0);
    g_autoptr(GPtrArray) files = NULL;
    g_autoptr(GError) error = NULL;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1};
    int fd = open(base, O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    ck_assert(!image_is_used(base));
    lock.l_start = 201;
    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    ck_assert(image_is_used(base)); /* it may be read, and not be written */
    files = image_files(top, MACHINE_FORMAT_QCOW2, &error);
    ck_assert_ptr_nonnull(files);
    lock.l_start = 101;
    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    ck_assert_ptr_null(image_files(top, MACHINE_FORMAT_QCOW2, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "base is in use");
    ck_assert(image_is_used(base));
    close(fd);
    ck_assert(!image_is_used(base));
    ck_assert(!image_is_used("/nonexistent"));
}
END_TEST

static void overwrite(const char *path, const char *bytes, gsize len)
{
    FILE *file = fopen(path, "we");

    ck_assert(file && fwrite(bytes, 1, len, file) == len);
    ck_assert_int_eq(fclose(file), 0);
}

/* A header that is cut anywhere, or has any byte changed, is refused or read, no more. */
START_TEST(test_damaged)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *base = temp_file(dir, "base", "raw");
    g_autofree char *top = write_qcow2(dir, "top", "base", "raw", 0), *bytes = NULL;
    gsize len;

    ck_assert(g_file_get_contents(top, &bytes, &len, NULL));
    for (gsize i = 0; i < 262; i++) {
        g_autoptr(GPtrArray) cut = NULL, changed = NULL;
        char old = bytes[i];

        overwrite(top, bytes, i);
        cut = image_files(top, MACHINE_FORMAT_QCOW2, NULL);
        bytes[i] = (char)0xff;
        overwrite(top, bytes, len);
        changed = image_files(top, MACHINE_FORMAT_QCOW2, NULL);
        bytes[i] = old;
        ck_assert(i >= 260 || !cut); /* the backing file's name is there up to its end */
    }
}
END_TEST

static char *backing_options(MachineDiskFormat format, const char *first, const char *second,
                             GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new();

    g_ptr_array_add(files, (gpointer)first);
    if (second)
        g_ptr_array_add(files, (gpointer)second);
    return image_backing_options(files, format, error);
}

/* QEMU opens what it is told of, and nothing that a header names. */
START_TEST(test_backing_options)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *base = temp_file(dir, "ba,se", "raw");
    g_autofree char *top = write_qcow2(dir, "top", "/etc/passwd", "raw", 0);
    g_autofree char *alone = write_qcow2(dir, "alone", NULL, NULL, 0);
    g_autofree char *both = backing_options(MACHINE_FORMAT_QCOW2, top, base, NULL);
    g_autofree char *one = backing_options(MACHINE_FORMAT_RAW, base, NULL, NULL);
    g_autofree char *wanted =
        g_strdup_printf(",backing.driver=qcow2,backing.file.driver=file,backing.file.filename=%s"
                        ",backing.backing.driver=raw,backing.backing.file.driver=file"
                        ",backing.backing.file.filename=%s/ba,,se",
                        top, dir);
    static const struct {
        gboolean top, base;
    } wrong[] = {{TRUE, FALSE}, {FALSE, TRUE}};

    ck_assert_str_eq(both, wanted);
    ck_assert(g_str_has_suffix(one, "/ba,,se"));
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(backing_options(MACHINE_FORMAT_QCOW2, wrong[i].top ? top : alone,
                                           wrong[i].base ? base : NULL, &error));
        temp_check_error(error, BRIDGE_ERROR_USAGE, "isn't based on the files");
    }
    ck_assert_ptr_null(backing_options(MACHINE_FORMAT_RAW, base, base, NULL));
    ck_assert_ptr_null(backing_options(MACHINE_FORMAT_QCOW2, base, NULL, NULL));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_backing_options);
    tcase_add_loop_test(tcase, test_format, 0, G_N_ELEMENTS(formats));
    tcase_add_test(tcase, test_unreadable);
    tcase_add_test(tcase, test_chain);
    tcase_add_loop_test(tcase, test_bad_chain, 0, G_N_ELEMENTS(bad));
    tcase_add_test(tcase, test_in_use);
    tcase_add_test(tcase, test_damaged);
}

int main(void)
{
    return temp_run("image", add_tests);
}
