/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two forms of output and what they share. Only output*.c include this. Each function of a
 * style only makes text: it is called with an empty GString, and what it appends is written to
 * the sink that output.c chose.
 */
#pragma once

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/ui/output/output.h"

/** What a text is made for. */
typedef struct {
    const char *vm; /**< (nullable): whom it is about, where there are several */
    gboolean colour;
    gboolean bare; /**< JSON: only what commands returned */
    guint width;   /**< columns of a line */
} OutputForm;

/** How a style makes text. NULL members make none. */
typedef struct {
    void (*running)(GString *out, const OutputForm *form, const char *socket, const char *console);
    void (*containment)(GString *out, const OutputForm *form, const Machine *machine,
                        gboolean confined);
    /** @place: of a VNC server, see vnc_place(). */
    void (*display)(GString *out, const OutputForm *form, const char *place);
    void (*forward)(GString *out, const OutputForm *form, const MachineForward *forward);
    void (*image)(GString *out, const OutputForm *form, const char *disk, const char *path,
                  const char *base);
    void (*event)(GString *out, const OutputForm *form, GBytes *event);
    void (*gap)(GString *out, const OutputForm *form, GBytes *gap);
    void (*reply)(GString *out, const OutputForm *form, const char *command, JsonSlice value);
    void (*text)(GString *out, const OutputForm *form, const char *text);
    void (*list)(GString *out, const OutputForm *form, GPtrArray *recordings);
    void (*recording)(GString *out, const OutputForm *form, const Recording *recording);
    void (*progress)(GString *out, const char *command, guint64 done, guint64 total);
    void (*console)(GString *out, const char *bytes, gsize len);
    void (*verdict)(GString *out, const OutputForm *form, const char *command,
                    const Recording *recording, Verdict verdict, const char *detail,
                    double seconds);
    void (*error)(GString *out, const OutputForm *form, const char *where, const GError *error);
    OutputSink error_sink;
} OutputStyle;

extern const OutputStyle output_human;
extern const OutputStyle output_json;
extern const OutputStyle output_return; /**< JSON, only what commands returned */

/** What a piece of text is, for its colour. (output-theme.c) */
typedef enum {
    THEME_PLAIN,
    THEME_HEADING,
    THEME_NAME,
    THEME_GOOD,
    THEME_BAD,
    THEME_ODD,
    THEME_EVENT,
    THEME_RECORD_EVENT,
    THEME_KEY,
    THEME_STRING,
    THEME_NUMBER,
    THEME_TRUTH,
    THEME_NULL,
    THEME_ROLES,
} ThemeRole;

/** Appends what begins and ends a role, or nothing without colours. */
void theme_begin(GString *out, const OutputForm *form, ThemeRole role);
void theme_end(GString *out, const OutputForm *form, ThemeRole role);
/** Appends @text in the colour of @role. */
void theme_append(GString *out, const OutputForm *form, ThemeRole role, const char *text);

/**
 * Appends a value as indented JSON: what fits on a line stands on one, members keep their order,
 * numbers their digits. (output-pretty.c)
 *
 * @value: taken by json_scan().
 */
void output_pretty(GString *out, const OutputForm *form, JsonSlice value);
/** As output_pretty(), all on one line. */
void output_pretty_line(GString *out, const OutputForm *form, JsonSlice value);

/** The people's form of an error. (output-human.c) */
void output_human_error(GString *out, const OutputForm *form, const char *where,
                        const GError *error);

/** The line that an error is about, the part that is wrong marked below it. (output-mark.c) */
void output_human_mark(GString *out, const OutputForm *form, const ErrorMark *mark);

/** The people's form of a list of recordings. (output-list.c) */
void output_human_list(GString *out, const OutputForm *form, GPtrArray *recordings);
/** Colour of a verdict. (output-list.c) */
ThemeRole output_verdict_role(Verdict verdict);

/** The people's form of one recording. (output-recording.c) */
void output_human_recording(GString *out, const OutputForm *form, const Recording *recording);

/** What a recording command returned, for people: FALSE if it is no such command or looks
 * otherwise than expected. (output-recording.c) */
gboolean output_human_recorded(GString *out, const char *command, JsonSlice value);
