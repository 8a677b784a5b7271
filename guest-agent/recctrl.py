# SPDX-License-Identifier: GPL-2.0-or-later
"""recctrl for programs in Python: asks the emulator that runs this machine to record.

    import recctrl

    with recctrl.recording("build"):
        work()
        recctrl.mark("half way")

It is a thin layer on recctrl-agent.so, whose header recctrl.h says more of each call. Where no
recorder listens the calls raise Unheard, and probe() returns None."""
import contextlib
import ctypes
import os

ERROR, NOOP, STARTED, STOPPED, PENDING = -1, 0, 1, 2, 3
RECORD, DRY, SESSIONS = 1, 2, 4
_UNHEARD = -0x66600000


class Error(Exception):
    """The recorder refused, or the recording failed: the host knows why."""


class Unheard(Error):
    """No recorder listens here."""


def _load():
    here = os.path.dirname(os.path.abspath(__file__))
    library = ctypes.CDLL(os.environ.get("RECCTRL_LIBRARY",
                                         os.path.join(here, "recctrl-agent.so")))
    text, token, seconds = ctypes.c_char_p, ctypes.c_ulong, ctypes.c_uint
    for name, arguments in [("toggle", [text]), ("open", [text, token]), ("close", [text, token]),
                            ("start", [text, token, seconds]), ("stop", [token, seconds]),
                            ("status", [token]), ("settle", [seconds]), ("mark", [text])]:
        function = getattr(library, "recctrl_" + name)
        function.argtypes, function.restype = arguments, ctypes.c_long
    library.recctrl_new_token.restype = token
    library.recctrl_probe.restype = ctypes.c_int
    return library


_library = _load()


def _text(text):
    data = text.encode()
    if len(data) > 127 or b"\0" in data:
        raise ValueError("a name or text has at most 127 bytes, and no NUL")
    return data


def _heard(answer):
    if answer == _UNHEARD:
        raise Unheard("no recorder listens here")
    if answer == ERROR:
        raise Error("the recorder refused, or the recording failed: the host knows why")
    return answer


def probe():
    """The recorder's features (RECORD, DRY, SESSIONS), or None if there is none."""
    features = _library.recctrl_probe()
    return None if features < 0 else features


def new_token():
    """A number, not 0, that differs from those of other programs in this guest."""
    return _library.recctrl_new_token()


def start(name, token, wait=60):
    """Starts a recording and waits until it has begun: STARTED, NOOP, STOPPED or PENDING."""
    return _heard(_library.recctrl_start(_text(name), token, wait))


def stop(token=0, wait=60):
    """Stops a recording and waits until it is whole: STOPPED, NOOP, STARTED or PENDING."""
    return _heard(_library.recctrl_stop(token, wait))


def status(token=0):
    """How far a recording is: STARTED, STOPPED or PENDING."""
    return _heard(_library.recctrl_status(token))


def mark(text):
    """Puts a bookmark into the recording: PENDING, or NOOP if none is on."""
    return _heard(_library.recctrl_mark(_text(text)))


def toggle(name):
    """Starts a recording, or stops the one that is on, as PANDA's recctrl does."""
    return _heard(_library.recctrl_toggle(_text(name)))


def open_session(name, token=0):
    """A session begins; the first one starts a recording."""
    return _heard(_library.recctrl_open(_text(name), token))


def close_session(name, token=0):
    """A session ends; the last one stops the recording."""
    return _heard(_library.recctrl_close(_text(name), token))


@contextlib.contextmanager
def recording(name, wait=60):
    """A recording of what is done within; it has begun before, and is whole behind it."""
    token = new_token()
    answer = start(name, token, wait)
    if answer != STARTED:
        stop(token, 0)
        raise Error("a recording is on already" if answer == NOOP else "it hasn't begun in time")
    try:
        yield token
    finally:
        if stop(token, wait) != STOPPED:
            raise Error("the recording isn't whole")
