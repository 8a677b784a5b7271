/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libc.h has of strings, numbers and output. */
#include "guest-agent/bare/libc.h"

void *memset(void *to, int byte, size_t n)
{
    for (char *at = to; n > 0; n--)
        *at++ = (char)byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    const char *in = from;

    for (char *at = to; n > 0; n--)
        *at++ = *in++;
    return to;
}

size_t strnlen(const char *text, size_t n)
{
    size_t length = 0;

    while (length < n && text[length])
        length++;
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (!*text)
            return NULL;
    return (char *)text;
}

/* The digits of @value at the end of @text, which has room for them. Returns: the first one. */
static char *digits(unsigned long value, char *text, size_t size)
{
    char *at = text + size - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return at;
}

const char *strerror(int error)
{
    static char text[32];

    switch (error) {
    case ENOENT:
        return "No such file or directory";
    case EACCES:
        return "Permission denied";
    case ENOEXEC:
        return "Exec format error";
    case ENOMEM:
        return "Cannot allocate memory";
    default:
        memcpy(text, "error ", 6);
        memset(text + 6, ' ', sizeof(text) - 6);
        digits((unsigned)error, text + 6, 12);
        return text;
    }
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' ^ 'A';
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 36;
}

/* Without blanks and signs in front. */
unsigned long strtoul(const char *text, char **end, int base)
{
    unsigned long value = 0;
    bool overflow = false;

    if (base == 0) {
        base = *text != '0' ? 10 : 8;
        if (base == 8 && (text[1] | 0x20) == 'x' && digit(text[2]) < 16) {
            base = 16;
            text += 2;
        }
    }
    for (; digit(*text) < base; text++)
        overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value) ||
                    __builtin_add_overflow(value, (unsigned long)digit(*text), &value);
    *end = (char *)text;
    if (overflow)
        errno = ERANGE;
    return overflow ? ~0ul : value;
}

/* --- output ---------------------------------------------------------------------------------- */

static const int descriptors[] = {1, 2};
FILE *const stdout = &descriptors[0], *const stderr = &descriptors[1];

static void put(FILE *file, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(*file, bytes, n);

        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
}

/* @width: negative for text at the left. */
static void put_padded(FILE *file, const char *text, int width)
{
    int length = (int)strlen(text);

    for (int i = length; i < width; i++)
        put(file, " ", 1);
    put(file, text, (size_t)length);
    for (int i = length; i < -width; i++)
        put(file, " ", 1);
}

static void put_number(FILE *file, bool negative, unsigned long value)
{
    char text[3 * sizeof(value)];

    put_padded(file, negative ? "-" : "", 0);
    put_padded(file, digits(negative ? -value : value, text, sizeof(text)), 0);
}

static void put_long(FILE *file, long value)
{
    put_number(file, value < 0, (unsigned long)value);
}

static void put_format(FILE *file, const char *format, va_list args)
{
    while (*format) {
        const char *percent = strchr(format, '%');
        bool left;
        char *end;
        int width;

        if (!percent) {
            put(file, format, strlen(format));
            return;
        }
        put(file, format, (size_t)(percent - format));
        left = percent[1] == '-';
        width = (int)strtoul(percent + 1 + left, &end, 10);
        if (*end == 's')
            put_padded(file, va_arg(args, const char *), left ? -width : width);
        else if (*end == 'd')
            put_long(file, va_arg(args, int));
        else if (*end == 'u')
            put_number(file, false, va_arg(args, unsigned));
        else if (*end == 'l' && *++end == 'd')
            put_long(file, va_arg(args, long));
        format = end + 1;
    }
}

int fprintf(FILE *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_format(file, format, args);
    va_end(args);
    return 0;
}

int printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_format(stdout, format, args);
    va_end(args);
    return 0;
}

int fputs(const char *text, FILE *file)
{
    put(file, text, strlen(text));
    return 0;
}

int puts(const char *text)
{
    put(stdout, text, strlen(text));
    put(stdout, "\n", 1);
    return 0;
}
