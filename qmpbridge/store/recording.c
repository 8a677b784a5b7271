/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of one recording; see recording.h and doc/recording-format.md. The JSON side is one
 * table of plain members; only lists and the machine are handled by hand.
 */
#include "qmpbridge/store/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"

const char *const verdict_names[] = {"none", "identical", "diverged", "failed", NULL};
static const char *const states[] = {"live", "incomplete", "complete"};

typedef enum { TEXT, UINT, TIME } MemberType;

/** A member of recording.json that is a plain value of the structure. */
typedef struct {
    const char *name;
    MemberType type;
    gsize offset;
} Member;

/* clang-format off */
#define MEMBER(json, type, field) {json, type, offsetof(Recording, field)}
/* clang-format on */

static const Member members[] = {
    MEMBER("reason", TEXT, reason),
    MEMBER("warning", TEXT, warning),
    MEMBER("engine", TEXT, engine),
    MEMBER("emulator", TEXT, emulator_path),
    MEMBER("emulator-version", TEXT, emulator_version),
    MEMBER("snapshot", TEXT, snapshot),
    MEMBER("log-begin", UINT, log_begin),
    MEMBER("log-skip", UINT, log_skip),
    MEMBER("icount-begin", UINT, icount_begin),
    MEMBER("icount-end", UINT, icount_end),
    MEMBER("wall-begin-us", TIME, wall_begin),
    MEMBER("wall-end-us", TIME, wall_end),
    MEMBER("mono-begin-us", TIME, mono_begin),
    MEMBER("mono-end-us", TIME, mono_end),
    MEMBER("begin-pause-us", TIME, begin_pause),
    MEMBER("end-pause-us", TIME, end_pause),
    MEMBER("answers", UINT, answers),
    MEMBER("bytes", UINT, bytes),
    MEMBER("ram-sha256", TEXT, ram_sha256),
    MEMBER("origin", TEXT, origin),
    MEMBER("verdict-detail", TEXT, verdict_detail),
    MEMBER("verdict-wall-us", TIME, verdict_wall),
    MEMBER("verdict-time-us", TIME, verdict_time),
};

static void file_free(gpointer data)
{
    RecordingFile *file = data;

    g_free(file->name);
    g_free(file->sha256);
    g_free(file->role);
    g_free(file);
}

GPtrArray *recording_files_new(void)
{
    return g_ptr_array_new_with_free_func(file_free);
}

Recording *recording_new(const char *name, const char *directory)
{
    Recording *recording = g_new0(Recording, 1);

    recording->name = g_strdup(name);
    recording->directory = g_strdup(directory);
    recording->declared = g_ptr_array_new();
    recording->files = recording_files_new();
    recording->bases = recording_files_new();
    return recording;
}

void recording_free(Recording *recording)
{
    if (!recording)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
        if (members[i].type == TEXT)
            g_free(G_STRUCT_MEMBER(char *, recording, members[i].offset));
    }
    g_free(recording->name);
    g_free(recording->directory);
    machine_free(recording->machine);
    g_clear_pointer(&recording->marks, json_array_unref);
    g_ptr_array_unref(recording->declared);
    g_ptr_array_unref(recording->files);
    g_ptr_array_unref(recording->bases);
    g_free(recording);
}

gboolean recording_is_pending(const Recording *recording)
{
    return recording->state == RECORDING_COMPLETE &&
           (recording->verdict == VERDICT_NONE || recording->verdict == VERDICT_FAILED);
}

guint64 recording_insns(const Recording *recording)
{
    return recording->icount_end - MIN(recording->icount_begin, recording->icount_end);
}

void recording_begin_at(Recording *recording, const Checkpoint *checkpoint)
{
    g_free(recording->snapshot);
    recording->snapshot = g_strdup(checkpoint->snapshot);
    recording->icount_begin = checkpoint->icount;
    recording->log_begin = checkpoint->log;
}

char *recording_file(const Recording *recording, const char *file)
{
    return g_build_filename(recording->directory, file, NULL);
}

gboolean recording_add_mark(const Recording *recording, const Mark *mark, GError **error)
{
    g_autofree char *path = NULL;

    if (!recording->directory)
        return TRUE;
    path = recording_file(recording, RECORDING_MARKS);
    return marks_append(path, mark, error);
}

gboolean recording_read_marks(const Recording *recording, MarksFunc func, gpointer user_data,
                              GError **error)
{
    g_autofree char *path = NULL;

    for (guint i = 0; recording->marks && i < json_array_get_length(recording->marks); i++) {
        JsonObject *entry = json_array_object(recording->marks, i);
        Mark mark = {.icount = MARK_NO_ICOUNT,
                     .wall = json_object_get_int_member(entry, "wall-us"),
                     .text = json_object_get_string_member(entry, "text")};

        func(&mark, user_data);
    }
    if (!recording->directory)
        return TRUE;
    path = recording_file(recording, RECORDING_MARKS);
    return marks_read(path, func, user_data, error);
}

ArtefactDigest recording_digest_by_name(const char *name)
{
    return g_str_equal(name, RECORDING_LOG) || g_str_has_suffix(name, RECORDING_OVERLAY)
               ? ARTEFACT_PAGES
               : ARTEFACT_SHA256;
}

void recording_add_file(GPtrArray *files, const char *name, guint64 size, const char *sha256)
{
    RecordingFile *file = g_new0(RecordingFile, 1);

    file->name = g_strdup(name);
    file->size = size;
    file->sha256 = g_strdup(sha256);
    file->digest = recording_digest_by_name(name);
    g_ptr_array_add(files, file);
}

void recording_add_artefact(GPtrArray *files, const Artefact *artefact, guint64 size,
                            const char *sha256)
{
    RecordingFile *file;

    recording_add_file(files, artefact->name, size, sha256);
    file = g_ptr_array_index(files, files->len - 1);
    file->role = g_strdup(artefact->role);
    file->digest = artefact->digest;
    file->sparse = artefact->sparse;
}

void recording_declare(Recording *recording, const Artefact *artefact)
{
    g_ptr_array_add(recording->declared, (gpointer)artefact);
}

/* Adds what is known of one file to @files. */
static gboolean digest_artefact(GPtrArray *files, const Artefact *artefact, const char *path,
                                guint64 *bytes, GError **error)
{
    g_autofree char *sha256 = artefact_digest_file(artefact->digest, path, error);
    GStatBuf info;

    if (!sha256)
        return FALSE;
    if (g_stat(path, &info) != 0) {
        files_error(error, path, errno);
        return FALSE;
    }
    recording_add_artefact(files, artefact, (guint64)info.st_size, sha256);
    *bytes += MIN((guint64)info.st_size, (guint64)info.st_blocks * 512);
    return TRUE;
}

GPtrArray *recording_digest_artefacts(const GPtrArray *artefacts, const char *directory,
                                      guint disks, guint64 *bytes, GError **error)
{
    g_autoptr(GPtrArray) files = recording_files_new();

    *bytes = 0;
    for (guint i = 0; i < artefacts->len; i++) {
        const Artefact *artefact = g_ptr_array_index(artefacts, i);
        g_autofree char *path = g_build_filename(directory, artefact->name, NULL);

        if (!artefact_is_needed(artefact, disks) && !g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        if (!digest_artefact(files, artefact, path, bytes, error))
            return NULL;
    }
    return g_steal_pointer(&files);
}

char *recording_overlay_name(guint disk)
{
    return g_strconcat(machine_disk_id(disk), RECORDING_OVERLAY, NULL);
}

char *recording_base_role(guint disk, guint index)
{
    return index == 0 ? g_strdup(machine_disk_id(disk))
                      : g_strdup_printf("%s-backing%u", machine_disk_id(disk), index);
}

void recording_set_reason(Recording *recording, const char *reason)
{
    g_free(recording->reason);
    recording->reason = g_strdup(reason);
}

const char *verdict_name(Verdict verdict)
{
    return verdict_names[verdict];
}

const char *recording_state_name(RecordingState state)
{
    return states[state];
}

static JsonArray *files_to_json(const GPtrArray *files)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < files->len; i++) {
        const RecordingFile *file = g_ptr_array_index(files, i);
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "name", file->name);
        json_object_set_int_member(object, "size", (gint64)file->size);
        json_object_set_string_member(object, "sha256", file->sha256);
        if (file->role) {
            json_object_set_string_member(object, "role", file->role);
            json_object_set_string_member(object, "digest", artefact_digest_name(file->digest));
            json_object_set_boolean_member(object, "sparse", file->sparse);
        }
        json_array_add_object_element(array, object);
    }
    return array;
}

JsonObject *recording_to_json(const Recording *recording)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", RECORDING_SCHEMA);
    json_object_set_string_member(object, "name", recording->name);
    json_object_set_string_member(object, "state", states[recording->state]);
    json_object_set_string_member(object, "verdict", verdict_names[recording->verdict]);
    for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
        const Member *member = &members[i];
        const char *text;

        if (member->type != TEXT) {
            json_object_set_int_member(object, member->name,
                                       G_STRUCT_MEMBER(gint64, recording, member->offset));
            continue;
        }
        text = G_STRUCT_MEMBER(char *, recording, member->offset);
        if (text) { /* paths and messages may hold any bytes, JSON may not */
            g_autofree char *valid = g_utf8_make_valid(text, -1);

            json_object_set_string_member(object, member->name, valid);
        }
    }
    if (recording->machine)
        json_object_set_object_member(object, "machine", machine_to_json(recording->machine));
    if (recording->marks)
        json_object_set_array_member(object, "marks", json_array_ref(recording->marks));
    json_object_set_array_member(object, "files", files_to_json(recording->files));
    json_object_set_array_member(object, "bases", files_to_json(recording->bases));
    return object;
}

static gboolean read_members(Recording *recording, JsonObject *object, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
        const Member *member = &members[i];
        const char *text = NULL;
        gint64 number = 0;

        if (member->type == TEXT) {
            if (!json_opt_string(object, member->name, &text, error))
                return FALSE;
            G_STRUCT_MEMBER(char *, recording, member->offset) = g_strdup(text);
            continue;
        }
        if (!json_opt_int(object, member->name, &number, error))
            return FALSE;
        if (number < 0) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'%s' is negative", member->name);
            return FALSE;
        }
        G_STRUCT_MEMBER(gint64, recording, member->offset) = number;
    }
    return TRUE;
}

/* Each file is checked once, and there is an end to them. */
static gboolean check_next(const GPtrArray *files, const char *name, GError **error)
{
    if (files->len >= RECORDING_MAX_FILES) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG, "there are more files than %u",
                    RECORDING_MAX_FILES);
        return FALSE;
    }
    for (guint i = 0; i < files->len; i++) {
        if (g_str_equal(((RecordingFile *)g_ptr_array_index(files, i))->name, name)) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'%.127s' is among the files twice",
                        name);
            return FALSE;
        }
    }
    return TRUE;
}

/* What else is said of a file; recordings of older versions don't. */
static gboolean read_artefact(RecordingFile *file, JsonObject *entry, GError **error)
{
    const char *role = NULL, *digest = NULL;

    if (!json_opt_string(entry, "role", &role, error) ||
        !json_opt_string(entry, "digest", &digest, error) ||
        !json_opt_bool(entry, "sparse", &file->sparse, error))
        return FALSE;
    file->role = g_strdup(role);
    return !digest || artefact_parse_digest(digest, &file->digest, error);
}

static gboolean read_files(GPtrArray *files, JsonObject *object, const char *name, GError **error)
{
    JsonArray *array = NULL;

    if (!json_opt_array(object, name, &array, error))
        return FALSE;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *entry = json_array_object(array, i);
        const char *file = NULL, *sha256 = NULL;
        guint64 size = 0;

        if (!entry || !json_get_string(entry, "name", &file, error) ||
            !json_get_uint(entry, "size", &size, error) ||
            !json_get_string(entry, "sha256", &sha256, error)) {
            if (!entry)
                g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'%s' isn't a list of files",
                            name);
            return FALSE;
        }
        if (!check_next(files, file, error))
            return FALSE;
        recording_add_file(files, file, size, sha256);
        if (!read_artefact(g_ptr_array_index(files, i), entry, error))
            return FALSE;
    }
    return TRUE;
}

/* Only recordings that were made before there was a file of marks have them here. */
static gboolean read_marks(Recording *recording, JsonObject *object, GError **error)
{
    JsonArray *array = NULL;

    if (!json_opt_array(object, "marks", &array, error))
        return FALSE;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *entry = json_array_object(array, i);
        const char *text = NULL;
        gint64 wall = 0;

        if (!json_get_int(entry, "wall-us", &wall, error) ||
            !json_get_string(entry, "text", &text, error))
            return FALSE;
    }
    recording->marks = array ? json_array_ref(array) : NULL;
    return TRUE;
}

/* The place of @text in @names; 0 where it isn't there. */
static guint index_of(const char *text, const char *const *names, guint n)
{
    for (guint i = 0; text && i < n; i++) {
        if (g_str_equal(text, names[i]))
            return i;
    }
    return 0;
}

static gboolean read_object(Recording *recording, JsonObject *object, GError **error)
{
    const char *state = NULL, *verdict = NULL;
    JsonObject *machine = NULL;
    gint64 schema = 0;

    if (!json_get_int(object, "schema", &schema, error))
        return FALSE;
    if (schema != RECORDING_SCHEMA) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                    "schema %" G_GINT64_FORMAT " isn't known to this version", schema);
        return FALSE;
    }
    if (!json_opt_string(object, "state", &state, error) ||
        !json_opt_string(object, "verdict", &verdict, error) ||
        !read_members(recording, object, error) || !read_marks(recording, object, error) ||
        !read_files(recording->files, object, "files", error) ||
        !read_files(recording->bases, object, "bases", error) ||
        !json_opt_object(object, "machine", &machine, error))
        return FALSE;
    if (!recording->engine)
        recording->engine = g_strdup(RECORDING_FIRST_ENGINE);
    recording->state = index_of(state, states, G_N_ELEMENTS(states));
    recording->verdict = index_of(verdict, verdict_names, G_N_ELEMENTS(verdict_names) - 1);
    if (machine)
        recording->machine = machine_from_json(machine, error);
    return !machine || recording->machine;
}

/* The text of a file that may be anything: bounded, no link followed. */
static char *read_bounded(const char *path, gsize *len, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    g_autofree char *text = NULL;
    const char *what = NULL;
    struct stat info;
    ssize_t n = 0;

    *len = 0;
    if (fd < 0 || fstat(fd, &info) != 0)
        what = g_strerror(errno);
    else if (!S_ISREG(info.st_mode))
        what = "it isn't a regular file";
    if (!what) {
        text = g_malloc(RECORDING_MAX_JSON + 1);
        while (*len <= RECORDING_MAX_JSON &&
               (n = read(fd, text + *len, RECORDING_MAX_JSON + 1 - *len)) > 0)
            *len += (gsize)n;
        what = n < 0 ? g_strerror(errno) : *len > RECORDING_MAX_JSON ? "it is over 4 MiB" : NULL;
    }
    if (fd >= 0)
        close(fd);
    if (what)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s: %s", path, what);
    return what ? NULL : g_realloc(g_steal_pointer(&text), *len + 1);
}

Recording *recording_load(const char *name, const char *directory, GError **error)
{
    g_autoptr(Recording) recording = recording_new(name, directory);
    g_autofree char *path = recording_file(recording, RECORDING_JSON);
    g_autofree char *text = NULL;
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(GError) why = NULL;
    gsize len;

    text = read_bounded(path, &len, error);
    if (!text)
        return NULL;
    object = json_parse_object(text, (gssize)len, &why);
    if (object && read_object(recording, object, &why))
        return g_steal_pointer(&recording);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s of '%s': %s", RECORDING_JSON, name,
                why->message);
    return NULL;
}

gboolean recording_save(const Recording *recording, GError **error)
{
    g_autofree char *path = recording_file(recording, RECORDING_JSON);
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_node_take(recording_to_json(recording));
    g_autofree char *text = NULL;
    gsize len;

    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    text = json_generator_to_data(generator, &len);
    if (len > RECORDING_MAX_JSON) { /* it couldn't be read again */
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG, "%s would be over 4 MiB", path);
        return FALSE;
    }
    return files_save(path, text, len, TRUE, error);
}
