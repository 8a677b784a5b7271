#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The agent for programs in Python: without a recorder, and with answers of a host that stands in
# the place of the instruction.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires python3 python3
LIBRARY=$QMPBRIDGE_BUILD/guest-agent/.libs/recctrl-agent.so
[ -e "$LIBRARY" ] || skip "recctrl-agent.so is not built"

# python SCRIPT on standard input, with the library that is named
python() {
    PYTHONPATH=$QMPBRIDGE_SOURCE/guest-agent RECCTRL_LIBRARY=$1 PYTHONDONTWRITEBYTECODE=1 \
        timeout "$PATIENCE" python3 -
}

python "$LIBRARY" <<'END' || fail "without a recorder"
import recctrl
assert recctrl.probe() is None
assert recctrl.new_token() != recctrl.new_token()
for call in (recctrl.status, recctrl.stop, lambda: recctrl.mark("x"), lambda: recctrl.toggle("x"),
             lambda: recctrl.start("x", 1), lambda: recctrl.open_session("x")):
    try:
        call()
    except recctrl.Unheard:
        continue
    raise SystemExit("an answer from nobody")
try:
    recctrl.mark("x" * 128)
except ValueError:
    pass
else:
    raise SystemExit("a text that is too long")
END

cat >"$T/host.c" <<'END'
#include "guest-agent/arch.h"
#include "guest-agent/recctrl-hypercall.h"
static long state = HYPERCALL_STOPPED;
static unsigned long owner;
long arch_marker(long action, const void *text, unsigned long token)
{
    switch (action) {
    case HYPERCALL_PROBE:
        return HYPERCALL_SIGNATURE | HYPERCALL_ABI_VERSION << 8 | HYPERCALL_FEATURE_RECORD;
    case HYPERCALL_START:
        if (((const char *)text)[0] == '.')
            return HYPERCALL_ERROR;
        if (state == HYPERCALL_STARTED)
            return HYPERCALL_NOOP;
        state = HYPERCALL_STARTED;
        owner = token;
        return HYPERCALL_PENDING;
    case HYPERCALL_STOP:
        if (token != owner)
            return HYPERCALL_NOOP;
        state = HYPERCALL_STOPPED;
        return HYPERCALL_PENDING;
    case HYPERCALL_MARK:
        return state == HYPERCALL_STARTED ? HYPERCALL_PENDING : HYPERCALL_NOOP;
    default:
        return state;
    }
}
long arch_panda(long action, const void *text)
{
    return arch_marker(action, text, 0);
}
END
"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -I"$QMPBRIDGE_SOURCE" -o "$T/host.so" "$T/host.c" \
    "$QMPBRIDGE_SOURCE/guest-agent/channel.c" "$QMPBRIDGE_SOURCE/guest-agent/recctrl.c" -lpthread ||
    fail "the host can't be built"
python "$T/host.so" <<'END' || fail "with a recorder"
import recctrl
assert recctrl.probe() == recctrl.RECORD
assert recctrl.mark("early") == recctrl.NOOP
with recctrl.recording("build") as token:
    assert recctrl.status(token) == recctrl.STARTED
    assert recctrl.mark("half way") == recctrl.PENDING
    assert recctrl.stop(token + 1) == recctrl.NOOP
    try:
        with recctrl.recording("another"):
            raise SystemExit("two recordings at once")
    except recctrl.Error as error:
        assert "already" in str(error)
assert recctrl.status() == recctrl.STOPPED
try:
    recctrl.start(".refused", 1)
except recctrl.Error as error:
    assert not isinstance(error, recctrl.Unheard)
else:
    raise SystemExit("a refusal that isn't one")
END
