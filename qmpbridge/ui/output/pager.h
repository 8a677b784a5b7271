/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pager: shows a text that is longer than the screen with the program in $PAGER, on the terminal
 * that the shell has lent it. Meanwhile the main loop goes on, so that VMs are listened to, and
 * what would be written is held back. Main thread.
 */
#pragma once

#include "qmpbridge/ui/output/output.h"

G_BEGIN_DECLS

/** What is used where $PAGER isn't set; less gets LESS=FRX unless that is set. */
#define PAGER_DEFAULT "less -FRX"
/** Bytes held back at most; then the oldest texts are left out, and their number is printed. */
#define PAGER_MAX_HELD (1u << 20)

typedef struct Pager Pager;

typedef struct {
    const char *command; /**< (nullable): instead of $PAGER; copied */
    /** TRUE and the size of the screen in characters; FALSE: nothing is paged. */
    gboolean (*screen)(guint *rows, guint *columns);
    void (*begin)(void); /**< the terminal is the pager's from now on */
    void (*end)(void);   /**< it is the shell's again; what was held back has been written */
    OutputWrite write;   /**< where texts go */
    gpointer user_data;  /**< of @write */
} PagerOptions;

/** @options: copied. Returns: (transfer full). */
Pager *pager_new(const PagerOptions *options);
/** Only once it is closed. @pager: (nullable). */
void pager_free(Pager *pager);

/** Opens the pager on @text if that doesn't fit on the screen. An OutputPage. Returns: FALSE if it
 * was left alone: it fits, a pager is open, $PAGER is empty, "cat" or can't be run. */
gboolean pager_page(const char *text, gpointer pager);

/** Writes @text now, or once the pager is closed. An OutputWrite. */
void pager_write(OutputSink sink, const char *text, gpointer pager);

/** TRUE while the terminal is the pager's. @pager: (nullable). */
gboolean pager_is_open(const Pager *pager);

/** Asks an open pager to end (SIGTERM); after a second it is killed. @pager: (nullable). */
void pager_stop(Pager *pager);
/** Turns the main loop until the pager is closed. @pager: (nullable). */
void pager_finish(Pager *pager);

/** Lines of a screen that is @columns wide which @text takes. Colours take none. */
guint pager_count_lines(const char *text, guint columns);

/** The size of the terminal on standard output: a PagerOptions.screen. */
gboolean pager_screen(guint *rows, guint *columns);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pager, pager_free)

G_END_DECLS
