/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the program prints, for people or as JSON lines, behind one model. Commands call these
 * functions and never print themselves; where the text goes is the owner's business.
 *
 * Everything may hold text of a guest or a peer; the people's form escapes it, JSON is ASCII.
 */
#pragma once

#include "qmpbridge/store/recording.h"
#include "qmpbridge/shell/events/event-filter.h"

G_BEGIN_DECLS

/** Where a text goes. */
typedef enum {
    OUTPUT_RESULT, /**< what was asked for: standard output */
    OUTPUT_NOTICE, /**< errors, warnings and progress: standard error */
} OutputSink;

/** Takes a text: whole lines, except for a progress line and console output. */
typedef void (*OutputWrite)(OutputSink sink, const char *text, gpointer user_data);

/** Shows a text to be read at leisure, such as with a pager. Returns: FALSE if it is to be written
 * instead. */
typedef gboolean (*OutputPage)(const char *text, gpointer user_data);

typedef struct Output Output;

typedef struct {
    gboolean json;           /**< JSON lines instead of text */
    gboolean bare;           /**< only what commands returned, as JSON; goes before @json */
    gboolean colour;         /**< what goes to OUTPUT_RESULT */
    gboolean colour_notices; /**< what goes to OUTPUT_NOTICE */
    gboolean progress;       /**< a progress line may be drawn and redrawn */
    gboolean events;         /**< people: begin with all events shown; JSON always begins so */
    gboolean chatty;         /**< people: confirm what a command did */
    gboolean places;         /**< people: say where things are */
    guint width;             /**< columns of a line, at least 20; 0 for 80 */
    OutputWrite write;
    OutputPage page; /**< (nullable): may take what a command answered */
    gpointer user_data;
} OutputOptions;

/** Returns: (transfer full). @options: borrowed for the call. */
Output *output_new(const OutputOptions *options);
/** @output: (nullable). */
void output_free(Output *output);

/** Which events are shown as they come; those of a recording that went wrong always are,
 * and with @bare no others. @filter: (transfer full). */
void output_set_filter(Output *output, EventFilter *filter);
/** (transfer none). */
const EventFilter *output_filter(const Output *output);

/** A VM has been started: where it is reached, and where its console goes.
 * @console: (nullable). */
void output_running(Output *output, const char *socket, const char *console);

/** What the guest of a VM that has been started can reach, and whether QEMU's sandbox confines it.
 */
void output_containment(Output *output, const Machine *machine, gboolean confined);

/** Where the guest's screen is shown, if anywhere. */
void output_display(Output *output, const Machine *machine);

/** QEMU listens on a port that is forwarded to the guest's. For ssh it is the command. */
void output_forward(Output *output, const MachineForward *forward);

/** A disk image was made, on top of @base. @disk: (nullable): which disk of a VM it keeps. */
void output_image(Output *output, const char *disk, const char *path, const char *base);

/*
 * What is about a VM. @vm: (nullable): its name; NULL where the shell has only one, or where no VM
 * is meant. People see it before the text, JSON has a member "vm".
 */

/** An event came. @event: its text, whole: plain text (see core/json-scan.h) of an object, white
 * space after it is fine. People are spared the bridge's own jobs. */
void output_event(Output *output, const char *vm, GBytes *event);
/** An event that was waited for has come; printed even where events are not. @event: as above. */
void output_awaited(Output *output, const char *vm, GBytes *event);
/** The connection is there again; events of that time are missing. People read it in other words,
 * see news.h. @gap: from gap_to_json(). */
void output_gap(Output *output, const char *vm, GBytes *gap);
/** @command returned @value (nullable): plain text. */
void output_reply(Output *output, const char *vm, const char *command, GBytes *value);
/** What a command of the shell itself returns: @value, plain text, for machines; @text (nullable)
 * for people, as in output_text(). */
void output_answer(Output *output, const char *vm, const char *command, GBytes *value,
                   const char *text);
/** A line for people; JSON leaves it out. @text: printable, may have several lines. */
void output_text(Output *output, const char *vm, const char *text);
/** As output_text(), only where confirmations are wanted. */
void output_hint(Output *output, const char *vm, const char *text);
/** Something that people should know, which is no failure and no result. As output_text(). */
void output_warning(Output *output, const char *vm, const char *text);
/** Something failed. @where: (nullable): "file:3". People see the line that was
 * typed, if the error has a mark of it; JSON has "line", "column" and "length". */
void output_error(Output *output, const char *vm, const char *where, const GError *error);

/** Recordings: (element-type Recording). */
void output_list(Output *output, GPtrArray *recordings);
/** All about one recording. */
void output_recording(Output *output, const Recording *recording);
/** How far @command is. */
void output_progress(Output *output, const char *command, guint64 done, guint64 total);
/** Output of a guest's console: any bytes. */
void output_console(Output *output, const char *bytes, gsize len);
/** What a replay of @recording proved. @detail: (nullable). */
void output_verdict(Output *output, const char *command, const Recording *recording,
                    Verdict verdict, const char *detail, double seconds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Output, output_free)

G_END_DECLS
