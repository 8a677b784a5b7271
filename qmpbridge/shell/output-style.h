/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two forms of output and what they share. Only output*.c include this. Each function of a
 * style only makes text: it is called with an empty GString, and what it appends is written to
 * the sink that output.c chose.
 */
#pragma once

#include "qmpbridge/shell/output.h"

/** How a style makes text. NULL members make none. */
typedef struct {
    void (*running)(GString *out, gboolean colour, const char *socket, const char *console);
    void (*event)(GString *out, gboolean colour, JsonObject *event);
    void (*reply)(GString *out, const char *command, JsonNode *value);
    void (*text)(GString *out, const char *text);
    void (*list)(GString *out, gboolean colour, GPtrArray *recordings);
    void (*recording)(GString *out, gboolean colour, const Recording *recording);
    void (*progress)(GString *out, const char *command, guint64 done, guint64 total);
    void (*console)(GString *out, const char *bytes, gsize len);
    void (*verdict)(GString *out, gboolean colour, const char *command,
                    const Recording *recording, Verdict verdict, const char *detail,
                    double seconds);
    void (*error)(GString *out, gboolean colour, const char *where, const GError *error);
    OutputSink error_sink;
} OutputStyle;

extern const OutputStyle output_human;
extern const OutputStyle output_json;

/** Appends a value as indented JSON, ASCII only. (output-pretty.c) */
void output_pretty(GString *out, JsonNode *node, guint indent);

/** The people's form of one recording. (output-recording.c) */
void output_human_recording(GString *out, gboolean colour, const Recording *recording);

/** What a recording command returned, for people: FALSE if it is no such command or looks
 * otherwise than expected. (output-recording.c) */
gboolean output_human_recorded(GString *out, const char *command, JsonObject *value);
