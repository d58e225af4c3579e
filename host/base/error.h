/* SPDX-License-Identifier: Apache-2.0 */
/* The host's one error type: a kind, an optional field and a sentence for a person. */
#ifndef MAPS_HOST_BASE_ERROR_H
#define MAPS_HOST_BASE_ERROR_H

enum error_kind {
    ERROR_INTERNAL,     /* 500: a bug, or a system call that should not fail */
    ERROR_MALFORMED,    /* 400: not parseable */
    ERROR_UNAUTHORIZED, /* 401 */
    ERROR_FORBIDDEN,    /* 403 */
    ERROR_NOT_FOUND,    /* 404 */
    ERROR_CONFLICT,     /* 409 */
    ERROR_TOO_LARGE,    /* 413 */
    ERROR_INVALID,      /* 422: well-formed, but not acceptable */
    ERROR_BUSY,         /* 429: try again after retry_after_seconds */
    ERROR_UNAVAILABLE,  /* 503 */
    ERROR_STORAGE       /* 507: disk full or failing */
};

struct error {
    enum error_kind kind;
    int retry_after_seconds; /* 0: none */
    char *field;             /* offending input field, e.g. "limits.memory_bytes", or NULL */
    char *message;           /* a sentence that says what to do */
};

/* Functions that can fail return `struct error *`: NULL for success, else owned by
 * the caller.  error_new never returns NULL (on exhaustion: a static error). */
#define MUST_CHECK __attribute__((warn_unused_result))

struct error *error_new(enum error_kind kind, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "<format>: <strerror(errnum)>" with kind ERROR_STORAGE for ENOSPC, EDQUOT, EROFS and EIO,
 * else ERROR_INTERNAL. */
struct error *error_errno(int errnum, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts "<format>: " before the message; returns err. */
struct error *error_wrap(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void error_free(struct error *err); /* NULL is fine */
void error_cleanup(struct error **err);
#define ERROR_AUTO __attribute__((cleanup(error_cleanup))) struct error *

#endif
