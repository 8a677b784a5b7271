/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The template of a login's recording name: text with {user}, {service}, {tty}, {rhost} and {time}.
 * Values come from whoever logs in, so what comes out is a legal name for every input.
 */
#pragma once

#include <time.h>

#include "guest-agent/recctrl-hypercall.h"

/** As the agent's script names recordings. */
#define PAM_NAME_DEFAULT "{user}_session"

/** What a template can refer to. Texts: (nullable), any bytes. */
typedef struct {
    const char *user;
    const char *service;
    const char *tty;
    const char *rhost;
    time_t time; /* shown as 20261125T041500Z */
} PamNameValues;

/**
 * Looks a template through.
 *
 * Returns: NULL, or what is wrong in a few words (static).
 */
const char *pam_name_check(const char *template);

/**
 * Makes a name. What a name can't have becomes _, and so does a leading dot; a value that is
 * missing or empty is "none"; what is too long is cut.
 *
 * @template: passed pam_name_check().
 */
void pam_name_expand(const char *template, const PamNameValues *values,
                     char name[HYPERCALL_TEXT_MAX]);
