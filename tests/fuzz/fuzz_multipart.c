/* SPDX-License-Identifier: Apache-2.0 */
/* A body in parts is the same parts, or the same mistake, whatever pieces it comes in; and no
 * more content comes out than went in. */
#include "http/multipart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A beginning that nobody finds by chance. */
static const char beginning[] = "--b\r\nContent-Disposition: form-data; name=";

struct seen {
    uint64_t hash; /* of all names and bytes, in order */
    size_t parts, content;
};

static void note(struct seen *seen, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        seen->hash = (seen->hash ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
}

static struct error *on_part(void *context, const char *name, const char *filename)
{
    struct seen *seen = context;

    seen->parts++;
    note(seen, "\n", 1);
    note(seen, name, strlen(name) + 1);
    if (filename != NULL)
        note(seen, filename, strlen(filename) + 1);
    return NULL;
}

static struct error *on_bytes(void *context, const char *bytes, size_t length)
{
    struct seen *seen = context;

    seen->content += length;
    note(seen, bytes, length);
    return NULL;
}

/* True if it is taken as a whole. */
static int take(const char *body, size_t length, size_t piece, struct seen *seen)
{
    const struct multipart_taker taker = { on_part, on_bytes, seen };
    struct multipart *multipart = NULL;
    struct error *err = multipart_new("multipart/form-data; boundary=b", &taker, &multipart);

    memset(seen, 0, sizeof(*seen));
    for (size_t at = 0; err == NULL && at < length; at += piece)
        err = multipart_feed(multipart, body + at, length - at < piece ? length - at : piece);
    if (err == NULL)
        err = multipart_end(multipart);
    multipart_free(multipart);
    int taken = err == NULL;
    error_free(err);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t start = data[0] % 2 == 0 ? 0 : sizeof(beginning) - 1, length = start + size - 1;
    char *body = malloc(length);
    struct seen whole, pieces;

    if (body == NULL)
        return 0;
    memcpy(body, beginning, start);
    memcpy(body + start, data + 1, size - 1);
    int taken = take(body, length, length, &whole);
    if (take(body, length, 1 + data[0] / 8, &pieces) != taken)
        abort();
    if (whole.hash != pieces.hash || whole.parts != pieces.parts ||
        whole.content != pieces.content || whole.content > length)
        abort();
    free(body);
    return 0;
}
