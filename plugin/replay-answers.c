/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See replay.h. */
#include "plugin/replay-answers.h"

#include "guest-agent/hypercall-abi.h"

struct Replay {
    Journal *journal;
    gsize run;        /* the one that the next answer comes from */
    guint64 from_run; /* answers that it has given */
    guint64 given;
};

Replay *replay_new(Journal *journal)
{
    Replay *replay = g_new0(Replay, 1);

    replay->journal = journal;
    return replay;
}

void replay_free(Replay *replay)
{
    if (replay) {
        journal_free(replay->journal);
        g_free(replay);
    }
}

const JournalHeader *replay_header(const Replay *replay)
{
    return &replay->journal->header;
}

guint64 replay_given(const Replay *replay)
{
    return replay->given;
}

ReplayResult replay_answer(Replay *replay, gint32 action, gint32 *answer)
{
    const JournalRun *run;

    if (replay->run == replay->journal->n_runs) {
        *answer = HYPERCALL_ERROR;
        return REPLAY_EXHAUSTED;
    }
    run = &replay->journal->runs[replay->run];
    *answer = run->answer;
    replay->given++;
    if (++replay->from_run == run->count) {
        replay->run++;
        replay->from_run = 0;
    }
    return run->action == action ? REPLAY_OK : REPLAY_DIVERGED;
}
