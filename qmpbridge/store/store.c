/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store; see store.h. A recording that is being made is the directory .NAME.incomplete with
 * a 'lock' file in it, locked by flock(2) as long as its process lives: a lock that can be had
 * tells that its owner has gone without ending it.
 */
#include "qmpbridge/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/io/exclusive-rename.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"
#include "qmpbridge/store/origin.h"

#define INCOMPLETE_SUFFIX ".incomplete"
/** Behind the name, as a hidden directory: it is being removed. */
#define REMOVED_SUFFIX ".removed"
#define KILLED "its recorder was killed or lost power before it could end it"

struct Store {
    char *path;
    GHashTable *locks; /**< directory -> descriptor of its locked file */
};

static void close_lock(gpointer fd)
{
    close(GPOINTER_TO_INT(fd));
}

char *store_default_path(void)
{
    return g_build_filename(g_get_user_data_dir(), "qmpbridge", "recordings", NULL);
}

Store *store_open(const char *path, gboolean create, GError **error)
{
    Store *store;

    if (create && g_mkdir_with_parents(path, 0700) != 0) {
        files_error(error, path, errno);
        g_prefix_error(error, "the store can't be made: ");
        return NULL;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR) || (create && access(path, W_OK | X_OK) != 0)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE,
                    create ? "the store %s can't be written: name another with --store"
                           : "there is no store at %s: name one with --store",
                    path);
        return NULL;
    }
    store = g_new0(Store, 1);
    store->path = g_canonicalize_filename(path, NULL);
    store->locks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_lock);
    return store;
}

void store_free(Store *store)
{
    if (!store)
        return;
    g_hash_table_unref(store->locks);
    g_free(store->path);
    g_free(store);
}

const char *store_path(const Store *store)
{
    return store->path;
}

static char *complete_path(Store *store, const char *name)
{
    return g_build_filename(store->path, name, NULL);
}

static char *incomplete_path(Store *store, const char *name)
{
    return g_strdup_printf("%s/.%s" INCOMPLETE_SUFFIX, store->path, name);
}

/* The name in ".NAME.incomplete"; NULL where it is none. (transfer full) */
static char *incomplete_name(const char *entry)
{
    gsize len = strlen(entry);

    if (entry[0] != '.' || !g_str_has_suffix(entry, INCOMPLETE_SUFFIX) ||
        len <= 1 + strlen(INCOMPLETE_SUFFIX))
        return NULL;
    return g_strndup(entry + 1, len - 1 - strlen(INCOMPLETE_SUFFIX));
}

/* TRUE if a living process makes the recording in @directory. */
static gboolean is_live(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, RECORDING_LOCK, NULL);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    gboolean live;

    if (fd < 0)
        return FALSE;
    live = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return live;
}

/* What can't be read is a recording too: one that is incomplete. */
static Recording *load(const char *name, const char *directory, gboolean complete)
{
    g_autoptr(GError) error = NULL;
    Recording *recording = recording_load(name, directory, &error);

    if (!recording) {
        recording = recording_new(name, directory);
        recording_set_reason(recording, complete ? error->message : KILLED);
        recording->state = RECORDING_INCOMPLETE;
    } else if (complete) {
        recording->state = RECORDING_COMPLETE;
    } else if (recording->state != RECORDING_INCOMPLETE) {
        recording_set_reason(recording, KILLED);
        recording->state = RECORDING_INCOMPLETE;
    }
    if (!complete && is_live(directory)) {
        recording_set_reason(recording, NULL);
        recording->state = RECORDING_LIVE;
    }
    return recording;
}

static gint by_age(gconstpointer a, gconstpointer b)
{
    const Recording *left = *(Recording *const *)a;
    const Recording *right = *(Recording *const *)b;

    if (left->wall_begin != right->wall_begin)
        return left->wall_begin < right->wall_begin ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* A link to one doesn't count. */
static gboolean is_directory(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* A recorder that was killed between claiming NAME and renaming to it leaves both. */
static gboolean is_claim(Store *store, const char *name)
{
    g_autofree char *incomplete = incomplete_path(store, name);
    g_autofree char *json = g_build_filename(store->path, name, RECORDING_JSON, NULL);

    return is_directory(incomplete) && !g_file_test(json, G_FILE_TEST_EXISTS);
}

/* One entry of the store's directory as a recording; NULL where it is none. */
static Recording *load_entry(Store *store, const char *entry)
{
    g_autofree char *path = complete_path(store, entry);
    g_autofree char *incomplete = incomplete_name(entry);
    const char *name = incomplete ? incomplete : entry;

    if (!name_check(name, strlen(name), NULL) || !is_directory(path) ||
        (!incomplete && is_claim(store, name)))
        return NULL;
    return load(name, path, incomplete == NULL);
}

GPtrArray *store_list(Store *store, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(store->path, 0, &cause);
    GPtrArray *list;
    const char *entry;

    if (!dir) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "%s", cause->message);
        return NULL;
    }
    list = g_ptr_array_new_with_free_func((GDestroyNotify)recording_free);
    while ((entry = g_dir_read_name(dir))) {
        Recording *recording = load_entry(store, entry);

        if (recording)
            g_ptr_array_add(list, recording);
    }
    g_ptr_array_sort(list, by_age);
    return list;
}

Recording *store_find(Store *store, const char *name, GError **error)
{
    g_autofree char *complete = complete_path(store, name);
    g_autofree char *incomplete = incomplete_path(store, name);

    if (!name_check(name, strlen(name), error))
        return NULL;
    if (is_directory(complete) && !is_claim(store, name))
        return load(name, complete, TRUE);
    if (is_directory(incomplete))
        return load(name, incomplete, FALSE);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND,
                "there is no recording '%s' in %s: 'list' shows what there is", name, store->path);
    return NULL;
}

/* Locks a new directory for this process. It may take a moment: is_live() of another process tries
 * the lock. */
static gboolean take_lock(Store *store, const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, RECORDING_LOCK, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        files_error(error, path, errno);
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    g_hash_table_insert(store->locks, g_strdup(directory), GINT_TO_POINTER(fd));
    return TRUE;
}

static gboolean is_taken(const char *path)
{
    struct stat info;

    if (lstat(path, &info) != 0)
        return FALSE;
    errno = EEXIST;
    return TRUE;
}

/* A new .NAME.incomplete, or @draft under that name, shows whether it is free; NAME itself mustn't
 * be there either, and once we have .NAME.incomplete no other recorder can make it. On failure
 * errno says why. */
static gboolean try_name(Store *store, const char *draft, const char *name, char **directory)
{
    g_autofree char *complete = complete_path(store, name);
    g_autofree char *incomplete = incomplete_path(store, name);

    if (is_taken(complete) ||
        !(draft ? exclusive_rename_directory(draft, incomplete) : g_mkdir(incomplete, 0700) == 0))
        return FALSE;
    if (is_taken(complete)) { /* another process has just made it whole */
        if (draft)
            g_rename(incomplete, draft);
        else
            g_rmdir(incomplete);
        errno = EEXIST;
        return FALSE;
    }
    *directory = g_steal_pointer(&incomplete);
    return TRUE;
}

/* Reserves @wanted, or the next free number of it. @draft: (nullable): what becomes its directory.
 * @directory: (out) (transfer full). Errors: STORE, FULL. Returns: (transfer full): its name. */
static char *find_name(Store *store, const char *draft, const char *wanted, char **directory,
                       GError **error)
{
    g_autofree char *name = g_strdup(wanted);

    for (guint i = 0; i < STORE_MAX_NUMBERS; i++) {
        char *next;

        if (try_name(store, draft, name, directory))
            return g_steal_pointer(&name);
        if (errno != EEXIST)
            break;
        next = name_next(name);
        g_free(name);
        name = next;
    }
    files_error(error, store->path, errno);
    return NULL;
}

Recording *store_reserve(Store *store, const char *wanted, GError **error)
{
    g_autofree char *name = NULL, *directory = NULL;
    g_autoptr(Recording) recording = NULL;

    if (!name_check(wanted, strlen(wanted), error) ||
        !(name = find_name(store, NULL, wanted, &directory, error)))
        return NULL;
    recording = recording_new(name, directory);
    if (take_lock(store, directory, error) && recording_save(recording, error))
        return g_steal_pointer(&recording);
    g_hash_table_remove(store->locks, directory);
    files_remove_directory(directory, NULL);
    return NULL;
}

/* Everything is on disk before the name says that it is whole. */
static gboolean sync_all(const Recording *recording, GError **error)
{
    for (guint i = 0; i < recording->files->len; i++) {
        const RecordingFile *file = g_ptr_array_index(recording->files, i);
        g_autofree char *path = recording_file(recording, file->name);

        if (!files_sync(path, error))
            return FALSE;
    }
    return files_sync(recording->directory, error);
}

/* The recording is whole once it has its name: a fault after the rename is only its warning. */
static void sync_name(Store *store, Recording *recording)
{
    g_autoptr(GError) error = NULL;

    if (files_sync(store->path, &error))
        return;
    g_free(recording->warning);
    recording->warning =
        g_strdup_printf("its name isn't safe from a power cut: %s", error->message);
    recording_save(recording, NULL);
}

static gboolean publish(Store *store, Recording *recording, GError **error)
{
    g_autofree char *to = complete_path(store, recording->name);
    g_autofree char *lock = g_build_filename(to, RECORDING_LOCK, NULL);

    if (!exclusive_rename_directory(recording->directory, to)) {
        files_error(error, to, errno);
        return FALSE;
    }
    g_hash_table_remove(store->locks, recording->directory);
    g_free(recording->directory);
    recording->directory = g_steal_pointer(&to);
    g_unlink(lock);
    sync_name(store, recording);
    return TRUE;
}

/* Puts the code of this user into it. Without one the recording is whole, too; its replays may then
 * need --trust-paths. */
static void sign(Recording *recording)
{
    g_autoptr(GError) error = NULL;

    if (!recording->machine)
        return;
    recording->origin = origin_sign(recording, &error);
    if (recording->origin)
        return;
    g_free(recording->warning);
    recording->warning = g_strdup_printf("a replay will need --trust-paths: %s", error->message);
}

gboolean store_commit(Store *store, Recording *recording, GError **error)
{
    recording->state = RECORDING_COMPLETE;
    sign(recording);
    if (recording_save(recording, error) && sync_all(recording, error) &&
        publish(store, recording, error))
        return TRUE;
    recording->state = RECORDING_LIVE;
    return FALSE;
}

void store_abandon(Store *store, Recording *recording, const char *reason)
{
    g_autoptr(GError) error = NULL;

    recording->state = RECORDING_INCOMPLETE;
    recording_set_reason(recording, reason);
    if (!recording_save(recording, &error))
        g_warning("the reason why '%s' is incomplete can't be kept: %s", recording->name,
                  error->message);
    g_hash_table_remove(store->locks, recording->directory);
}

gboolean store_discard(Store *store, Recording *recording, GError **error)
{
    gboolean good = files_remove_directory(recording->directory, error);

    g_hash_table_remove(store->locks, recording->directory);
    return good;
}

/* What earlier removals and unpackings have left when their process was killed. */
static void sweep_removed(Store *store)
{
    g_autoptr(GDir) dir = g_dir_open(store->path, 0, NULL);
    const char *entry;

    while (dir && (entry = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(store->path, entry, NULL);
        gboolean removed = entry[0] == '.' && g_str_has_suffix(entry, REMOVED_SUFFIX);
        gboolean draft = g_str_has_prefix(entry, STORE_DRAFT);

        if ((removed || draft) && is_directory(path) && !is_live(path))
            files_remove_directory(path, NULL);
    }
}

/* Images that only the removed one was started from. */
static void sweep_images(Store *store)
{
    g_autoptr(GPtrArray) recordings = store_list(store, NULL);

    if (recordings)
        images_sweep(store->path, recordings);
}

static gboolean remove_files(Store *store, const Recording *recording, GError **error)
{
    g_autofree char *claim = complete_path(store, recording->name);
    g_autofree char *removed =
        g_strdup_printf("%s/.%s" REMOVED_SUFFIX, store->path, recording->name);

    sweep_removed(store);
    if (!exclusive_rename_directory(recording->directory, removed)) {
        files_error(error, recording->directory, errno);
        return FALSE;
    }
    g_rmdir(claim); /* of a recorder that was killed; anything else isn't empty, or has gone */
    return files_sync(store->path, error) && files_remove_directory(removed, error);
}

gboolean store_remove(Store *store, const char *name, GError **error)
{
    g_autoptr(Recording) recording = store_find(store, name, error);
    gboolean removed = FALSE;
    int claim = -1;

    if (!recording)
        return FALSE;
    if (recording->state == RECORDING_LIVE)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                    "%s is being recorded: end it first, by end_record", name);
    else if (!store_claim_proof(recording, &claim))
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                    "%s is being replayed by another process", name);
    else
        removed = remove_files(store, recording, error);
    if (claim >= 0)
        close(claim);
    if (removed)
        sweep_images(store);
    return removed;
}

/* --- drafts -------------------------------------------------------------------------------- */

char *store_open_draft(Store *store, const char *id, GError **error)
{
    g_autofree char *draft = g_strconcat(store->path, "/" STORE_DRAFT, id, NULL);

    if (g_mkdir(draft, 0700) != 0 && (errno != EEXIST || !is_directory(draft))) {
        files_error(error, draft, errno);
        return NULL;
    }
    if (is_live(draft)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                    "another process unpacks the same archive into %s", store->path);
        return NULL;
    }
    return take_lock(store, draft, error) ? g_steal_pointer(&draft) : NULL;
}

void store_close_draft(Store *store, const char *draft, gboolean remove)
{
    if (remove)
        files_remove_directory(draft, NULL);
    g_hash_table_remove(store->locks, draft);
}

Recording *store_adopt(Store *store, const char *draft, const char *wanted, GError **error)
{
    g_autofree char *name = NULL, *directory = NULL, *old = NULL;
    g_autoptr(Recording) recording = NULL;
    gpointer fd = NULL;

    name = find_name(store, draft, wanted, &directory, error);
    if (!name)
        return NULL;
    g_hash_table_steal_extended(store->locks, draft, (gpointer *)&old, &fd);
    g_hash_table_insert(store->locks, g_strdup(directory), fd);
    recording = recording_load(name, directory, error);
    if (recording && (g_str_equal(name, wanted) || recording_save(recording, error)) &&
        sync_all(recording, error) && publish(store, recording, error))
        return g_steal_pointer(&recording);
    g_hash_table_remove(store->locks, directory);
    return NULL;
}

gboolean store_claim_proof(const Recording *recording, int *fd)
{
    gboolean others;

    *fd = open(recording->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0 || flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    others = errno == EWOULDBLOCK;
    close(*fd);
    *fd = -1;
    return !others;
}
