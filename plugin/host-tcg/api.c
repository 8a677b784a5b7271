/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which version of the plugin API this emulator speaks, and which CPU a thread runs.
 *
 * QEMU reads qemu_plugin_version right after loading the file and refuses one out of its range
 * (plugins/loader.c), so a constructor has to know it before QEMU says anything. See api.h.
 */
#include "plugin/host-tcg/api.h"

#include <dlfcn.h>

/* VersionInfo and VersionTriple of QEMU's qapi/control.json as the generator lays them out;
 * unchanged since QEMU 2.8. */
typedef struct {
    int64_t major, minor, micro;
} EmulatorTriple;

typedef struct {
    EmulatorTriple *qemu;
    char *package;
} EmulatorVersion;

typedef EmulatorVersion *(*QueryVersion)(void **error);
typedef void (*FreeVersion)(EmulatorVersion *version);

/* The first release of each version of the API. */
static const struct {
    int64_t major, minor;
    int api;
} releases[] = {
    {11, 1, 7}, {11, 0, 6}, {10, 1, 5}, {9, 2, 4}, {9, 1, 3}, {9, 0, 2}, {0, 0, 1},
};

static const TcgApi apis[] = {
    {4, 5, tcg_callbacks_by_id, &tcg_registers_int},        /* QEMU 9.2 to 10.2 */
    {6, 6, tcg_callbacks_by_id, &tcg_registers_bool},       /* QEMU 11.0 */
    {7, 7, tcg_callbacks_by_userdata, &tcg_registers_bool}, /* QEMU 11.1 */
};

const TcgApi *tcg_api_find(int version)
{
    for (guint i = 0; i < G_N_ELEMENTS(apis); i++)
        if (version >= apis[i].oldest && version <= apis[i].newest)
            return &apis[i];
    return NULL;
}

static int api_of_release(const EmulatorTriple *release)
{
    guint i = 0;

    while (release->major < releases[i].major ||
           (release->major == releases[i].major && release->minor < releases[i].minor))
        i++;
    return releases[i].api;
}

/* query-version's own function: no other export differs between 11.0 and 11.1. */
static int api_by_release(void)
{
    QueryVersion query = (QueryVersion)dlsym(RTLD_DEFAULT, "qmp_query_version");
    FreeVersion release = (FreeVersion)dlsym(RTLD_DEFAULT, "qapi_free_VersionInfo");
    EmulatorVersion *version;
    void *error = NULL;
    int api;

    if (!query || !release)
        return 0;
    version = query(&error);
    if (!version)
        return 0;
    api = api_of_release(version->qemu);
    release(version);
    return api;
}

static int api_by_symbols(void)
{
    if (dlsym(RTLD_DEFAULT, "qemu_plugin_set_pc"))
        return 7;
    return dlsym(RTLD_DEFAULT, "qemu_plugin_write_register") ? 5 : 4;
}

int tcg_api_guess(void)
{
    int api = api_by_release();

    return CLAMP(api ? api : api_by_symbols(), TCG_API_OLDEST, TCG_API_NEWEST);
}

gboolean tcg_knows_current_cpu(void)
{
    return dlsym(RTLD_DEFAULT, "current_cpu") != NULL;
}

/* dlsym() gives the address of this thread's instance, which stays the same for the life of the
 * thread. */
void *tcg_current_cpu(void)
{
    static __thread void **where;

    if (!where)
        where = dlsym(RTLD_DEFAULT, "current_cpu");
    return where ? *where : NULL;
}
