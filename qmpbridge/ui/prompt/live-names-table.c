/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of live names. A row without sources says that the argument is a new name, which
 * nothing can complete; of several rows that fit the first one counts.
 */
#include "qmpbridge/ui/prompt/live-names-table.h"

#include <string.h>

/* clang-format off */
static const LiveNamesSource nodes = {
    "query-named-block-nodes", "{\"flat\": true}", .path = "[].node-name"};
static const LiveNamesSource block_devices = {"query-block", .path = "[].device"};
static const LiveNamesSource block_qdevs = {"query-block", .path = "[].qdev"};
static const LiveNamesSource bitmaps = {
    "query-named-block-nodes", .path = "[].dirty-bitmaps[].name"};
static const LiveNamesSource snapshots = {
    "query-named-block-nodes", .path = "[].image.snapshots[].name"};
static const LiveNamesSource jobs = {"query-jobs", .path = "[].id"};
static const LiveNamesSource block_jobs = {"query-block-jobs", .path = "[].device"};
static const LiveNamesSource exports = {"query-block-exports", .path = "[].id"};
static const LiveNamesSource chardevs = {"query-chardev", .path = "[].label"};
static const LiveNamesSource iothreads = {"query-iothreads", .path = "[].id"};
static const LiveNamesSource cpus = {"query-cpus-fast", .path = "[].cpu-index"};
static const LiveNamesSource memory_devices = {"query-memdev", .path = "[].id"};
static const LiveNamesSource objects = {
    "qom-list", "{\"path\": \"/objects\"}", .path = "[].name", .strip = "child<"};
static const LiveNamesSource devices = {
    "qom-list", "{\"path\": \"/machine/peripheral\"}", .path = "[].name", .strip = "child<"};
static const LiveNamesSource qom_children = {
    "qom-list", "{\"path\": %s}", .path = "[].name", .strip = "child<",
    .context = LIVE_NAMES_OF_PARENT};
static const LiveNamesSource qom_properties = {
    "qom-list", "{\"path\": %s}", .path = "[].name", .context = LIVE_NAMES_OF_OTHER,
    .other = "path"};
static const LiveNamesSource qom_types = {"qom-list-types", .path = "[].name", .lasting = TRUE};
static const LiveNamesSource device_types = {
    "qom-list-types", "{\"implements\": \"device\", \"abstract\": false}", .path = "[].name",
    .lasting = TRUE};
static const LiveNamesSource cpu_models = {
    "query-cpu-definitions", .path = "[].name", .lasting = TRUE};
static const LiveNamesSource trace_events = {
    "trace-event-get-state", "{\"name\": \"*\"}", .path = "[].name", .lasting = TRUE};
static const LiveNamesSource hmp_commands = {
    "human-monitor-command", "{\"command-line\": \"help\"}", .strip = "", .lasting = TRUE};
static const LiveNamesSource hmp_info = {
    "human-monitor-command", "{\"command-line\": \"help info\"}", .strip = "info ",
    .lasting = TRUE};

/* Patterns are alternatives between '|', each with '*' and '?'. A pattern of keys without a dot
 * is compared with the last part of the key. */
static const struct {
    const char *commands, *keys;
    const LiveNamesSource *sources[LIVE_NAMES_SOURCES + 1];
} rows[] = {
    {"hmp", "command", {&hmp_commands}},
    {"hmp", "info", {&hmp_info}},
    {"blockdev-add|drive-*|blockdev-mirror|blockdev-backup|*snapshot-sync|chardev-add|netdev_add"
     "|object-add|device_add|block-export-add", "node-name|id|snapshot-node-name|job-id", {0}},
    {"blockdev-*|block-*", "filter-node-name|snapshot-node-name|job-id|new-*", {0}},
    {"*", "node-name|node|overlay|top-node|base-node|vmstate|reference|target-node", {&nodes}},
    {"snapshot-save|snapshot-load|snapshot-delete", "devices.*", {&nodes}},
    {"blockdev-add|blockdev-reopen", "file|backing|image|test|raw|log|log-file|data-file|target"
     "|children.*", {&nodes}},
    {"blockdev-mirror|blockdev-backup", "target", {&nodes}},
    {"block-job-*", "device|id", {&block_jobs}},
    {"job-*", "id", {&jobs}},
    {"snapshot-load|snapshot-delete", "tag", {&snapshots}},
    {"blockdev-snapshot-delete-internal-sync", "name", {&snapshots}},
    {"block-dirty-bitmap-add", "name", {0}},
    {"block-dirty-bitmap-*", "name|bitmaps.*", {&bitmaps}},
    {"*", "bitmap", {&bitmaps}},
    {"block-export-del", "id", {&exports}},
    {"nbd-server-add", "device", {&nodes, &block_devices}},
    {"eject|blockdev-*-tray|blockdev-*-medium|block-latency-histogram-set|block_set_io_throttle",
     "id", {&block_qdevs}},
    {"device_del|set_link|device-sync-config", "id|name", {&devices}},
    {"chardev-remove|chardev-change|chardev-send-break", "id", {&chardevs}},
    {"ringbuf-*", "device", {&chardevs}},
    {"*", "chardev", {&chardevs}},
    {"block*|drive-*|eject|change-backing-file|change", "device", {&block_devices, &nodes}},
    {"object-del", "id", {&objects}},
    {"*", "iothread", {&iothreads}},
    {"*", "memdev", {&memory_devices}},
    {"*", "cpu-index|cpu", {&cpus}},
    {"*", "key-secret|password-secret|tls-creds|tls-authz|throttle-group|secret", {&objects}},
    {"qom-list|qom-get|qom-set|x-query-virtio*", "path", {&qom_children}},
    {"qom-get|qom-set", "property", {&qom_properties}},
    {"qom-list-properties|qom-list-types", "typename|implements", {&qom_types}},
    {"device-list-properties", "typename", {&device_types}},
    {"device_add", "driver", {&device_types}},
    {"device_add", "bus", {0}},
    {"query-cpu-model-*", "name", {&cpu_models}},
    {"trace-event-*", "name", {&trace_events}},
    {"input-send-event|screendump|send-key", "device", {&devices}},
};

/* clang-format on */

static gboolean fits(const char *patterns, const char *text)
{
    g_auto(GStrv) split = g_strsplit(patterns, "|", -1);

    for (char **pattern = split; *pattern; pattern++) {
        if (g_pattern_match_simple(*pattern, text))
            return TRUE;
    }
    return FALSE;
}

/* "actions.0.data.node-name" is looked for as such and as "node-name". */
static gboolean fits_key(const char *patterns, const char *key)
{
    const char *dot = strrchr(key, '.');

    return fits(patterns, key) || (dot && fits(patterns, dot + 1));
}

const LiveNamesSource *const *live_names_sources(const char *command, const char *key)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (fits(rows[i].commands, command) && fits_key(rows[i].keys, key))
            return rows[i].sources[0] ? rows[i].sources : NULL;
    }
    return NULL;
}
