/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The login hook's line in a file of PAM's configuration; see install-pam.h.
 */
#include "guest-agent/install-pam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (64u << 10) /* bytes; PAM's own files have some hundred */
#define BLANKS " \t"

/* --- the text -------------------------------------------------------------------------------- */

typedef struct {
    char *text;
    size_t used, size;
} Buffer;

static bool append(Buffer *buffer, const char *bytes, size_t n)
{
    if (buffer->used + n + 1 > buffer->size) {
        size_t size = 2 * buffer->size + n + 1;
        char *text = realloc(buffer->text, size);

        if (!text)
            return false;
        buffer->text = text;
        buffer->size = size;
    }
    memcpy(buffer->text + buffer->used, bytes, n);
    buffer->used += n;
    buffer->text[buffer->used] = '\0';
    return true;
}

static bool append_text(Buffer *buffer, const char *text)
{
    return append(buffer, text, strlen(text));
}

/* The next word of a line: one in brackets may have blanks. Returns: false at the line's end. */
static bool next_word(const char **at, const char *end, const char **word, size_t *length)
{
    const char *close;

    while (*at < end && strchr(BLANKS, **at))
        (*at)++;
    if (*at == end || **at == '#')
        return false;
    *word = *at;
    close = **at == '[' ? memchr(*at, ']', (size_t)(end - *at)) : NULL;
    if (close)
        *at = close;
    while (*at < end && !strchr(BLANKS, **at))
        (*at)++;
    *length = (size_t)(*at - *word);
    return true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_word(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(word, text, length) == 0;
}

/* The program that a pam_exec line runs, NULL for other modules. */
static const char *program_of(const PamLine *line)
{
    if (strcmp(base_name(line->module), "pam_exec.so") != 0)
        return NULL;
    for (char *const *argument = line->arguments; *argument; argument++)
        if ((*argument)[0] == '/')
            return *argument;
    return "";
}

/* Whether a line of the file, without its end, is the one that @line is about. */
static bool is_line(const PamLine *line, const char *at, const char *end)
{
    const char *program = program_of(line), *word, *name;
    size_t length;

    if (!next_word(&at, end, &word, &length))
        return false;
    if (*word == '-') {
        word++;
        length--;
    }
    if (length != strlen("session") || strncasecmp(word, "session", length) != 0 ||
        !next_word(&at, end, &word, &length) || !next_word(&at, end, &word, &length))
        return false;
    name = memrchr(word, '/', length);
    name = name ? name + 1 : word;
    if (!is_word(name, (size_t)(word + length - name), base_name(line->module)))
        return false;
    if (!program)
        return true;
    while (next_word(&at, end, &word, &length))
        if (is_word(word, length, program))
            return true;
    return false;
}

/* An argument with blanks or brackets is written as PAM reads it. */
static bool append_argument(Buffer *buffer, const char *argument)
{
    bool bracketed = strpbrk(argument, BLANKS "[]") != NULL;

    if (!append_text(buffer, bracketed ? " [" : " "))
        return false;
    for (; *argument; argument++)
        if ((bracketed && *argument == ']' && !append_text(buffer, "\\")) ||
            !append(buffer, argument, 1))
            return false;
    return !bracketed || append_text(buffer, "]");
}

/* `required` only works where PAM, too, takes the module for required. */
static bool append_line(Buffer *buffer, const PamLine *line)
{
    const char *control = "optional";

    for (char *const *argument = line->arguments; *argument; argument++)
        if (strcmp(*argument, "required") == 0)
            control = "required";
    if (!append_text(buffer, "session ") || !append_text(buffer, control) ||
        !append_text(buffer, " ") || !append_text(buffer, line->module))
        return false;
    for (char *const *argument = line->arguments; *argument; argument++)
        if (!append_argument(buffer, *argument))
            return false;
    return append_text(buffer, "\n");
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '\\' || *text == '#')
            return false;
    return true;
}

static const char *check_line(const PamLine *line)
{
    const char *program = program_of(line);

    if (!*line->module || strpbrk(line->module, BLANKS "[]=") || !is_plain(line->module))
        return "that is no name of a module";
    if (program && !*program)
        return "pam_exec.so needs the absolute path of a program";
    for (char *const *argument = line->arguments; *argument; argument++)
        if (!**argument || !is_plain(*argument))
            return "an argument is empty, or has a control character, a backslash or #";
    return NULL;
}

/* Copies @text, with the line in the place of the first one that is there. Returns: false with
 * @wrong. */
static bool edit(Buffer *buffer, const char *text, const PamLine *line, const char **wrong)
{
    bool placed = line->remove, continued = false, before = false;

    *wrong = "no memory";
    for (const char *at = text, *end, *next; *at; at = next) {
        bool ours;

        end = strchrnul(at, '\n');
        next = *end ? end + 1 : end;
        before = continued;
        continued = end > at && end[-1] == '\\';
        ours = !before && is_line(line, at, end);
        if (ours && continued) {
            *wrong = "its line goes on in the next one, by a backslash: edit it by hand";
            return false;
        }
        if (!ours && !append(buffer, at, (size_t)(next - at)))
            return false;
        if (ours && !placed) {
            placed = true;
            if (!append_line(buffer, line))
                return false;
        }
    }
    if (placed)
        return true;
    if (continued) {
        *wrong = "its last line ends with a backslash";
        return false;
    }
    if (buffer->used > 0 && buffer->text[buffer->used - 1] != '\n' && !append_text(buffer, "\n"))
        return false;
    return append_line(buffer, line);
}

char *install_pam_edit(const char *text, const PamLine *line, const char **wrong)
{
    Buffer buffer = {NULL, 0, 0};

    *wrong = check_line(line);
    if (*wrong)
        return NULL;
    *wrong = "no memory";
    if (append(&buffer, "", 0) && edit(&buffer, text, line, wrong)) {
        *wrong = NULL;
        return buffer.text;
    }
    free(buffer.text);
    return NULL;
}

/* --- the file -------------------------------------------------------------------------------- */

static const char *check_file(const struct stat *info)
{
    if (!S_ISREG(info->st_mode))
        return "it is no plain file";
    if (info->st_nlink != 1)
        return "it has another name, too (a hard link)";
    if (info->st_uid != 0 && info->st_uid != geteuid())
        return "it belongs to another user";
    if (info->st_mode & (S_IWGRP | S_IWOTH))
        return "others than its owner can write it";
    if ((unsigned long long)info->st_size > FILE_MAX)
        return "it is too large for a file of PAM's";
    return NULL;
}

/* Returns: malloc'ed, or NULL with @wrong. errno counts unless it is 0. */
static char *read_file(const char *path, struct stat *info, const char **wrong)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    char *text = NULL;
    ssize_t n = 0;

    *wrong = fd < 0 && errno == ELOOP ? "it is a symbolic link" : "it can't be read";
    if (fd < 0 || fstat(fd, info) != 0)
        goto out;
    *wrong = check_file(info);
    errno = 0;
    if (*wrong)
        goto out;
    *wrong = "it can't be read";
    text = malloc(FILE_MAX + 2);
    n = text ? read(fd, text, FILE_MAX + 1) : -1;
    if (n < 0)
        goto out;
    text[n] = '\0';
    errno = 0;
    *wrong = n != info->st_size ? "it changes just now" : NULL;
    if (strlen(text) != (size_t)n)
        *wrong = "it is no text";
out:
    if (fd >= 0) {
        int saved = errno;

        close(fd);
        errno = saved;
    }
    if (*wrong) {
        free(text);
        text = NULL;
    }
    return text;
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(fd, text, left);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return true;
}

/* What was renamed is there after a crash, too. A directory that can't be synced is no failure. */
static void sync_directory(const char *path)
{
    char directory[4096];
    int fd;

    snprintf(directory, sizeof(directory), "%.*s", (int)(base_name(path) - path), path);
    fd = open(directory[0] ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static bool replace_file(const char *path, const struct stat *info, const char *text)
{
    char temporary[4096];
    bool done = false;
    int fd, saved;

    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary)) {
        errno = ENAMETOOLONG;
        return false;
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return false;
    if (write_all(fd, text) && fchown(fd, info->st_uid, info->st_gid) == 0 &&
        fchmod(fd, info->st_mode & 07777) == 0 && fsync(fd) == 0)
        done = rename(temporary, path) == 0;
    saved = errno;
    if (!done)
        unlink(temporary);
    close(fd);
    errno = saved;
    if (done)
        sync_directory(path);
    return done;
}

InstallResult install_pam(const char *path, const PamLine *line, const char **wrong, int *error)
{
    InstallResult result = INSTALL_FAILED;
    char *old, *new;
    struct stat info;

    errno = 0;
    old = read_file(path, &info, wrong);
    *error = errno;
    if (!old)
        return INSTALL_FAILED;
    *error = 0;
    new = install_pam_edit(old, line, wrong);
    if (new &&strcmp(old, new) == 0) {
        result = INSTALL_UNCHANGED;
    } else if (new &&replace_file(path, &info, new)) {
        result = INSTALL_DONE;
    } else if (new) {
        *wrong = "it can't be replaced";
        *error = errno;
    }
    free(old);
    free(new);
    return result;
}
