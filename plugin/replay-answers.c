/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of a journal, given again on a replay; see replay-answers.h. */
#include "plugin/replay-answers.h"

#include "guest-agent/recctrl-hypercall.h"

struct ReplayAnswers {
    Journal *journal;
    gsize run;        /* the one that the next answer comes from */
    guint64 from_run; /* answers that it has given */
    guint64 given;
};

ReplayAnswers *replay_answers_new(Journal *journal)
{
    ReplayAnswers *answers = g_new0(ReplayAnswers, 1);

    answers->journal = journal;
    return answers;
}

void replay_answers_free(ReplayAnswers *answers)
{
    if (answers) {
        journal_free(answers->journal);
        g_free(answers);
    }
}

const JournalHeader *replay_answers_header(const ReplayAnswers *answers)
{
    return &answers->journal->header;
}

guint64 replay_answers_given(const ReplayAnswers *answers)
{
    return answers->given;
}

ReplayResult replay_answers_next(ReplayAnswers *answers, gint32 action, gint32 *answer)
{
    const JournalRun *run;

    if (answers->run == answers->journal->n_runs) {
        *answer = HYPERCALL_ERROR;
        return REPLAY_EXHAUSTED;
    }
    run = &answers->journal->runs[answers->run];
    *answer = run->answer;
    answers->given++;
    if (++answers->from_run == run->count) {
        answers->run++;
        answers->from_run = 0;
    }
    return run->action == action ? REPLAY_OK : REPLAY_DIVERGED;
}
