/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay-TARGET [FILE]...: runs a fuzz target on files, by default on those of its corpus, whole
 * and cut short behind each byte, since input may end anywhere. It needs no clang and no fuzzer,
 * and is linked with one target each.
 */
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "tests/fuzz/fuzz.h"

/* Bigger files are only run whole. */
#define CUT_UP_TO 4096u

/* The input is copied so that a checker sees a byte read past its end. As libFuzzer does it,
 * @data is never NULL. */
static void run(const char *data, gsize size)
{
    g_autofree uint8_t *copy = g_malloc(MAX(size, 1));

    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

static void replay(const char *path, guint *runs)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    gsize size;

    g_print("%s\n", path); /* before it runs: the last line names what crashed */
    if (!g_file_get_contents(path, &data, &size, &error))
        g_error("%s", error->message);
    for (gsize cut = size > CUT_UP_TO ? size : 0; cut <= size; cut++, ++*runs)
        run(data, cut);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files of the corpus of the target that @program is named after. Returns: (transfer full). */
static GPtrArray *corpus(const char *program)
{
    const char *source = g_getenv("QMPBRIDGE_SOURCE");
    const char *prefix = g_strrstr(program, "replay-");
    const char *target = prefix ? prefix + strlen("replay-") : "";
    g_autofree char *folder =
        g_build_filename(source ? source : ".", "tests/fuzz/corpus", target, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (!dir)
        g_error("%s", error->message);
    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(files, by_name);
    return files;
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) files = NULL;
    guint runs = 0;

    if (argc > 1) {
        files = g_ptr_array_new();
        for (int i = 1; i < argc; i++)
            g_ptr_array_add(files, argv[i]);
    } else {
        files = corpus(argv[0]);
    }
    for (guint i = 0; i < files->len; i++)
        replay(g_ptr_array_index(files, i), &runs);
    g_print("%u files, %u runs\n", files->len, runs);
    return files->len ? EXIT_SUCCESS : EXIT_FAILURE;
}
