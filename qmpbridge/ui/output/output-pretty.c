/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text with indentation and colours, for people. It works on the peer's text, token by token,
 * and builds no tree: order and digits are the peer's. What nests is first tried on the rest of
 * the line; a try never looks further than a line can hold, so the whole is linear. Depth is
 * bounded by the lexer.
 */
#include <string.h>

#include "qmpbridge/core/json-lex.h"
#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/ui/output/output-style.h"

/* Deeper levels are not indented further. */
#define MAX_INDENT 40u
/* Bytes of plain JSON that a column can take at most, but for marks without a width. */
#define BYTES_A_COLUMN 8u

typedef struct {
    JsonLexer lexer;
    GString *out;
    const OutputForm *form;
    guint column;  /* where the next character goes */
    guint limit;   /* column that a line must not go beyond while `flat` */
    gboolean flat; /* all on one line */
} Printer;

static gboolean print_value(Printer *printer);

static gboolean fits(const Printer *printer)
{
    return !printer->flat || printer->column <= printer->limit;
}

static void put(Printer *printer, ThemeRole role, const char *text, gsize len)
{
    theme_begin(printer->out, printer->form, role);
    g_string_append_len(printer->out, text, (gssize)len);
    theme_end(printer->out, printer->form, role);
    printer->column += (guint)len;
}

static void put_mark(Printer *printer, const char *mark)
{
    put(printer, THEME_PLAIN, mark, strlen(mark));
}

static void new_line(Printer *printer)
{
    guint indent = 2 * MIN(printer->lexer.depth, MAX_INDENT);

    g_string_append_printf(printer->out, "\n%*s", (int)indent, "");
    printer->column = indent;
}

/* The string that the lexer has passed. */
static gboolean put_string(Printer *printer, ThemeRole role)
{
    theme_begin(printer->out, printer->form, role);
    printer->column += escape_append_json(printer->out, printer->lexer.scratch->str);
    theme_end(printer->out, printer->form, role);
    return fits(printer);
}

static gboolean print_word(Printer *printer)
{
    JsonLexer *lexer = &printer->lexer;
    const char *from = lexer->at;
    ThemeRole role = THEME_NUMBER;
    gboolean is_integer;
    gint64 integer;
    double number;

    if (json_lex_word(lexer, "true") || json_lex_word(lexer, "false"))
        role = THEME_TRUTH;
    else if (json_lex_word(lexer, "null"))
        role = THEME_NULL;
    else if (!json_lex_number(lexer, &is_integer, &integer, &number))
        return FALSE;
    put(printer, role, from, (gsize)(lexer->at - from));
    return fits(printer);
}

static gboolean print_name(Printer *printer)
{
    if (!json_lex_name(&printer->lexer) || !put_string(printer, THEME_KEY))
        return FALSE;
    put_mark(printer, ": ");
    return TRUE;
}

/* Members or elements up to the closing bracket; its opening one is at hand. */
static gboolean print_container(Printer *printer, gboolean is_object)
{
    JsonLexer *lexer = &printer->lexer;
    char closing = is_object ? '}' : ']';
    gboolean empty;

    if (!json_lex_enter(lexer))
        return FALSE;
    put_mark(printer, is_object ? "{" : "[");
    empty = json_lex_accept(lexer, closing);
    while (!empty) {
        if (!printer->flat)
            new_line(printer);
        if ((is_object && !print_name(printer)) || !print_value(printer))
            return FALSE;
        if (!json_lex_accept(lexer, ','))
            break;
        put_mark(printer, printer->flat ? ", " : ",");
    }
    if (!empty && !json_lex_accept(lexer, closing))
        return FALSE;
    lexer->depth--;
    if (!empty && !printer->flat)
        new_line(printer);
    put_mark(printer, is_object ? "}" : "]");
    return fits(printer);
}

/* On the rest of the line, if it fits there; otherwise nothing has happened. */
static gboolean try_line(Printer *printer, gboolean is_object)
{
    Printer before = *printer;
    gsize len = printer->out->len;
    gsize reach = (gsize)printer->limit * BYTES_A_COLUMN;

    if ((gsize)(printer->lexer.end - printer->lexer.at) > reach)
        printer->lexer.end = printer->lexer.at + reach;
    printer->flat = TRUE;
    if (print_container(printer, is_object)) {
        printer->lexer.end = before.lexer.end;
        printer->flat = FALSE;
        return TRUE;
    }
    *printer = before;
    g_string_truncate(printer->out, len);
    return FALSE;
}

static gboolean print_value(Printer *printer)
{
    char c;

    if (!json_lex_value(&printer->lexer))
        return FALSE;
    c = json_lex_peek(&printer->lexer);
    if (c == '{' || c == '[')
        return (!printer->flat && try_line(printer, c == '{')) ||
               print_container(printer, c == '{');
    if (c == '"' || c == '\'')
        return json_lex_string(&printer->lexer) && put_string(printer, THEME_STRING);
    return print_word(printer);
}

static void print(GString *out, const OutputForm *form, JsonSlice value, guint limit, gboolean flat)
{
    g_autoptr(GString) scratch = g_string_sized_new(128);
    Printer printer = {
        .lexer = {.begin = value.text,
                  .at = value.text,
                  .end = value.text + value.len,
                  .scratch = scratch},
        .out = out,
        .form = form,
        .limit = limit,
        .flat = flat,
    };

    print_value(&printer);
}

void output_pretty(GString *out, const OutputForm *form, JsonSlice value)
{
    /* A comma may follow. */
    print(out, form, value, form->width - 1, FALSE);
}

void output_pretty_line(GString *out, const OutputForm *form, JsonSlice value)
{
    print(out, form, value, G_MAXUINT, TRUE);
}
