/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a recording comes from; see origin.h.
 */
#include "qmpbridge/store/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"

#define KEY_BYTES 32u

typedef guint8 Key[KEY_BYTES];

static char *key_path(void)
{
    return g_build_filename(g_get_user_data_dir(), "qmpbridge", "origin.key", NULL);
}

/* What is wrong with a key, or NULL: another user who can read it could make codes, too. */
static const char *check_key(int fd)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return g_strerror(errno);
    if (!S_ISREG(info.st_mode) || info.st_size != KEY_BYTES)
        return "it isn't a key; recordings made from now on get a new one if you remove it";
    if (info.st_uid != geteuid() || (info.st_mode & 077))
        return "it must be yours, and for nobody else to read: chmod 600";
    return NULL;
}

/* FALSE without an error: there is none yet. */
static gboolean read_key(Key key, GError **error)
{
    g_autofree char *path = key_path();
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    const char *what = fd < 0 ? g_strerror(errno) : check_key(fd);

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FALSE;
    if (!what && read(fd, key, KEY_BYTES) != KEY_BYTES)
        what = "it can't be read";
    if (fd >= 0)
        close(fd);
    if (what)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE,
                    "the key by which recordings made here are known, %s: %s", path, what);
    return !what;
}

/* Writes a new key to the file @fd of the name @temporary, and gives it its name unless another
 * process was faster. FALSE with errno. */
static gboolean write_key(int fd, const char *temporary, const char *path)
{
    Key key;

    if (getentropy(key, sizeof(key)) != 0 || write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) ||
        fsync(fd) != 0)
        return FALSE;
    return link(temporary, path) == 0 || errno == EEXIST;
}

static gboolean make_key(GError **error)
{
    g_autofree char *path = key_path();
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
    gboolean good;
    int fd, why;

    if (g_mkdir_with_parents(directory, 0700) != 0 ||
        (fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600)) < 0) {
        files_error(error, path, errno);
        return FALSE;
    }
    good = write_key(fd, temporary, path);
    why = errno;
    unlink(temporary);
    close(fd);
    if (!good)
        files_error(error, path, why);
    return good;
}

/* Each text is followed by a NUL, and lists tell their length: no two different recordings have the
 * same bytes. */
static void add_text(GHmac *hmac, const char *text)
{
    g_hmac_update(hmac, (const guchar *)text, (gssize)strlen(text) + 1);
}

static void add_number(GHmac *hmac, guint64 number)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

    add_text(hmac, text);
}

static void add_files(GHmac *hmac, const GPtrArray *files)
{
    add_number(hmac, files->len);
    for (guint i = 0; i < files->len; i++) {
        const RecordingFile *file = g_ptr_array_index(files, i);

        add_text(hmac, file->name);
        add_number(hmac, file->size);
        add_text(hmac, file->sha256);
    }
}

/* What a proof changes, the verdict, isn't in it. Nor is the name: a recording can be renamed.
 * @named: FALSE for the code of a machine that names no target. */
static char *make_code(const Recording *recording, gboolean named, const Key key)
{
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, key, KEY_BYTES);
    g_autoptr(JsonNode) root = json_node_take(machine_to_json(recording->machine));
    g_autofree char *machine = NULL;

    if (!named)
        json_object_remove_member(json_node_get_object(root), "target");
    machine = json_to_string(root, FALSE);
    add_text(hmac, "qmpbridge recording 1");
    add_text(hmac, machine);
    add_files(hmac, recording->bases);
    add_files(hmac, recording->files);
    /* The first versions had one engine, and didn't name it. */
    if (recording->engine && !g_str_equal(recording->engine, RECORDING_FIRST_ENGINE))
        add_text(hmac, recording->engine);
    return g_strdup(g_hmac_get_string(hmac));
}

char *origin_sign(const Recording *recording, GError **error)
{
    g_autoptr(GError) why = NULL;
    gboolean good;
    Key key;

    good = read_key(key, &why) || (!why && make_key(&why) && read_key(key, &why));
    if (good)
        return make_code(recording, TRUE, key);
    if (why)
        g_propagate_error(error, g_steal_pointer(&why));
    else
        files_error(error, "origin.key", ENOENT); /* it was removed at once */
    return NULL;
}

Origin origin_find(const Recording *recording, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *code = NULL, *unnamed = NULL;
    Key key;

    if (!recording->origin || !recording->machine)
        return ORIGIN_ELSEWHERE;
    if (!read_key(key, &why)) {
        if (!why)
            return ORIGIN_ELSEWHERE;
        g_propagate_error(error, g_steal_pointer(&why));
        return ORIGIN_UNKNOWN;
    }
    code = make_code(recording, TRUE, key);
    if (g_str_equal(code, recording->origin))
        return ORIGIN_HERE;
    /* The first versions named no target, and knew only the one that is the default. */
    if (recording->machine->target != target_default())
        return ORIGIN_ELSEWHERE;
    unnamed = make_code(recording, FALSE, key);
    return g_str_equal(unnamed, recording->origin) ? ORIGIN_HERE : ORIGIN_ELSEWHERE;
}

const char *origin_name(Origin origin)
{
    static const char *const names[] = {"unknown", "this user's store", "elsewhere"};

    return names[origin];
}

/* Adds a file of the host, unless the store itself has it. */
static void name_file(GString *text, const Recording *recording, const char *role, const char *path)
{
    g_autofree char *ours = images_find_base(recording, role);

    if (path && !ours)
        g_string_append_printf(text, "%s%s %s", text->len ? ", " : "", role, path);
}

/* The files of the host that @recording's machine names, and arguments, which may name any: "kernel
 * /boot/vmlinuz, disk /srv/a.img". (transfer full) (nullable): it names none. */
static char *name_files(const Recording *recording)
{
    const Machine *machine = recording->machine;
    g_autoptr(GString) text = g_string_new(NULL);

    name_file(text, recording, "kernel", machine->kernel);
    name_file(text, recording, "initrd", machine->initrd);
    for (guint i = 0; i < machine->disks->len; i++)
        name_file(text, recording, machine_disk_id(i), machine_disk(machine, i)->file);
    if (machine->arguments[0]) {
        g_autofree char *words = g_strjoinv(" ", machine->arguments);

        g_string_append_printf(text, "%sarguments for QEMU %s", text->len ? ", " : "", words);
    }
    return text->len ? g_strdup(text->str) : NULL;
}

gboolean origin_check_paths(const Recording *recording, GError **error)
{
    g_autofree char *files = name_files(recording);
    g_autoptr(GError) why = NULL;
    Origin origin;

    if (!files)
        return TRUE;
    origin = origin_find(recording, &why);
    if (origin == ORIGIN_HERE)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "%s, and it names files of this host: %s. Look at them ('qmpbridge show %s'), then "
                "use --trust-paths",
                why ? why->message
                : recording->origin
                    ? "the recording was made, or changed, elsewhere"
                    : "the recording doesn't say that it was made here (those of older versions "
                      "never do)",
                files, recording->name);
    return FALSE;
}
