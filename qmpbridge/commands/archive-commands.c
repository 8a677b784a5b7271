/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `pack`, `unpack`, and `verify` of an archive. The work is done in a worker; its progress is shown
 * meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/commands/commands.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/io/worker.h"
#include "qmpbridge/store/archive-output.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/unpack.h"
#include "qmpbridge/ui/output/escape.h"

/** Milliseconds between two looks at the progress. */
#define LOOK_MS 100u

/* What these commands work on. */
typedef struct {
    CommandCall *call; /* which owns it */
    Worker *worker;
    guint look;
    ArchiveProgress progress;
    char *path;     /* of the archive; "-" for a pipe */
    gboolean input; /* it is read */
    int fd;         /* it is open, to be read */
    void (*done)(CommandCall *call, GError *error);

    /* pack */
    char **next;  /* the first name that hasn't begun */
    char *output; /* (nullable): --output */
    gboolean images;
    Recording *recording;
    ArchiveOutput *to;

    /* verify */
    Manifest *manifest;

    /* unpack, with .recording as what it has become */
    Store *store;
    const char *wanted; /* (nullable): its name */
    GPtrArray *missing; /* images of the host */
} Work;

static void work_reset(Work *work)
{
    if (work->worker) {
        worker_cancel(work->worker);
        g_clear_pointer(&work->worker, worker_free);
    }
    if (work->look)
        g_source_remove(work->look);
    if (work->fd > STDERR_FILENO)
        close(work->fd);
    g_clear_pointer(&work->recording, recording_free);
    g_clear_pointer(&work->to, archive_output_free);
    g_clear_pointer(&work->manifest, manifest_free);
    g_clear_pointer(&work->missing, g_ptr_array_unref);
    g_clear_pointer(&work->path, g_free);
    work->look = 0;
    work->fd = -1;
    work->progress = (ArchiveProgress){0};
}

static void work_free(gpointer data)
{
    Work *work = data;

    work_reset(work);
    g_free(work->output);
    g_free(work);
}

static Work *work_new(CommandCall *call)
{
    Work *work = g_new0(Work, 1);

    work->call = call;
    work->fd = -1;
    call_set_state(call, work, work_free);
    return work;
}

static gboolean on_look(gpointer user_data)
{
    Work *work = user_data;
    guint64 done, total;

    archive_progress_get(&work->progress, &done, &total);
    if (total > 0)
        output_progress(shell_output(call_shell(work->call)), call_name(work->call), done, total);
    return G_SOURCE_CONTINUE;
}

static void on_worked(const GError *error, gpointer user_data)
{
    Work *work = user_data;

    g_clear_pointer(&work->worker, worker_free);
    work->done(work->call, error ? g_error_copy(error) : NULL);
}

static void work_start(Work *work, WorkerFunc func, void (*done)(CommandCall *call, GError *error))
{
    work->done = done;
    work->look = g_timeout_add(LOOK_MS, on_look, work);
    work->worker = worker_start(func, work, on_worked, work);
}

/* @text: may hold what an archive says. */
static void say(CommandCall *call, GString *json, const char *text)
{
    g_autoptr(GBytes) value = g_bytes_new(json->str, json->len);
    g_autofree char *safe = escape_text(text, -1);

    output_answer(shell_output(call_shell(call)), NULL, call_name(call), value, safe);
}

/* --- pack ------------------------------------------------------------------------------------ */

/* A WorkerFunc. */
static gboolean pack(gpointer data, GError **error)
{
    Work *work = data;

    work->to = archive_output_open(work->path, error);
    return work->to &&
           pack_recording(work->recording, archive_output_fd(work->to), work->path, work->images,
                          &work->progress, error) &&
           archive_output_finish(work->to, error);
}

/* Nothing is said where the archive itself is the output. */
static void say_packed(CommandCall *call, const Work *work)
{
    g_autoptr(GString) json = g_string_new("{\"name\": ");
    g_autofree char *size = NULL, *text = NULL;
    struct stat info;

    if (fstat(archive_output_fd(work->to), &info) != 0 || g_str_equal(work->path, "-"))
        return;
    size = g_format_size((guint64)info.st_size);
    text = g_strdup_printf("%s is packed into %s (%s)", work->recording->name, work->path, size);
    json_append_string(json, work->recording->name);
    g_string_append(json, ", \"file\": ");
    json_append_string(json, work->path);
    g_string_append_printf(json, ", \"bytes\": %" G_GUINT64_FORMAT "}", (guint64)info.st_size);
    say(call, json, text);
}

static void pack_next(CommandCall *call);

static void packed(CommandCall *call, GError *error)
{
    if (error) {
        call_finish(call, error);
        return;
    }
    say_packed(call, call_state(call));
    pack_next(call);
}

/* NAME.qrec in the current directory, or where --output says. */
static char *output_path(const Work *work, const char *name)
{
    g_autofree char *file = g_strconcat(name, ARCHIVE_SUFFIX, NULL);

    if (!work->output)
        return g_steal_pointer(&file);
    return g_file_test(work->output, G_FILE_TEST_IS_DIR)
               ? g_build_filename(work->output, file, NULL)
               : g_strdup(work->output);
}

static void pack_next(CommandCall *call)
{
    Work *work = call_state(call);
    const char *name = *work->next;
    GError *error = NULL;

    work_reset(work);
    if (!name) {
        call_finish(call, NULL);
        return;
    }
    work->next++;
    work->recording = store_find(shell_store(call_shell(call), NULL), name, &error);
    if (!work->recording) {
        call_finish(call, error);
        return;
    }
    work->path = output_path(work, name);
    work_start(work, pack, packed);
}

/* Takes the switches out of @words. Returns: FALSE: --output has no value. */
static gboolean take_switches(Work *work, char **words)
{
    char **to = words;

    for (char **word = words; *word; word++) {
        if (g_str_equal(*word, "--self-contained")) {
            work->images = TRUE;
        } else if (g_str_has_prefix(*word, "--output=")) {
            g_free(work->output);
            work->output = g_strdup(*word + strlen("--output="));
        } else if (g_str_has_prefix(*word, "--")) {
            return FALSE;
        } else {
            *to++ = *word;
            continue;
        }
        g_free(*word);
    }
    *to = NULL;
    return words[0] && (!work->output || work->output[0]);
}

static void run_pack(CommandCall *call)
{
    Work *work = work_new(call);

    if (!take_switches(work, call_pairs(call))) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                                      "usage: pack NAME... [--output=FILE] [--self-contained]"));
        return;
    }
    work->next = call_pairs(call);
    if (work->output && work->next[1] && !g_file_test(work->output, G_FILE_TEST_IS_DIR)) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                                      "--output: several recordings need a directory"));
        return;
    }
    pack_next(call);
}

/* --- verify ---------------------------------------------------------------------------------- */

static gboolean open_input(Work *work, const char *path, GError **error)
{
    struct stat info;

    work->path = g_strdup(path);
    work->fd = g_str_equal(path, "-") ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (work->fd < 0 || fstat(work->fd, &info) != 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND, "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    if (S_ISDIR(info.st_mode) || isatty(work->fd)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s is no archive", path);
        return FALSE;
    }
    return TRUE;
}

/* A WorkerFunc. */
static gboolean check(gpointer data, GError **error)
{
    Work *work = data;

    work->manifest = pack_check(work->path, work->fd, &work->progress, error);
    return work->manifest != NULL;
}

/* The images of the host that @manifest needs and doesn't include, or includes. */
static void append_images(GString *out, const Manifest *manifest, gboolean included)
{
    for (guint i = 0; i < manifest->images->len; i++) {
        const ManifestImage *image = g_ptr_array_index(manifest->images, i);

        if (image->included == included)
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", image->role);
    }
}

static void checked(CommandCall *call, GError *error)
{
    const Work *work = call_state(call);
    const Manifest *manifest = work->manifest;
    g_autoptr(GString) json = g_string_new("{\"file\": "), with = g_string_new(NULL);
    g_autoptr(GString) without = g_string_new(NULL), text = g_string_new(NULL);
    g_autofree char *size = NULL;

    if (error) {
        call_finish(call, error);
        return;
    }
    size = g_format_size(manifest_data(manifest));
    append_images(with, manifest, TRUE);
    append_images(without, manifest, FALSE);
    g_string_printf(text, "%s is whole: %s, %u files, %s; its replay needs %s %s", work->path,
                    manifest->name, manifest->members->len, size, manifest->engine,
                    manifest->emulator_version ? manifest->emulator_version : "");
    if (without->len)
        g_string_append_printf(text, ", and of the host: %s", without->str);
    json_append_string(json, work->path);
    g_string_append(json, ", \"name\": ");
    json_append_string(json, manifest->name);
    g_string_append_printf(json, ", \"bytes\": %" G_GUINT64_FORMAT ", \"emulator-version\": ",
                           manifest_data(manifest));
    json_append_string(json, manifest->emulator_version ? manifest->emulator_version : "");
    g_string_append(json, ", \"included\": ");
    json_append_string(json, with->str);
    g_string_append(json, ", \"needed\": ");
    json_append_string(json, without->str);
    g_string_append_c(json, '}');
    say(call, json, text->str);
    call_finish(call, NULL);
}

gboolean archive_is_named(const char *word)
{
    return strchr(word, '/') || g_str_equal(word, "-") || g_str_has_suffix(word, ARCHIVE_SUFFIX);
}

void archive_verify(CommandCall *call, const char *path)
{
    Work *work = work_new(call);
    GError *error = NULL;

    if (open_input(work, path, &error))
        work_start(work, check, checked);
    else
        call_finish(call, error);
}

/* --- unpack ---------------------------------------------------------------------------------- */

/* A WorkerFunc. */
static gboolean unpack(gpointer data, GError **error)
{
    Work *work = data;

    work->recording = unpack_recording(work->store, work->path, work->fd, work->wanted,
                                       work->missing, &work->progress, error);
    return work->recording != NULL;
}

static void unpacked(CommandCall *call, GError *error)
{
    const Work *work = call_state(call);
    Output *output = shell_output(call_shell(call));
    g_autoptr(GString) json = g_string_new("{\"name\": ");
    g_autofree char *text = NULL;

    if (error) {
        call_finish(call, error);
        return;
    }
    json_append_string(json, work->recording->name);
    g_string_append(json, ", \"missing\": [");
    for (guint i = 0; i < work->missing->len; i++) {
        const char *image = g_ptr_array_index(work->missing, i);
        g_autofree char *safe = escape_text(image, -1);
        g_autofree char *warning = g_strdup_printf("its replay needs the %s", safe);

        g_string_append(json, i ? ", " : "");
        json_append_string(json, image);
        output_warning(output, NULL, warning);
    }
    g_string_append(json, "]}");
    text = g_strdup_printf("%s is unpacked as %s", work->path, work->recording->name);
    say(call, json, text);
    call_finish(call, NULL);
}

static void run_unpack(CommandCall *call)
{
    Work *work = work_new(call);
    GError *error = NULL;

    work->store = shell_make_store(call_shell(call), &error);
    work->wanted = call_value(call, 1);
    work->missing = g_ptr_array_new_with_free_func(g_free);
    if (work->store && open_input(work, call_value(call, 0), &error))
        work_start(work, unpack, unpacked);
    else
        call_finish(call, error);
}

const Command command_pack = {
    .name = "pack",
    .arguments = {{"name", ARGUMENT_WORDS, FALSE, "NAME...", complete_recordings}},
    .help = "Pack recordings into files that can be kept and moved",
    .details = "NAME" ARCHIVE_SUFFIX " in the current directory, or --output=FILE, DIRECTORY, or\n"
               "- for standard output. With --self-contained it has the kernel, the initrd and\n"
               "the images of the disks, too: so it replays elsewhere, by the same version of the\n"
               "emulator. Nothing is overwritten. 'verify FILE' checks such a file.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_pack,
};

const Command command_unpack = {
    .name = "unpack",
    .arguments = {{"file", .complete = complete_files}, {"name", .optional = TRUE}},
    .help = "Unpack an archive into the store",
    .details =
        "- is standard input. The recording gets the name that it had, or NAME; the next free\n"
        "number of it where that is taken. All digests are compared. What a killed unpack has\n"
        "left is used by the next one of the same file, and removed by 'rm'. Files of the host\n"
        "that the machine was started from are in it if it was packed with --self-contained;\n"
        "else those that aren't there as they were are named.",
    .family = FAMILY_STORE,
    .needs = NEEDS_FILES,
    .run = run_unpack,
};
