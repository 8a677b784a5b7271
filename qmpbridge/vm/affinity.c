/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU one QEMU process runs on; see affinity.h.
 *
 * No register says which process has which CPU: the kernel knows each process's mask, and any
 * process may read it. What is pinned to one CPU stays there, a QEMU of this bridge, of another
 * one, or of another user; everything else makes room, since the kernel moves it. So the pinned
 * processes count, and how busy a CPU was lately decides between equals. Two bridges that choose
 * within the same few milliseconds may take the same CPU: that costs speed, nothing else.
 */
#include "qmpbridge/vm/affinity.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "qmpbridge/core/error.h"

/** CPUs at most: what Linux can be built for (NR_CPUS). */
#define MAX_CPUS 8192u
/** Of a CPU's ticks in /proc/stat, in their order: what isn't work. */
#define TICKS_IDLE 3
#define TICKS_IOWAIT 4
#define TICKS 8

/** A set of CPUs, long enough for any kernel's. */
typedef struct {
    cpu_set_t part[MAX_CPUS / CPU_SETSIZE];
} CpuSet;

/** Ticks that a CPU has spent since the host's start. */
typedef struct {
    guint64 busy, all;
} Ticks;

struct Affinity {
    gboolean none, list;
    CpuSet listed;
    Ticks ticks[MAX_CPUS]; /**< when they were last read */
};

static gboolean has(const CpuSet *set, guint cpu)
{
    return CPU_ISSET_S(cpu, sizeof(*set), set->part);
}

static void add(CpuSet *set, guint cpu)
{
    CPU_SET_S(cpu, sizeof(*set), set->part);
}

/* CPUs of a process; 0: of this one. */
static gboolean read_mask(pid_t pid, CpuSet *set)
{
    memset(set, 0, sizeof(*set)); /* the kernel writes as much as it has */
    return sched_getaffinity(pid, sizeof(*set), set->part) == 0;
}

/* The only CPU of a set, or -1. */
static int only_one(const CpuSet *set)
{
    if (CPU_COUNT_S(sizeof(*set), set->part) != 1)
        return -1;
    for (guint cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (has(set, cpu))
            return (int)cpu;
    }
    return -1;
}

/* --- what was asked for -------------------------------------------------------------------- */

/* "0-3,6". Returns: (transfer full). */
static char *describe(const CpuSet *set)
{
    GString *text = g_string_new(NULL);

    for (guint cpu = 0; cpu < MAX_CPUS; cpu++) {
        guint last = cpu;

        if (!has(set, cpu))
            continue;
        while (last + 1 < MAX_CPUS && has(set, last + 1))
            last++;
        g_string_append_printf(text, "%s%u", text->len ? "," : "", cpu);
        if (last > cpu)
            g_string_append_printf(text, "-%u", last);
        cpu = last;
    }
    return g_string_free(text, FALSE);
}

/* "2" or "2-5", of which @allowed must have every one. */
static gboolean add_range(CpuSet *listed, const char *range, const CpuSet *allowed,
                          const char *text, GError **error)
{
    g_auto(GStrv) end = g_strsplit(range, "-", 2);
    guint64 first, last;

    if (!end[0] || !g_ascii_string_to_unsigned(end[0], 10, 0, MAX_CPUS - 1, &first, NULL) ||
        !g_ascii_string_to_unsigned(end[1] ? end[1] : end[0], 10, first, MAX_CPUS - 1, &last,
                                    NULL)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "it is auto, none, or CPUs as 0,2-3, not '%s'", text);
        return FALSE;
    }
    for (guint cpu = (guint)first; cpu <= last; cpu++) {
        g_autofree char *usable = has(allowed, cpu) ? NULL : describe(allowed);

        if (usable) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                        "CPU %u can't be used: this process may run on %s", cpu, usable);
            return FALSE;
        }
        add(listed, cpu);
    }
    return TRUE;
}

static gboolean parse_list(Affinity *affinity, const char *text, GError **error)
{
    g_auto(GStrv) ranges = g_strsplit(*text ? text : ",", ",", -1);
    CpuSet allowed;

    affinity->list = TRUE;
    if (!read_mask(0, &allowed)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "CPUs can't be chosen on this host: %s; use none", g_strerror(errno));
        return FALSE;
    }
    for (char **range = ranges; *range; range++) {
        if (!add_range(&affinity->listed, *range, &allowed, text, error))
            return FALSE;
    }
    return TRUE;
}

gboolean affinity_is_list(const Affinity *affinity)
{
    return affinity->list;
}

void affinity_free(Affinity *affinity)
{
    g_free(affinity);
}

/* --- the choice ---------------------------------------------------------------------------- */

/* Kernel threads and the dead have no command line. */
static gboolean is_program(const char *pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/cmdline", pid);
    FILE *file = fopen(path, "re");
    int first = file ? fgetc(file) : EOF;

    if (file)
        fclose(file);
    return first != EOF;
}

/* Adds one for each process that is pinned to a CPU. */
static void count_pinned(const CpuSet *usable, double *load)
{
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    const char *name;
    guint64 pid;
    CpuSet mask;
    int cpu;

    while (processes && (name = g_dir_read_name(processes))) {
        if (!g_ascii_string_to_unsigned(name, 10, 1, G_MAXINT, &pid, NULL) ||
            !read_mask((pid_t)pid, &mask))
            continue;
        cpu = only_one(&mask);
        if (cpu >= 0 && has(usable, (guint)cpu) && is_program(name))
            load[cpu]++;
    }
}

/* "cpu12 1 2 3 ...": ticks since the host's start, of kinds that proc(5) lists. */
static gboolean parse_ticks(const char *line, guint *cpu, Ticks *ticks)
{
    g_auto(GStrv) word = g_strsplit(line, " ", TICKS + 2);
    guint64 number;

    if (!g_str_has_prefix(line, "cpu") ||
        !g_ascii_string_to_unsigned(word[0] + 3, 10, 0, MAX_CPUS - 1, &number, NULL))
        return FALSE;
    *cpu = (guint)number;
    *ticks = (Ticks){0};
    for (guint i = 0; i < TICKS && word[i + 1]; i++) {
        number = g_ascii_strtoull(word[i + 1], NULL, 10);
        ticks->all += number;
        if (i != TICKS_IDLE && i != TICKS_IOWAIT)
            ticks->busy += number;
    }
    return TRUE;
}

/* Adds each CPU's share of work since this was last called. @load: (nullable). */
static void add_busy(Affinity *affinity, double *load)
{
    FILE *file = fopen("/proc/stat", "re");
    char line[512];
    guint cpu;
    Ticks now;

    while (file && fgets(line, sizeof(line), file)) {
        Ticks *then;

        if (!parse_ticks(line, &cpu, &now))
            continue;
        then = &affinity->ticks[cpu];
        if (load && now.all > then->all && now.busy > then->busy)
            load[cpu] += (double)(now.busy - then->busy) / (double)(now.all - then->all);
        *then = now;
    }
    if (file)
        fclose(file);
}

int affinity_choose(Affinity *affinity)
{
    g_autofree double *load = NULL;
    CpuSet usable;
    int best = -1;

    if (affinity->none || !read_mask(0, &usable))
        return -1;
    if (affinity->list)
        CPU_AND_S(sizeof(usable), usable.part, usable.part, affinity->listed.part);
    if (only_one(&usable) >= 0)
        return only_one(&usable);
    load = g_new0(double, MAX_CPUS);
    count_pinned(&usable, load);
    add_busy(affinity, load);
    for (guint cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (has(&usable, cpu) && (best < 0 || load[cpu] < load[best]))
            best = (int)cpu;
    }
    return best;
}

Affinity *affinity_new(const char *text, GError **error)
{
    g_autoptr(Affinity) affinity = g_new0(Affinity, 1);

    affinity->none = g_str_equal(text, "none");
    if (!affinity->none && !g_str_equal(text, "auto") && !parse_list(affinity, text, error))
        return NULL;
    add_busy(affinity, NULL); /* what comes until the choice is what counts */
    return g_steal_pointer(&affinity);
}

void affinity_pin(int cpu)
{
    CpuSet set;

    if (cpu < 0)
        return;
    memset(&set, 0, sizeof(set));
    add(&set, (guint)cpu);
    sched_setaffinity(0, sizeof(set), set.part);
}
