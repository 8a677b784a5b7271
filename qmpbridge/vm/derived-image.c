/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New images on top of others; see derived-image.h.
 */
#include "qmpbridge/vm/derived-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/exclusive-rename.h"

static gboolean file_error(GError **error, const char *path, int why)
{
    g_set_error(error, BRIDGE_ERROR,
                why == ENOSPC || why == EDQUOT ? BRIDGE_ERROR_FULL : BRIDGE_ERROR_STORE, "%s: %s",
                path, g_strerror(why));
    return FALSE;
}

static gboolean usage_error(GError **error, const char *path, const char *why)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s: %s", path, why);
    return FALSE;
}

/* --- names --------------------------------------------------------------------------------- */

/* @path without links, as GLib's memory. Errors: USAGE. (transfer full) */
static char *resolve(const char *path, GError **error)
{
    char *real = realpath(path, NULL), *copy = g_strdup(real);

    if (!real)
        usage_error(error, path, g_strerror(errno));
    free(real);
    return copy;
}

char *derived_image_backing(const char *directory, const char *file, GError **error)
{
    g_autofree char *folder = resolve(directory, error);
    g_autofree char *base = folder ? resolve(file, error) : NULL;
    g_autofree char *inside = base ? g_strconcat(folder, "/", NULL) : NULL;
    const char *rest = NULL;

    if (!base)
        return NULL;
    if (g_str_has_prefix(base, inside))
        rest = base + strlen(inside);
    if (!rest)
        return g_steal_pointer(&base);
    /* QEMU takes what stands before a colon for a protocol, unless a slash comes first. */
    return g_strconcat(strchr(rest, ':') ? "./" : "", rest, NULL);
}

/* An empty file beside @path, which qemu-img fills. Errors: STORE, FULL. (transfer full) */
static char *make_temporary(const char *directory, int *fd, GError **error)
{
    char *path = g_build_filename(directory, ".image-XXXXXX", NULL);

    *fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0666);
    if (*fd >= 0)
        return path;
    file_error(error, directory, errno);
    g_free(path);
    return NULL;
}

/* --- an empty one -------------------------------------------------------------------------- */

static gboolean create(const Emulator *emulator, const MachineDisk *base, const char *directory,
                       const char *path, GError **error)
{
    g_autofree char *backing = derived_image_backing(directory, base->file, error);
    int fd = -1;
    g_autofree char *temporary = backing ? make_temporary(directory, &fd, error) : NULL;
    gboolean ok;

    if (!temporary)
        return FALSE;
    ok = emulator_create_overlay(emulator, temporary, backing, machine_format_name(base->format),
                                 error);
    if (ok && (fsync(fd) != 0 || !exclusive_rename_file(temporary, path)))
        ok = errno == EEXIST ? usage_error(error, path, "exists, and isn't overwritten")
                             : file_error(error, path, errno);
    if (!ok)
        g_unlink(temporary);
    close(fd);
    return ok;
}

gboolean derived_image_create(const Emulator *emulator, const MachineDisk *base, const char *path,
                              GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);

    if (!g_str_has_suffix(path, DERIVED_IMAGE_SUFFIX))
        return usage_error(error, path,
                           "the image is a qcow2 one: let its name end with " DERIVED_IMAGE_SUFFIX);
    if (g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return usage_error(error, path, "exists, and isn't overwritten");
    return create(emulator, base, directory, path, error);
}

/* --- a copy -------------------------------------------------------------------------------- */

struct DerivedCopy {
    GSubprocess *process;
    GCancellable *cancellable;
    char *directory, *name; /**< name: without its number and suffix */
    char *temporary;        /**< the file while it isn't whole */
    int fd;
    DerivedCopyDone done;
    gpointer user_data;
};

static char *stem(const char *file)
{
    static const char *const suffixes[] = {DERIVED_IMAGE_SUFFIX, ".img", ".raw", NULL};
    char *name = g_path_get_basename(file), *dot = strrchr(name, '.');

    if (dot && dot > name && g_strv_contains(suffixes, dot))
        *dot = '\0';
    return name;
}

/* (transfer full), or NULL with errno. */
static char *take_number(const DerivedCopy *copy)
{
    for (guint n = 1; n < G_MAXUINT16; n++) {
        g_autofree char *name = g_strdup_printf("%s-%u" DERIVED_IMAGE_SUFFIX, copy->name, n);
        g_autofree char *path = g_build_filename(copy->directory, name, NULL);

        if (exclusive_rename_file(copy->temporary, path))
            return g_steal_pointer(&path);
        if (errno != EEXIST)
            return NULL;
    }
    return NULL;
}

static void copied(GObject *source, GAsyncResult *result, gpointer user_data)
{
    DerivedCopy *copy = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *words = NULL, *line = NULL, *path = NULL;
    gboolean ran =
        g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, NULL, &words, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the copy is freed */
    if (ran && !g_subprocess_get_successful(copy->process)) {
        line = emulator_first_line(words);
        g_set_error(&error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "qemu-img: %s", line);
    } else if (ran && (fsync(copy->fd) != 0 || !(path = take_number(copy)))) {
        file_error(&error, copy->directory, errno);
    }
    if (path)
        g_clear_pointer(&copy->temporary, g_free);
    copy->done(path, error, copy->user_data);
}

static gboolean start(DerivedCopy *copy, const Emulator *emulator, const char *overlay,
                      const MachineDisk *base, GError **error)
{
    g_autofree char *backing = derived_image_backing(copy->directory, base->file, error);

    if (!backing || !(copy->temporary = make_temporary(copy->directory, &copy->fd, error)))
        return FALSE;
    copy->process = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, error,
        emulator->image_tool, "convert", "-f", "qcow2", "-O", "qcow2", "-B", backing, "-F",
        machine_format_name(base->format), overlay, copy->temporary, NULL);
    if (!copy->process)
        return FALSE;
    g_subprocess_communicate_utf8_async(copy->process, NULL, copy->cancellable, copied, copy);
    return TRUE;
}

DerivedCopy *derived_copy_start(const Emulator *emulator, const char *overlay,
                                const MachineDisk *base, const char *directory,
                                DerivedCopyDone done, gpointer user_data, GError **error)
{
    g_autoptr(DerivedCopy) copy = g_new0(DerivedCopy, 1);

    copy->fd = -1;
    copy->cancellable = g_cancellable_new();
    copy->directory = g_strdup(directory);
    copy->name = stem(base->file);
    copy->done = done;
    copy->user_data = user_data;
    return start(copy, emulator, overlay, base, error) ? g_steal_pointer(&copy) : NULL;
}

void derived_copy_free(DerivedCopy *copy)
{
    if (!copy)
        return;
    g_cancellable_cancel(copy->cancellable);
    if (copy->process)
        g_subprocess_force_exit(copy->process);
    if (copy->temporary)
        g_unlink(copy->temporary);
    if (copy->fd >= 0)
        close(copy->fd);
    g_clear_object(&copy->process);
    g_object_unref(copy->cancellable);
    g_free(copy->directory);
    g_free(copy->name);
    g_free(copy->temporary);
    g_free(copy);
}
