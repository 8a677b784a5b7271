/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target is: one function that takes any bytes and aborts if a promise is broken.
 * libFuzzer calls it (`make fuzz`), and replay.c does, in every `make check`.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
