/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's record/replay log, seen from inside QEMU: it is buffered by stdio, and no command of the
 * monitor makes the file whole. Called on the link's thread, never on a vCPU's.
 */
#pragma once

/**
 * Flushes the log so that its file ends between two events. An event is written byte by byte
 * under QEMU's replay mutex, also while the VM is stopped: the main loop logs the host's clock.
 * Where the emulator doesn't export that mutex, the log may end within an event.
 */
void rr_log_flush(void);
