/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest of an archive; see manifest.h.
 */
#include "qmpbridge/store/manifest.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/store/images.h"

#define FORMAT "qmpbridge recording"
#define VERSION 1

static void member_free(gpointer data)
{
    ManifestMember *member = data;

    g_free(member->name);
    g_free(member->sha256);
    g_free(member);
}

static void image_free(gpointer data)
{
    ManifestImage *image = data;

    g_free(image->role);
    g_free(image->path);
    g_free(image->sha256);
    g_free(image);
}

static Manifest *new_empty(void)
{
    Manifest *manifest = g_new0(Manifest, 1);

    manifest->members = g_ptr_array_new_with_free_func(member_free);
    manifest->images = g_ptr_array_new_with_free_func(image_free);
    return manifest;
}

void manifest_free(Manifest *manifest)
{
    if (!manifest)
        return;
    g_free(manifest->name);
    g_free(manifest->engine);
    g_free(manifest->emulator_version);
    g_free(manifest->target);
    g_ptr_array_unref(manifest->members);
    g_ptr_array_unref(manifest->images);
    g_free(manifest);
}

/* --- of a recording -------------------------------------------------------------------------- */

/* What the machine calls the file of that role. (nullable) */
static const char *path_of(const Machine *machine, const char *role)
{
    if (g_str_equal(role, "kernel"))
        return machine->kernel;
    if (g_str_equal(role, "initrd"))
        return machine->initrd;
    for (guint i = 0; i < machine->disks->len; i++) {
        if (g_str_equal(role, machine_disk_id(i)))
            return machine_disk(machine, i)->file;
    }
    return NULL;
}

static void add_image(Manifest *manifest, const Machine *machine, const RecordingFile *base)
{
    ManifestImage *image = g_new0(ManifestImage, 1);

    image->role = g_strdup(base->name);
    image->path = g_strdup(path_of(machine, base->name));
    image->size = base->size;
    image->digest = images_digest(base->name);
    image->sha256 = g_strdup(base->sha256);
    g_ptr_array_add(manifest->images, image);
}

Manifest *manifest_new(const Recording *recording)
{
    Manifest *manifest = new_empty();

    manifest->name = g_strdup(recording->name);
    manifest->engine = g_strdup(recording->engine);
    manifest->emulator_version = g_strdup(recording->emulator_version);
    manifest->target = g_strdup(recording->machine->target->name);
    for (guint i = 0; i < recording->bases->len; i++)
        add_image(manifest, recording->machine, g_ptr_array_index(recording->bases, i));
    return manifest;
}

ManifestMember *manifest_add(Manifest *manifest, const char *name, guint64 size,
                             ArtefactDigest digest, const char *sha256)
{
    ManifestMember *member = g_new0(ManifestMember, 1);

    member->name = g_strdup(name);
    member->size = size;
    member->data = size;
    member->digest = digest;
    member->sha256 = g_strdup(sha256);
    g_ptr_array_add(manifest->members, member);
    return member;
}

const ManifestMember *manifest_find(const Manifest *manifest, const char *name)
{
    for (guint i = 0; i < manifest->members->len; i++) {
        const ManifestMember *member = g_ptr_array_index(manifest->members, i);

        if (g_str_equal(member->name, name))
            return member;
    }
    return NULL;
}

char *manifest_image_name(const char *sha256)
{
    return g_strconcat(MANIFEST_IMAGES, sha256, NULL);
}

guint64 manifest_data(const Manifest *manifest)
{
    guint64 bytes = 0;

    for (guint i = 0; i < manifest->members->len; i++)
        bytes += ((const ManifestMember *)g_ptr_array_index(manifest->members, i))->data;
    return bytes;
}

/* --- as text --------------------------------------------------------------------------------- */

static void set_text(JsonObject *object, const char *name, const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;

    if (valid) /* paths may hold any bytes, JSON may not */
        json_object_set_string_member(object, name, valid);
}

static JsonObject *member_to_json(const ManifestMember *member)
{
    JsonObject *object = json_object_new();

    set_text(object, "name", member->name);
    json_object_set_int_member(object, "size", (gint64)member->size);
    json_object_set_int_member(object, "data", (gint64)member->data);
    set_text(object, "digest", artefact_digest_name(member->digest));
    set_text(object, "sha256", member->sha256);
    return object;
}

static JsonObject *image_to_json(const ManifestImage *image)
{
    JsonObject *object = json_object_new();

    set_text(object, "role", image->role);
    set_text(object, "path", image->path);
    json_object_set_int_member(object, "size", (gint64)image->size);
    set_text(object, "digest", artefact_digest_name(image->digest));
    set_text(object, "sha256", image->sha256);
    json_object_set_boolean_member(object, "included", image->included);
    return object;
}

char *manifest_to_text(const Manifest *manifest)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    JsonObject *object = json_object_new();
    g_autoptr(JsonNode) root = json_node_take(object);
    JsonArray *members = json_array_new(), *images = json_array_new();

    for (guint i = 0; i < manifest->members->len; i++)
        json_array_add_object_element(members, member_to_json(manifest->members->pdata[i]));
    for (guint i = 0; i < manifest->images->len; i++)
        json_array_add_object_element(images, image_to_json(manifest->images->pdata[i]));
    set_text(object, "format", FORMAT);
    json_object_set_int_member(object, "version", VERSION);
    set_text(object, "name", manifest->name);
    set_text(object, "engine", manifest->engine);
    set_text(object, "emulator-version", manifest->emulator_version);
    set_text(object, "target", manifest->target);
    json_object_set_array_member(object, "members", members);
    json_object_set_array_member(object, "images", images);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    return json_generator_to_data(generator, NULL);
}

/* --- from text ------------------------------------------------------------------------------- */

static gboolean wrong(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean wrong(GError **error, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "%s", what);
    return FALSE;
}

static gboolean is_digest(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* An image is named by its digest, any other member as a file of a recording is. */
static gboolean is_member_name(const char *name, const char *sha256)
{
    if (g_str_has_prefix(name, MANIFEST_IMAGES))
        return g_str_equal(name + strlen(MANIFEST_IMAGES), sha256);
    return name_check(name, strlen(name), NULL) && !g_str_equal(name, MANIFEST_JSON) &&
           !g_str_equal(name, RECORDING_LOCK);
}

/* What members and images have in common. @sha256: (out) (transfer none). */
static gboolean read_file(JsonObject *entry, guint64 *size, ArtefactDigest *digest,
                          const char **sha256, GError **error)
{
    const char *kind = NULL;

    return json_get_uint(entry, "size", size, error) &&
           json_get_string(entry, "digest", &kind, error) &&
           artefact_parse_digest(kind, digest, error) &&
           json_get_string(entry, "sha256", sha256, error);
}

static gboolean read_member(Manifest *manifest, JsonObject *entry, GError **error)
{
    const char *name = NULL, *sha256 = NULL;
    ArtefactDigest digest;
    guint64 size, data = 0;

    if (!json_get_string(entry, "name", &name, error) ||
        !read_file(entry, &size, &digest, &sha256, error) ||
        !json_get_uint(entry, "data", &data, error))
        return FALSE;
    if (!is_digest(sha256))
        return wrong(error, "a member has no SHA-256");
    if (!is_member_name(name, sha256))
        return wrong(error, "a member has a name that no file of a recording has");
    if (manifest_find(manifest, name))
        return wrong(error, "'%s' is among the members twice", name);
    if (data > size)
        return wrong(error, "'%s' has more data than bytes", name);
    /* The bytes of holes go into this digest, too. */
    if (digest == ARTEFACT_SHA256 && size - data > WORKSPACE_MAX_HOLES)
        return wrong(error, "'%s' has more than 256 MiB of holes", name);
    if (manifest->members->len == 0
            ? !g_str_equal(name, RECORDING_JSON) || size == 0 || size > RECORDING_MAX_JSON
            : g_str_equal(name, RECORDING_JSON))
        return wrong(error, "the first member isn't a " RECORDING_JSON);
    manifest_add(manifest, name, size, digest, sha256)->data = data;
    return TRUE;
}

static gboolean read_image(Manifest *manifest, JsonObject *entry, GError **error)
{
    ManifestImage *image = g_new0(ManifestImage, 1);
    const char *role = NULL, *path = NULL, *sha256 = NULL;
    g_autofree char *name = NULL;
    const ManifestMember *member;

    g_ptr_array_add(manifest->images, image);
    if (!json_get_string(entry, "role", &role, error) ||
        !json_opt_string(entry, "path", &path, error) ||
        !read_file(entry, &image->size, &image->digest, &sha256, error) ||
        !json_get_bool(entry, "included", &image->included, error))
        return FALSE;
    image->role = g_strdup(role);
    image->path = g_strdup(path);
    image->sha256 = g_strdup(sha256);
    if (!name_check(role, strlen(role), NULL))
        return wrong(error, "an image has a role that none has");
    if (sha256[0] && !is_digest(sha256))
        return wrong(error, "the %s has no SHA-256", role);
    name = manifest_image_name(sha256);
    member = manifest_find(manifest, name);
    if (image->included && (!member || member->size != image->size))
        return wrong(error, "the %s isn't among the members", role);
    return TRUE;
}

static gboolean read_list(Manifest *manifest, JsonObject *object, const char *name, guint max,
                          gboolean (*read)(Manifest *manifest, JsonObject *entry, GError **error),
                          GError **error)
{
    JsonArray *array = NULL;

    if (!json_get_array(object, name, &array, error))
        return FALSE;
    if (json_array_get_length(array) > max)
        return wrong(error, "'%s' has more than %u entries", name, max);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!read(manifest, json_array_object(array, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean read_object(Manifest *manifest, JsonObject *object, GError **error)
{
    const char *format = NULL, *name = NULL, *engine = NULL, *version = NULL, *target = NULL;
    gint64 number = 0;

    if (!json_get_string(object, "format", &format, error) ||
        !json_get_int(object, "version", &number, error))
        return FALSE;
    if (!g_str_equal(format, FORMAT))
        return wrong(error, "it isn't of the format '" FORMAT "'");
    if (number != VERSION)
        return wrong(error,
                     "version %" G_GINT64_FORMAT
                     " of the format isn't known: a newer qmpbridge may read it",
                     number);
    if (!json_get_string(object, "name", &name, error) || !name_check(name, strlen(name), error) ||
        !json_get_string(object, "engine", &engine, error) ||
        !json_opt_string(object, "emulator-version", &version, error) ||
        !json_opt_string(object, "target", &target, error))
        return FALSE;
    manifest->name = g_strdup(name);
    manifest->engine = g_strdup(engine);
    manifest->emulator_version = g_strdup(version);
    manifest->target = g_strdup(target);
    return read_list(manifest, object, "members", ARCHIVE_MAX_MEMBERS, read_member, error) &&
           read_list(manifest, object, "images", RECORDING_MAX_FILES, read_image, error) &&
           (manifest->members->len > 0 || wrong(error, "it has no members"));
}

Manifest *manifest_parse(const char *text, gsize len, GError **error)
{
    g_autoptr(Manifest) manifest = new_empty();
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(GError) why = NULL;

    object = json_parse_object(text, (gssize)len, &why);
    if (object && read_object(manifest, object, &why))
        return g_steal_pointer(&manifest);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, MANIFEST_JSON ": %s", why->message);
    return NULL;
}
