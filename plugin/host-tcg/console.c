/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The room that the guest's console has; see console.h. */
#include "plugin/host-tcg/console.h"

#include <dlfcn.h>

/** run_on_cpu_data (hw/core/cpu.h). */
typedef union {
    int host_int;
    unsigned long host_ulong;
    void *host_ptr;
    guint64 target_ptr;
} Data;

/** QEMU's own functions (hw/core/cpu-common.c, chardev/char.c, replay/replay-events.c). */
typedef struct {
    gpointer (*get_cpu)(int index);
    void (*run)(gpointer cpu, void (*func)(gpointer cpu, Data data), Data data);
    gpointer (*find)(const char *id);
    int (*can_write)(gpointer chardev);
    _Bool (*has_events)(void);
} Functions;

typedef struct {
    Functions qemu;
    char *console;
    HostRoom found;
    gpointer user_data;
} RoomQuestion;

static gboolean look_up(Functions *qemu)
{
    *(void **)&qemu->get_cpu = dlsym(RTLD_DEFAULT, "qemu_get_cpu");
    *(void **)&qemu->run = dlsym(RTLD_DEFAULT, "async_run_on_cpu");
    *(void **)&qemu->find = dlsym(RTLD_DEFAULT, "qemu_chr_find");
    *(void **)&qemu->can_write = dlsym(RTLD_DEFAULT, "qemu_chr_be_can_write");
    *(void **)&qemu->has_events = dlsym(RTLD_DEFAULT, "replay_has_events");
    return qemu->get_cpu && qemu->run && qemu->find && qemu->can_write && qemu->has_events;
}

/* A vCPU's thread, between two stretches of instructions, with QEMU's big lock. What QEMU has read
 * is in the queue of replay events until this thread comes to it, which it does next. */
static void look(gpointer cpu, Data data)
{
    RoomQuestion *question = data.host_ptr;
    const Functions *qemu = &question->qemu;
    gpointer chardev = qemu->find(question->console);
    int room = -1;

    (void)cpu;
    if (chardev && !qemu->has_events())
        room = qemu->can_write(chardev);
    question->found(room, question->user_data);
    g_free(question->console);
    g_free(question);
}

gboolean tcg_console_find_room(const char *console, HostRoom found, gpointer user_data)
{
    Functions qemu;
    gpointer cpu = look_up(&qemu) ? qemu.get_cpu(0) : NULL;
    RoomQuestion *question;

    if (!cpu)
        return FALSE;
    question = g_new(RoomQuestion, 1);
    *question = (RoomQuestion){qemu, g_strdup(console), found, user_data};
    qemu.run(cpu, look, (Data){.host_ptr = question});
    return TRUE;
}
