/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char out_of_memory_text[] = "Out of memory.";
static struct error out_of_memory = { ERROR_INTERNAL, 0, NULL, out_of_memory_text };

static struct error *make(enum error_kind kind, const char *field, char *message)
{
    struct error *err = calloc(1, sizeof(*err));

    if (err == NULL || message == NULL) {
        free(err);
        free(message);
        return &out_of_memory;
    }
    err->kind = kind;
    err->message = message;
    if (field != NULL)
        err->field = strdup(field);
    return err;
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list ap)
{
    char *text = NULL;

    return vasprintf(&text, format, ap) < 0 ? NULL : text;
}

struct error *error_new(enum error_kind kind, const char *field, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    char *text = format_text(format, ap);
    va_end(ap);
    return make(kind, field, text);
}

struct error *error_errno(int errnum, const char *format, ...)
{
    va_list ap;
    char *whole = NULL;
    char reason[128];
    enum error_kind kind = ERROR_INTERNAL;

    va_start(ap, format);
    char *text = format_text(format, ap);
    va_end(ap);
    if (text != NULL &&
        asprintf(&whole, "%s: %s", text, strerror_r(errnum, reason, sizeof(reason))) < 0)
        whole = NULL;
    free(text);
    if (errnum == ENOSPC || errnum == EDQUOT || errnum == EROFS || errnum == EIO)
        kind = ERROR_STORAGE;
    return make(kind, NULL, whole);
}

struct error *error_wrap(struct error *err, const char *format, ...)
{
    va_list ap;
    char *whole = NULL;

    if (err == &out_of_memory)
        return err;
    va_start(ap, format);
    char *text = format_text(format, ap);
    va_end(ap);
    if (text != NULL && asprintf(&whole, "%s: %s", text, err->message) >= 0) {
        free(err->message);
        err->message = whole;
    }
    free(text);
    return err;
}

void error_free(struct error *err)
{
    if (err == NULL || err == &out_of_memory)
        return;
    free(err->field);
    free(err->message);
    free(err);
}

void error_cleanup(struct error **err)
{
    error_free(*err);
}
