/* SPDX-License-Identifier: Apache-2.0 */
#include "http/multipart.h"

#include "http/multipart_head.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
    AT_START,        /* the body begins with the boundary, as if after a line break */
    AFTER_DELIMITER, /* "--" closes, a line break opens a part */
    AFTER_DASH,
    AFTER_RETURN,
    IN_HEAD,
    IN_CONTENT,
    CLOSED
};

struct multipart {
    struct multipart_taker taker;
    enum state state;
    char delimiter[sizeof("\r\n--") + BOUNDARY_MAX];
    size_t delimiter_length;
    size_t matched; /* so much of the delimiter has been seen */
    size_t parts;
    size_t head_length;
    char head[PART_HEAD_MAX + 1];
};

struct error *multipart_new(const char *content_type, const struct multipart_taker *taker,
                            struct multipart **multipart)
{
    char boundary[BOUNDARY_MAX + 1];
    struct error *err = boundary_parse(content_type, boundary);

    if (err != NULL)
        return err;
    struct multipart *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return error_errno(ENOMEM, "The body cannot be read");
    made->taker = *taker;
    made->delimiter_length =
        (size_t)snprintf(made->delimiter, sizeof(made->delimiter), "\r\n--%s", boundary);
    made->matched = 2;
    *multipart = made;
    return NULL;
}

void multipart_free(struct multipart *multipart)
{
    free(multipart);
}

static struct error *no_boundary(const struct multipart *multipart, const char *where)
{
    return error_new(ERROR_MALFORMED, NULL,
                     "The body %s the boundary \"%s\" that Content-Type names.", where,
                     multipart->delimiter + 2);
}

/* ---- between the parts ---- */

/* One byte after a delimiter. */
static struct error *take_delimiter_end(struct multipart *multipart, char byte)
{
    if (multipart->state == AFTER_DELIMITER && (byte == ' ' || byte == '\t'))
        return NULL;
    if (multipart->state == AFTER_DELIMITER && byte == '\r') {
        multipart->state = AFTER_RETURN;
    } else if (multipart->state == AFTER_DELIMITER && byte == '-') {
        multipart->state = AFTER_DASH;
    } else if (multipart->state == AFTER_DASH && byte == '-') {
        multipart->state = CLOSED;
    } else if (multipart->state == AFTER_RETURN && byte == '\n') {
        multipart->state = IN_HEAD;
        multipart->head_length = 0;
    } else {
        return error_new(ERROR_MALFORMED, NULL,
                         "Part %zu of the body is followed by its boundary and then by something "
                         "that is neither a line break nor \"--\".",
                         multipart->parts);
    }
    return NULL;
}

static bool head_complete(const struct multipart *multipart)
{
    const char *end = multipart->head + multipart->head_length;

    return (multipart->head_length == 2 && memcmp(end - 2, "\r\n", 2) == 0) ||
           (multipart->head_length >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0);
}

static struct error *begin_part(struct multipart *multipart)
{
    struct part_head head;

    multipart->parts++;
    multipart->state = IN_CONTENT;
    multipart->head[multipart->head_length - 2] = '\0';
    struct error *err = part_head_parse(multipart->head, &head);
    if (err != NULL)
        return error_wrap(err, "Part %zu of the body", multipart->parts);
    return multipart->taker.part(multipart->taker.context, head.name, head.filename);
}

static struct error *take_head(struct multipart *multipart, char byte)
{
    if (multipart->head_length == PART_HEAD_MAX || byte == '\0')
        return error_new(ERROR_MALFORMED, NULL,
                         "The header of part %zu of the body is longer than %d bytes, or not text.",
                         multipart->parts + 1, (int)PART_HEAD_MAX);
    multipart->head[multipart->head_length++] = byte;
    return head_complete(multipart) ? begin_part(multipart) : NULL;
}

/* ---- the content of a part ---- */

static struct error *emit(struct multipart *multipart, const char *bytes, size_t length)
{
    if (length == 0)
        return NULL;
    return multipart->taker.bytes(multipart->taker.context, bytes, length);
}

/* How many bytes come before the first delimiter; *matched: how much of it is there. */
static size_t content_before(const struct multipart *multipart, const char *bytes, size_t length,
                             size_t *matched)
{
    const char *end = bytes + length, *candidate;

    for (const char *at = bytes; (candidate = memchr(at, '\r', (size_t)(end - at))) != NULL;
         at = candidate + 1) {
        size_t there = (size_t)(end - candidate);

        if (there > multipart->delimiter_length)
            there = multipart->delimiter_length;
        if (memcmp(candidate, multipart->delimiter, there) == 0) {
            *matched = there;
            return (size_t)(candidate - bytes);
        }
    }
    *matched = 0;
    return length;
}

static void note_match(struct multipart *multipart, size_t matched)
{
    multipart->matched = matched;
    if (matched < multipart->delimiter_length)
        return;
    multipart->matched = 0;
    multipart->state = AFTER_DELIMITER;
}

/* A delimiter that an earlier piece began goes on, or was none.  (It has a line break only at
 * its beginning: where it ends early, none can have begun inside.) */
static struct error *go_on_matching(struct multipart *multipart, const char **at)
{
    if (**at == multipart->delimiter[multipart->matched]) {
        (*at)++;
        note_match(multipart, multipart->matched + 1);
        return NULL;
    }
    if (multipart->state == AT_START)
        return no_boundary(multipart, "does not begin with");
    size_t length = multipart->matched;
    multipart->matched = 0;
    return emit(multipart, multipart->delimiter, length);
}

static struct error *take_content(struct multipart *multipart, const char **at, const char *end)
{
    size_t matched;

    if (multipart->matched > 0)
        return go_on_matching(multipart, at);
    size_t length = content_before(multipart, *at, (size_t)(end - *at), &matched);
    struct error *err = emit(multipart, *at, length);
    *at += length + matched;
    note_match(multipart, matched);
    return err;
}

/* ---- the whole ---- */

struct error *multipart_feed(struct multipart *multipart, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    struct error *err = NULL;

    while (err == NULL && at < end) {
        switch (multipart->state) {
        case AT_START:
        case IN_CONTENT:
            err = take_content(multipart, &at, end);
            break;
        case AFTER_DELIMITER:
        case AFTER_DASH:
        case AFTER_RETURN:
            err = take_delimiter_end(multipart, *at++);
            break;
        case IN_HEAD:
            err = take_head(multipart, *at++);
            break;
        case CLOSED: /* what follows means nothing (RFC 2046) */
            return NULL;
        }
    }
    return err;
}

struct error *multipart_end(const struct multipart *multipart)
{
    if (multipart->state == CLOSED)
        return NULL;
    return no_boundary(multipart, "ends before it closes with");
}
