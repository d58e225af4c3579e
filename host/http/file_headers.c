/* SPDX-License-Identifier: Apache-2.0 */
#include "http/file_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

const char *file_content_type(const char *path)
{
    static const struct {
        const char *extension, *type;
    } types[] = { { ".json", "application/json" },
                  { ".geojson", "application/geo+json" },
                  { ".csv", "text/csv; charset=utf-8" },
                  { ".txt", "text/plain; charset=utf-8" },
                  { ".log", "text/plain; charset=utf-8" },
                  { ".svg", "image/svg+xml" },
                  { ".png", "image/png" },
                  { ".jpg", "image/jpeg" },
                  { ".jpeg", "image/jpeg" },
                  { ".gif", "image/gif" },
                  { ".pdf", "application/pdf" } };
    const char *dot = strrchr(base_name(path), '.');

    for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(types[i].extension, dot) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* What RFC 8187 lets stand as it is. */
static int is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

char *file_disposition(const char *path)
{
    const char *name = base_name(path);
    size_t length = strlen(name);
    char *ascii = malloc(length + 1), *encoded = malloc(length * 3 + 1), *header = NULL;

    for (size_t i = 0, used = 0; ascii != NULL && encoded != NULL && i <= length; i++) {
        unsigned char c = (unsigned char)name[i];

        ascii[i] = (char)(c == '\0' || is_plain(c) || c == ' ' ? c : '_');
        if (c == '\0' || is_plain(c))
            encoded[used++] = (char)c;
        else
            used += (size_t)snprintf(encoded + used, 4, "%%%02X", c);
    }
    if (ascii != NULL && encoded != NULL &&
        asprintf(&header, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii, encoded) < 0)
        header = NULL;
    free(ascii);
    free(encoded);
    return header;
}

void file_validators_make(const struct stat *status, bool job_ended, int64_t now_s,
                          struct file_validators *made)
{
    int64_t modified_s = (int64_t)status->st_mtim.tv_sec;

    made->validators = (struct validators){ NULL, NO_DATE };
    if (!job_ended)
        return;
    (void)snprintf(made->etag, sizeof(made->etag), "\"%llx-%llx-%llx.%lx\"",
                   (unsigned long long)status->st_ino, (unsigned long long)status->st_size,
                   (unsigned long long)status->st_ctim.tv_sec,
                   (unsigned long)status->st_ctim.tv_nsec);
    made->validators.etag = made->etag;
    if (modified_s >= 0 && modified_s <= now_s)
        made->validators.modified_s = modified_s;
}

bool http_date_format(int64_t seconds, char text[static HTTP_DATE_BYTES])
{
    time_t time = (time_t)seconds;
    struct tm parts;

    return gmtime_r(&time, &parts) != NULL &&
           strftime(text, HTTP_DATE_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0;
}

void content_range_format(const struct byte_range *part, uint64_t size,
                          char text[static CONTENT_RANGE_BYTES])
{
    (void)snprintf(text, CONTENT_RANGE_BYTES, "bytes %llu-%llu/%llu",
                   (unsigned long long)part->first,
                   (unsigned long long)(part->first + part->length - 1), (unsigned long long)size);
}
