/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a directory to the image of a seed disk; see seed-disk.h. All is read first, so that what
 * the digest is of is what the image holds. libarchive writes the file system: its Joliet part is
 * there for the label, which keeps lower case only in it; Linux takes the Rock Ridge part.
 */
#include "qmpbridge/store/seed-disk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/files.h"

/** The longest label that the Joliet part has room for. */
#define LABEL_MAX 16u

typedef struct {
    char *name;    /**< relative to the directory */
    GStatBuf info; /**< its mode, size and time are used */
    GBytes *data;  /**< of a file; a link's target; NULL for a directory */
} SeedEntry;

typedef struct {
    const char *directory;
    GPtrArray *entries;
    guint64 bytes;
} Seed;

static void entry_free(gpointer data)
{
    SeedEntry *entry = data;

    g_free(entry->name);
    g_clear_pointer(&entry->data, g_bytes_unref);
    g_free(entry);
}

/* Sets USAGE: "DIRECTORY/NAME: why". @name: (nullable). Returns: FALSE. */
static gboolean refuse(const Seed *seed, const char *name, GError **error, const char *why)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "seed disk: %s%s%s %s", seed->directory,
                name ? "/" : "", name ? name : "", why);
    return FALSE;
}

/* --- what is in the directory -------------------------------------------------------------- */

/* Returns: (transfer full): what is in a file, of which there is at most @limit; or NULL, errno. */
static GBytes *read_file(const char *path, guint64 limit)
{
    int fd = files_open_plain(path, O_NOFOLLOW);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gssize got = fd < 0 ? -1 : 1;

    while (got > 0 && bytes->len <= limit) {
        guint8 chunk[16384];

        got = read(fd, chunk, sizeof(chunk));
        if (got > 0)
            g_byte_array_append(bytes, chunk, (guint)got);
    }
    if (fd >= 0)
        close(fd);
    return got < 0 ? NULL : g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static GBytes *read_link(const char *path)
{
    char *target = g_file_read_link(path, NULL);

    return target ? g_bytes_new_take(target, strlen(target)) : NULL;
}

/* Reads what the entry holds. */
static gboolean read_entry(Seed *seed, SeedEntry *entry, GError **error)
{
    g_autofree char *path = g_build_filename(seed->directory, entry->name, NULL);

    if (g_lstat(path, &entry->info) != 0)
        return refuse(seed, entry->name, error, g_strerror(errno));
    if (S_ISDIR(entry->info.st_mode))
        return TRUE;
    if (S_ISREG(entry->info.st_mode))
        entry->data = read_file(path, SEED_DISK_MAX_BYTES - seed->bytes);
    else if (S_ISLNK(entry->info.st_mode))
        entry->data = read_link(path);
    else
        return refuse(seed, entry->name, error, "is no file, directory or symbolic link");
    if (!entry->data)
        return refuse(seed, entry->name, error, g_strerror(errno));
    seed->bytes += g_bytes_get_size(entry->data);
    return seed->bytes <= SEED_DISK_MAX_BYTES ||
           refuse(seed, NULL, error,
                  "is too large: put what is so large on a disk of its own (--disk)");
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, in order. Returns: (transfer full) (element-type filename), or NULL. */
static GPtrArray *names_in(const char *path, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    GPtrArray *names;
    const char *name;

    if (!dir)
        return NULL;
    names = g_ptr_array_new_with_free_func(g_free);
    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* Reads a directory with all below it. @name: "" is the seed's own. */
static gboolean read_directory(Seed *seed, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(seed->directory, name, NULL);
    g_autoptr(GError) reason = NULL;
    g_autoptr(GPtrArray) names = names_in(path, &reason);

    if (!names) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "seed disk: %s", reason->message);
        return FALSE;
    }
    for (guint i = 0; i < names->len; i++) {
        SeedEntry *entry = g_new0(SeedEntry, 1);

        entry->name =
            *name ? g_build_filename(name, names->pdata[i], NULL) : g_strdup(names->pdata[i]);
        g_ptr_array_add(seed->entries, entry);
        if (seed->entries->len > SEED_DISK_MAX_FILES)
            return refuse(seed, NULL, error, "has too many files for a seed disk");
        if (!read_entry(seed, entry, error) ||
            (S_ISDIR(entry->info.st_mode) && !read_directory(seed, entry->name, error)))
            return FALSE;
    }
    return TRUE;
}

/* Everything that the image depends on, the writer's version apart. Returns: (transfer full). */
static char *digest_of(const Seed *seed, const char *label)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sum, (const guchar *)label, (gssize)strlen(label) + 1);
    for (guint i = 0; i < seed->entries->len; i++) {
        const SeedEntry *entry = seed->entries->pdata[i];
        gsize len = 0;
        const guchar *data = entry->data ? g_bytes_get_data(entry->data, &len) : NULL;
        g_autofree char *head = g_strdup_printf("%o %" G_GINT64_FORMAT " %" G_GSIZE_FORMAT " %s",
                                                (guint)entry->info.st_mode,
                                                (gint64)entry->info.st_mtime, len, entry->name);

        g_checksum_update(sum, (const guchar *)head, (gssize)strlen(head) + 1);
        g_checksum_update(sum, data, (gssize)len);
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* --- the image ---------------------------------------------------------------------------------
 */

static la_ssize_t keep(struct archive *archive, void *image, const void *data, size_t len)
{
    (void)archive;
    g_byte_array_append(image, data, (guint)len);
    return (la_ssize_t)len;
}

static gboolean write_entry(struct archive *archive, const SeedEntry *from)
{
    struct archive_entry *entry = archive_entry_new();
    gsize len = 0;
    const void *data = from->data ? g_bytes_get_data(from->data, &len) : NULL;
    gboolean written;

    archive_entry_set_pathname(entry, from->name);
    archive_entry_set_mode(entry, from->info.st_mode);
    archive_entry_set_mtime(entry, from->info.st_mtime, 0);
    if (S_ISLNK(from->info.st_mode)) {
        g_autofree char *target = g_strndup(data, len);

        archive_entry_set_symlink(entry, target);
        len = 0;
    }
    archive_entry_set_size(entry, (la_int64_t)len);
    written = archive_write_header(archive, entry) == ARCHIVE_OK &&
              archive_write_data(archive, data, len) == (la_ssize_t)len;
    archive_entry_free(entry);
    return written;
}

static gboolean write_all(struct archive *archive, const Seed *seed, const char *label,
                          GByteArray *image, GError **error)
{
    g_autofree char *options = g_strdup_printf("volume-id=%s,joliet,rockridge=strict,!pad", label);

    if (archive_write_set_format_iso9660(archive) != ARCHIVE_OK ||
        archive_write_set_options(archive, options) != ARCHIVE_OK ||
        archive_write_open(archive, image, NULL, keep, NULL) != ARCHIVE_OK)
        return refuse(seed, NULL, error, archive_error_string(archive));
    for (guint i = 0; i < seed->entries->len; i++) {
        const SeedEntry *entry = seed->entries->pdata[i];

        if (!write_entry(archive, entry))
            return refuse(seed, entry->name, error, archive_error_string(archive));
    }
    if (archive_write_close(archive) != ARCHIVE_OK) {
        files_error(error, "seed disk", archive_errno(archive));
        return FALSE;
    }
    return TRUE;
}

/* Returns: (transfer full): the image, or NULL. */
static GByteArray *write_image(const Seed *seed, const char *label, GError **error)
{
    struct archive *archive = archive_write_new();
    g_autoptr(GByteArray) image = g_byte_array_new();
    gboolean written = write_all(archive, seed, label, image, error);

    archive_write_free(archive);
    return written ? g_steal_pointer(&image) : NULL;
}

static gboolean check_label(const char *label, GError **error)
{
    gsize len = strlen(label);

    if (len > 0 && len <= LABEL_MAX &&
        !label[strspn(label, G_CSET_A_2_Z G_CSET_a_2_z "0123456789-_")])
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "--seed-label: it has 1 to %u letters, digits, '-' and '_', such as cidata",
                LABEL_MAX);
    return FALSE;
}

char *seed_disk_make(const char *directory, const char *label, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    Seed seed = {.directory = directory, .entries = entries};
    g_autoptr(GByteArray) image = NULL;
    g_autofree char *digest = NULL, *name = NULL, *path = NULL;

    if (!check_label(label, error) || !read_directory(&seed, "", error))
        return NULL;
    digest = digest_of(&seed, label);
    name = g_strconcat(digest, ".iso", NULL);
    path = g_build_filename(folder, name, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&path);
    image = write_image(&seed, label, error);
    if (!image || !files_save(path, (const char *)image->data, image->len, TRUE, error))
        return NULL;
    return g_steal_pointer(&path);
}
