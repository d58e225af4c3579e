/* SPDX-License-Identifier: Apache-2.0 */
#include "spec.h"

#include "protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Linux takes about 2 MiB of arguments and environment; more is a mistake. */
enum { MAX_SPEC_BYTES = 8 << 20, READ_BYTES = 16384 };

struct parser {
    struct spec *spec;
    size_t argument_count, environment_count, writable_count;
    struct sentence *why;
};

static bool parse_number(const char *digits, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    if (*digits == '\0')
        return false;
    for (; *digits != '\0'; digits++) {
        unsigned digit = (unsigned)(*digits - '0');

        if (digit > 9 || digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

static bool set_number(struct parser *parser, const char *key, const char *value)
{
    struct spec *spec = parser->spec;
    uint64_t flag = 0, attempt = 0;
    const struct {
        const char *key;
        uint64_t max, *target;
    } numbers[] = {
        { "attempt", UINT32_MAX, &attempt },
        { "passthrough", 1, &flag },
        { "timeout_ms", INT64_MAX / 2, &spec->timeout_ms }, /* a deadline must fit */
        { "output_bytes", UINT64_MAX, &spec->output_bytes },
        { "nproc", UINT64_MAX, &spec->nproc },
        { "nofile", UINT64_MAX, &spec->nofile },
        { "fsize", UINT64_MAX, &spec->fsize },
        { "disk_bytes", UINT64_MAX, &spec->disk_bytes },
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (!parse_number(value, numbers[i].max, numbers[i].target))
            return sentence_set(parser->why,
                                "The spec says %s=%.40s, which is not a number in its range.", key,
                                value);
        if (numbers[i].target == &attempt)
            spec->attempt = (uint32_t)attempt;
        if (numbers[i].target == &flag)
            spec->passthrough = flag == 1;
        return true;
    }
    return sentence_set(parser->why,
                        "The spec has the key \"%.40s\", which this maps-init does not know: it "
                        "and the host must be of one version.",
                        key);
}

static bool set_value(struct parser *parser, const char *key, char *value)
{
    struct spec *spec = parser->spec;

    if (strcmp(key, "arg") == 0) {
        spec->arguments[parser->argument_count++] = value;
        return true;
    }
    if (strcmp(key, "env") == 0) {
        spec->environment[parser->environment_count++] = value;
        return true;
    }
    if (strcmp(key, "writable") == 0) {
        spec->writable[parser->writable_count++] = value;
        return true;
    }
    if (strcmp(key, "cwd") == 0) {
        spec->cwd = value;
        return true;
    }
    return set_number(parser, key, value);
}

static bool parse_records(struct parser *parser, char *text, size_t length)
{
    for (char *record = text, *end = text + length; record < end;) {
        char *next = record + strlen(record) + 1;
        char *equals = strchr(record, '=');

        if (equals == NULL)
            return sentence_set(parser->why, "The spec has a record without '=': \"%.40s\".",
                                record);
        *equals = '\0';
        if (!set_value(parser, record, equals + 1))
            return false;
        record = next;
    }
    return true;
}

static size_t count_records(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] == '\0';
    return count;
}

static bool check_complete(const struct parser *parser)
{
    if (parser->spec->attempt == 0)
        return sentence_set(parser->why, "The spec does not say which attempt this is.");
    if (parser->argument_count == 0)
        return sentence_set(parser->why, "The spec names no command.");
    return true;
}

static bool parse(struct spec *spec, size_t length, struct sentence *why)
{
    struct parser parser = { .spec = spec, .why = why };
    size_t magic_size = sizeof(MAPS_INIT_SPEC_MAGIC);

    if (length < magic_size || spec->text[length - 1] != '\0' ||
        memcmp(spec->text, MAPS_INIT_SPEC_MAGIC, magic_size) != 0)
        return sentence_set(why,
                            "This is not a whole maps-init spec: it must begin with \"%s\" and "
                            "end with a NUL.",
                            MAPS_INIT_SPEC_MAGIC);
    size_t slots = count_records(spec->text, length) + 1;
    spec->arguments = calloc(slots, sizeof(*spec->arguments));
    spec->environment = calloc(slots, sizeof(*spec->environment));
    spec->writable = calloc(slots, sizeof(*spec->writable));
    if (spec->arguments == NULL || spec->environment == NULL || spec->writable == NULL)
        return sentence_set(why, "There is not enough memory to read the spec.");
    return parse_records(&parser, spec->text + magic_size, length - magic_size) &&
           check_complete(&parser);
}

bool spec_parse(struct spec *spec, char *text, size_t length, struct sentence *why)
{
    *spec = (struct spec){ .passthrough = true, .cwd = "/", .text = text };
    if (parse(spec, length, why))
        return true;
    spec_free(spec);
    return false;
}

/* NULL if it cannot be read. */
static char *read_to_end(int fd, size_t *length, struct sentence *why)
{
    size_t size = 0;
    char *text = NULL;

    *length = 0;
    for (;;) {
        if (size - *length < READ_BYTES) {
            size = size * 2 + READ_BYTES;
            char *grown = size > 2 * (size_t)MAX_SPEC_BYTES ? NULL : realloc(text, size);

            if (grown == NULL) {
                (void)sentence_set(why, "The spec is larger than %d bytes, or memory is short.",
                                   MAX_SPEC_BYTES);
                break;
            }
            text = grown;
        }
        ssize_t n = read(fd, text + *length, size - *length);

        if (n == 0)
            return text;
        if (n > 0) {
            *length += (size_t)n;
        } else if (errno != EINTR) {
            (void)sentence_set(why, "The spec cannot be read: %s.", strerror(errno));
            break;
        }
    }
    free(text);
    return NULL;
}

bool spec_read(struct spec *spec, int fd, struct sentence *why)
{
    size_t length;
    char *text = read_to_end(fd, &length, why);

    return text != NULL && spec_parse(spec, text, length, why);
}

void spec_free(struct spec *spec)
{
    free(spec->arguments);
    free(spec->environment);
    free(spec->writable);
    free(spec->text);
    *spec = (struct spec){ .text = NULL };
}
