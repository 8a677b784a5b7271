/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts from the schema. Types may go round in circles and be huge, so depth and lines are
 * bounded.
 */
#include "qmpbridge/commands/help-qmp.h"

#include <string.h>

#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/ui/output/escape.h"

/* Objects within objects that are shown, and lines of all. */
#define MAX_DEPTH 3u
#define MAX_LINES 600u
/* Where lines are wrapped, and where the text beside a name begins. */
#define WIDTH 79u
#define COLUMN 26u

typedef struct {
    GString *out;
    guint lines;
    char **pairs;
} Help;

/* --- lines -------------------------------------------------------------------------------- */

/* A line being made: words are wrapped under its second column. */
typedef struct {
    Help *help;
    guint at;
    gboolean fresh; /* nothing stands in the second column yet */
} Line;

static gboolean is_full(const Help *help)
{
    return help->lines >= MAX_LINES;
}

static void pad(Line *line, guint column)
{
    for (; line->at < column; line->at++)
        g_string_append_c(line->help->out, ' ');
}

static Line line_begin(Help *help, guint depth, const char *name, const char *brackets)
{
    g_autofree char *safe = escape_text(name, -1);
    Line line = {help, 0, TRUE};

    pad(&line, 2 + 2 * depth);
    g_string_append_printf(help->out, "%.1s%s%s", brackets, safe, *brackets ? brackets + 1 : "");
    line.at += (guint)g_utf8_strlen(safe, -1) + (guint)strlen(brackets);
    return line;
}

static void line_end(Line *line)
{
    g_string_append_c(line->help->out, '\n');
    line->help->lines++;
}

/* @word: printable. */
static void line_word(Line *line, const char *word)
{
    guint length = (guint)g_utf8_strlen(word, -1);

    if (line->fresh ? line->at >= COLUMN : line->at + 1 + length > WIDTH) {
        line_end(line);
        line->at = 0;
        line->fresh = TRUE;
    }
    pad(line, line->fresh ? COLUMN : line->at + 1);
    g_string_append(line->help->out, word);
    line->at += length;
    line->fresh = FALSE;
}

/* Words of a fixed text. */
static void line_words(Line *line, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word; word++) {
        if (**word)
            line_word(line, *word);
    }
}

/* --- types -------------------------------------------------------------------------------- */

static const char *flag_marks(guint flags)
{
    static const char *const marks[] = {"", " (deprecated)", " (unstable)",
                                        " (deprecated) (unstable)"};

    return marks[flags & (SCHEMA_DEPRECATED | SCHEMA_UNSTABLE)];
}

static void describe_enum(Line *line, const SchemaType *type)
{
    guint count;
    const SchemaMember *values = schema_type_members(type, &count);

    for (guint i = 0; i < count && !is_full(line->help); i++) {
        g_autofree char *safe = escape_text(values[i].name, -1);
        g_autofree char *word =
            g_strconcat(safe, flag_marks(values[i].flags), i + 1 < count ? "," : "", NULL);

        line_words(line, word);
    }
}

static void describe(Line *line, const SchemaType *type, guint depth);

static void describe_alternate(Line *line, const SchemaType *type, guint depth)
{
    guint count;
    const SchemaMember *branches = schema_type_members(type, &count);

    for (guint i = 0; i < count && !is_full(line->help); i++) {
        if (i)
            line_word(line, "or");
        describe(line, branches[i].type, depth + 1);
    }
}

/* The type in words, on one line that is wrapped. */
static void describe(Line *line, const SchemaType *type, guint depth)
{
    SchemaKind kind = schema_type_kind(type);

    if (kind == SCHEMA_ENUM) {
        line_words(line, "one of");
        describe_enum(line, type);
    } else if (kind == SCHEMA_ARRAY && depth < MAX_DEPTH) {
        line_words(line, "array of");
        describe(line, schema_type_element(type), depth + 1);
    } else if (kind == SCHEMA_ALTERNATE && depth < MAX_DEPTH) {
        describe_alternate(line, type, depth);
    } else {
        line_word(line, schema_kind_name(kind));
    }
}

/* --- objects ------------------------------------------------------------------------------ */

/* The object whose members are listed below a member: itself, its branch, or its elements. *@list:
 * it is in an array. */
static const SchemaType *object_in(const SchemaType *type, gboolean *list)
{
    const SchemaType *array = schema_type_branch(type, SCHEMA_ARRAY);
    const SchemaType *object = schema_type_branch(type, SCHEMA_OBJECT);

    *list = !object && array;
    return object  ? object
           : array ? schema_type_branch(schema_type_element(array), SCHEMA_OBJECT)
                   : NULL;
}

static void describe_object(Help *help, const SchemaType *type, const char *path, guint depth);

static void describe_member(Help *help, const SchemaMember *member, const char *path, guint depth)
{
    Line line = line_begin(help, depth, member->name, member->flags & SCHEMA_OPTIONAL ? "[]" : "");
    gboolean list;
    const SchemaType *object = object_in(member->type, &list);
    g_autofree char *at = g_strconcat(path, *path ? "." : "", member->name, list ? ".0" : "", NULL);

    describe(&line, member->type, 0);
    line_words(&line, flag_marks(member->flags));
    line_end(&line);
    if (object && depth + 1 < MAX_DEPTH)
        describe_object(help, object, at, depth + 1);
}

/* What a variant adds, in one line of names. */
static void describe_variant(Help *help, const char *tag, const SchemaMember *variant, guint depth)
{
    g_autofree char *label = g_strconcat(tag, "=", variant->name, NULL);
    Line line = line_begin(help, depth, label, "");
    guint count;
    const SchemaMember *members = schema_type_members(variant->type, &count);

    if (count == 0)
        line_word(&line, "-");
    for (guint i = 0; i < count && !is_full(help); i++) {
        gboolean optional = (members[i].flags & SCHEMA_OPTIONAL) != 0;
        g_autofree char *safe = escape_text(members[i].name, -1);
        g_autofree char *word = g_strconcat(optional ? "[" : "", safe, optional ? "]" : "",
                                            i + 1 < count ? "," : "", NULL);

        line_word(&line, word);
    }
    line_end(&line);
}

/* The tag isn't chosen: at the top what each variant adds, further down just that there is more. */
static void describe_variants(Help *help, const SchemaType *type, guint depth)
{
    const SchemaMember *tag = schema_type_tag(type);
    guint count;
    const SchemaMember *variants = schema_type_variants(type, &count);
    g_autofree char *name = escape_text(tag->name, -1);

    if (count == 0)
        return;
    if (depth) {
        Line line = line_begin(help, depth, "...", "");

        line_words(&line, "more, depending on");
        line_word(&line, name);
        line_end(&line);
        return;
    }
    g_string_append_printf(help->out, "\nDepending on %s, also:\n", name);
    for (guint i = 0; i < count && !is_full(help); i++)
        describe_variant(help, tag->name, &variants[i], depth);
}

static void describe_object(Help *help, const SchemaType *type, const char *path, guint depth)
{
    g_autoptr(GPtrArray) members = g_ptr_array_new();

    for (guint round = 0; type && round < MAX_DEPTH && !is_full(help); round++) {
        const SchemaMember *tag = schema_type_tag(type);
        g_autofree char *tag_path = g_strconcat(path, *path ? "." : "", tag ? tag->name : "", NULL);
        const char *chosen = tag ? schema_path_value(tag_path, help->pairs) : NULL;
        guint count;
        const SchemaMember *own = schema_type_members(type, &count);

        for (guint i = 0; i < count && !is_full(help); i++)
            describe_member(help, &own[i], path, depth);
        if (tag && !chosen)
            describe_variants(help, type, depth);
        type = chosen ? schema_type_branch(schema_type_variant(type, chosen), SCHEMA_OBJECT) : NULL;
    }
}

/* --- the whole ---------------------------------------------------------------------------- */

static gboolean has_members(const SchemaType *type)
{
    gboolean list;
    guint count = 0;

    type = object_in(type, &list);
    schema_type_members(type, &count);
    return count > 0;
}

static void describe_head(Help *help, const SchemaEntity *entity, gboolean event)
{
    g_autofree char *name = escape_text(entity->name, -1);

    g_string_append_printf(help->out, "%s: a QMP %s\n", name, event ? "event" : "command");
    if (entity->flags & SCHEMA_DEPRECATED)
        g_string_append(help->out, "It is deprecated.\n");
    if (entity->flags & SCHEMA_UNSTABLE)
        g_string_append(help->out, "It is unstable: it may change or go without notice.\n");
    if (entity->flags & SCHEMA_ALLOW_OOB)
        g_string_append(help->out, "It can be executed out of band: {\"exec-oob\": ...}.\n");
}

static void describe_returns(Help *help, const SchemaType *type)
{
    gboolean list;
    const SchemaType *object = object_in(type, &list);

    if (schema_type_kind(type) == SCHEMA_OBJECT && !has_members(type))
        return;
    g_string_append(help->out, "\nReturns:\n");
    if (object && !list && schema_type_kind(type) == SCHEMA_OBJECT) {
        describe_object(help, object, "", 0);
    } else {
        Line line = {help, 0, TRUE};

        pad(&line, 1);
        line.fresh = FALSE;
        describe(&line, type, 0);
        line_end(&line);
        if (object)
            describe_object(help, object, "", 1);
    }
}

char *help_qmp(const Schema *schema, const SchemaEntity *entity, char **pairs)
{
    gboolean event = schema_event(schema, entity->name) == entity;
    Help help = {g_string_new(NULL), 0, pairs};

    describe_head(&help, entity, event);
    if (has_members(entity->arguments)) {
        g_string_append(help.out, event ? "\nData:\n" : "\nArguments ([] are optional):\n");
        describe_object(&help, entity->arguments, "", 0);
    } else {
        g_string_append(help.out, event ? "It has no data.\n" : "It takes no arguments.\n");
    }
    help.pairs = NULL; /* they are of the arguments */
    if (!event && !is_full(&help))
        describe_returns(&help, entity->returns);
    if (is_full(&help))
        g_string_append(help.out, "  ... (there is more)\n");
    return g_string_free(help.out, FALSE);
}
