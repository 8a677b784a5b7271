# SPDX-License-Identifier: GPL-2.0-or-later
"""What the client programs of this folder share: each prints what it saw, one line a thing, so
that the lines seen through qmpbridge can be compared with those seen at QEMU itself. What is
bound to differ from run to run (times) isn't printed, and neither is what qmpbridge adds and
documents."""

import hashlib
import json

# doc/qmp-extension.md
EXTENSION = {
    'begin_record', 'end_record', 'query-record', 'record-mark', 'record-agent', 'record-journal',
    'begin_replay', 'end_replay', 'REPLAY_BEGIN', 'REPLAY_PROGRESS', 'REPLAY_END', 'RECORD_BEGIN',
    'RECORD_END', 'RECORD_MARK', 'RECORD_ERROR', 'RECORD_VERIFIED', 'RECORD_REFUSED',
    'EMULATOR_MESSAGE', 'query-console', 'console-write', 'console-room',
}


def own(entries):
    """What of query-commands or query-qmp-schema is QEMU's own."""
    return [entry for entry in entries if entry['name'] not in EXTENSION
            and not entry['name'].startswith('qmpbridge:')]


def show(what, value):
    print(what, json.dumps(value, sort_keys=True, default=dict), flush=True)


def show_digest(what, value):
    """As show(), for what is too long to be printed."""
    text = json.dumps(value, sort_keys=True).encode()
    print(what, len(text), hashlib.sha256(text).hexdigest(), flush=True)


def event(message):
    """An event without its time."""
    return [message['event'], message.get('data')]
