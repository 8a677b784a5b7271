/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link's thread against a real socket: it comes back after a loss, finishes the journal when
 * it is stopped, and the dry link needs no socket at all.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "plugin/journal-file.h"
#include "plugin/link.h"
#include "tests/unit/fake-host.h"

#define PATIENCE_MS 10000
#define GREETING "{'QMP':{'version':{},'capabilities':['oob']}}\r\n"

typedef struct {
    char *folder, *socket, *journal;
    int listener, fd;
    Host host;
    SharedPolicy *shared;
    Link *link;
} Rig;

static void describe(gpointer opaque, JournalHeader *header)
{
    (void)opaque;
    g_strlcpy(header->target, "x86_64", sizeof(header->target));
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

static void rig_up(Rig *rig, gboolean dry)
{
    PolicyOptions options = {.sessions = FALSE};

    rig->folder = g_dir_make_tmp("link-XXXXXX", NULL);
    rig->socket = g_build_filename(rig->folder, "control", NULL);
    rig->journal = g_build_filename(rig->folder, "journal", NULL);
    rig->listener = listen_at(rig->socket);
    rig->fd = -1;
    rig->host = fake_host(4);
    rig->shared = shared_policy_new(&options, NULL);
    rig->link = link_start(dry ? NULL : rig->socket, rig->shared, &rig->host, describe, NULL);
}

static void rig_down(Rig *rig)
{
    shared_policy_free(rig->shared);
    close(rig->listener);
    close(rig->fd);
    g_unlink(rig->socket);
    g_unlink(rig->journal);
    g_rmdir(rig->folder);
    g_free(rig->socket);
    g_free(rig->journal);
    g_free(rig->folder);
}

static void wait_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    ck_assert_int_eq(poll(&poll_fd, 1, PATIENCE_MS), 1);
}

static void welcome(Rig *rig)
{
    wait_readable(rig->listener);
    rig->fd = accept(rig->listener, NULL, NULL);
    ck_assert_int_ge(rig->fd, 0);
}

static void say(Rig *rig, const char *text)
{
    ck_assert_int_eq(send(rig->fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads up to and including a line that has @part. */
static void hear(Rig *rig, const char *part)
{
    g_autoptr(GString) line = g_string_new(NULL);
    char byte;

    for (;;) {
        wait_readable(rig->fd);
        ck_assert_msg(read(rig->fd, &byte, 1) == 1, "no line with %s", part);
        if (byte != '\n')
            g_string_append_c(line, byte);
        else if (strstr(line->str, part))
            return;
        else
            g_string_truncate(line, 0);
    }
}

static void shake_hands(Rig *rig)
{
    welcome(rig);
    say(rig, GREETING);
    hear(rig, "qmp_capabilities");
    say(rig, "{'return':{},'id':1}\r\n");
    hear(rig, "record-agent");
    say(rig, "{'return':{'mode':'record'},'id':2}\r\n");
    hear(rig, "query-record");
    say(rig, "{'return':{'state':'off'},'id':3}\r\n");
}

static gint32 ask(Rig *rig, gint32 action)
{
    Hypercall request = {.action = action, .text = "name"};

    return shared_policy_answer(rig->shared, &request, TRUE);
}

static void wait_for(Rig *rig, gint32 action, gint32 wanted)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE_MS * 1000;

    while (ask(rig, action) != wanted) {
        ck_assert(g_get_monotonic_time() < deadline);
        g_thread_yield();
    }
}

START_TEST(test_reconnect)
{
    Rig rig;

    rig_up(&rig, FALSE);
    shake_hands(&rig);
    close(rig.fd);
    shake_hands(&rig);
    wait_for(&rig, HYPERCALL_START, HYPERCALL_PENDING);
    hear(&rig, "begin_record");
    link_stop(rig.link);
    rig_down(&rig);
}
END_TEST

START_TEST(test_exit_finishes_journal)
{
    g_autofree char *cut = NULL;
    g_autoptr(Journal) journal = NULL;
    Rig rig;

    rig_up(&rig, FALSE);
    shake_hands(&rig);
    cut = g_strdup_printf("{'event':'RECORD_CUT','data':{'journal':'%s'},"
                          "'timestamp':{'seconds':0,'microseconds':0}}\r\n",
                          rig.journal);
    say(&rig, cut);
    hear(&rig, "\"cut\"");
    for (guint i = 0; i < 5; i++)
        ask(&rig, HYPERCALL_STATUS);
    link_stop(rig.link);
    journal = journal_file_load(rig.journal, NULL);
    ck_assert(journal && journal->complete);
    ck_assert_uint_eq(journal->answers, 5);
    rig_down(&rig);
}
END_TEST

START_TEST(test_nobody_listens)
{
    Rig rig;

    rig_up(&rig, FALSE);
    close(rig.listener);
    ck_assert_int_eq(ask(&rig, HYPERCALL_START), HYPERCALL_ERROR);
    link_stop(rig.link);
    rig_down(&rig);
}
END_TEST

START_TEST(test_dry)
{
    Rig rig;

    rig_up(&rig, TRUE);
    wait_for(&rig, HYPERCALL_START, HYPERCALL_PENDING);
    wait_for(&rig, HYPERCALL_STATUS, HYPERCALL_STARTED);
    ck_assert_int_eq(ask(&rig, HYPERCALL_MARK), HYPERCALL_PENDING);
    ck_assert_int_eq(ask(&rig, HYPERCALL_STOP), HYPERCALL_PENDING);
    wait_for(&rig, HYPERCALL_STATUS, HYPERCALL_STOPPED);
    link_stop(rig.link);
    rig_down(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link");
    TCase *tcase = tcase_create("link");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_reconnect);
    tcase_add_test(tcase, test_exit_finishes_journal);
    tcase_add_test(tcase, test_nobody_listens);
    tcase_add_test(tcase, test_dry);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
