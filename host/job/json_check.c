/* SPDX-License-Identifier: Apache-2.0 */
#include "job/json_check.h"

#include "base/utf8.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* cJSON reads numbers of up to this many characters. */
enum { NUMBER_MAX = 63, FIELD_MAX = 64 };

struct scanner {
    const char *start, *at, *end;
    const char *problem; /* set once, with `at` where it was found */
    unsigned depth;
    struct json_span key; /* of the outermost object, the last one read */
    const char *wanted;
    struct json_span *member;
};

static bool scan_value(struct scanner *scanner);

static bool problem(struct scanner *scanner, const char *sentence)
{
    scanner->problem = sentence;
    return false;
}

static bool next_is(const struct scanner *scanner, char c)
{
    return scanner->at < scanner->end && *scanner->at == c;
}

static bool take(struct scanner *scanner, char c)
{
    if (!next_is(scanner, c))
        return false;
    scanner->at++;
    return true;
}

static void skip_space(struct scanner *scanner)
{
    while (next_is(scanner, ' ') || next_is(scanner, '\t') || next_is(scanner, '\n') ||
           next_is(scanner, '\r'))
        scanner->at++;
}

static size_t skip_digits(struct scanner *scanner)
{
    const char *first = scanner->at;

    while (scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9')
        scanner->at++;
    return (size_t)(scanner->at - first);
}

static bool check_range(struct scanner *scanner, const char *first)
{
    char text[NUMBER_MAX + 1];
    size_t length = (size_t)(scanner->at - first);

    if (length > NUMBER_MAX)
        return problem(scanner, "the number is too long");
    memcpy(text, first, length);
    text[length] = '\0';
    return isfinite(strtod(text, NULL)) ? true : problem(scanner, "the number is out of range");
}

static bool scan_number(struct scanner *scanner)
{
    const char *first = scanner->at;

    (void)take(scanner, '-');
    if (!take(scanner, '0') && skip_digits(scanner) == 0)
        return problem(scanner, "a value was expected");
    if (take(scanner, '.') && skip_digits(scanner) == 0)
        return problem(scanner, "a digit was expected");
    if (take(scanner, 'e') || take(scanner, 'E')) {
        if (!take(scanner, '+'))
            (void)take(scanner, '-');
        if (skip_digits(scanner) == 0)
            return problem(scanner, "a digit was expected");
    }
    return check_range(scanner, first);
}

static bool scan_literal(struct scanner *scanner, const char *literal)
{
    size_t length = strlen(literal);

    if ((size_t)(scanner->end - scanner->at) < length || memcmp(scanner->at, literal, length) != 0)
        return problem(scanner, "a value was expected");
    scanner->at += length;
    return true;
}

/* Four hex digits; -1 if they are not. */
static long scan_hex(struct scanner *scanner)
{
    char digits[5] = "", *end;

    if (scanner->end - scanner->at < 4)
        return -1;
    memcpy(digits, scanner->at, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4)
        return -1;
    scanner->at += 4;
    return strtol(digits, &end, 16);
}

static bool scan_unicode_escape(struct scanner *scanner)
{
    long unit = scan_hex(scanner);

    if (unit < 0)
        return problem(scanner, "four hexadecimal digits were expected after \\u");
    if (unit == 0)
        return problem(scanner, "\\u0000 is not allowed in a string");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return problem(scanner, "half of a surrogate pair is not a character");
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (!take(scanner, '\\') || !take(scanner, 'u'))
        return problem(scanner, "half of a surrogate pair is not a character");
    unit = scan_hex(scanner);
    return unit >= 0xdc00 && unit <= 0xdfff
               ? true
               : problem(scanner, "half of a surrogate pair is not a character");
}

static bool scan_escape(struct scanner *scanner)
{
    if (take(scanner, 'u'))
        return scan_unicode_escape(scanner);
    if (scanner->at == scanner->end || strchr("\"\\/bfnrt", *scanner->at) == NULL ||
        *scanner->at == '\0')
        return problem(scanner, "there is no such escape sequence");
    scanner->at++;
    return true;
}

static bool scan_character(struct scanner *scanner)
{
    size_t length = utf8_character(scanner->at, (size_t)(scanner->end - scanner->at));

    if (length == 0)
        return problem(scanner, "the text is not valid UTF-8");
    if ((unsigned char)*scanner->at < 0x20)
        return problem(scanner, "control characters in strings must be escaped");
    scanner->at += length;
    return true;
}

static bool scan_string(struct scanner *scanner)
{
    if (!take(scanner, '"'))
        return problem(scanner, "a string was expected");
    while (!take(scanner, '"')) {
        if (scanner->at == scanner->end)
            return problem(scanner, "the text ends inside a string");
        if (take(scanner, '\\') ? !scan_escape(scanner) : !scan_character(scanner))
            return false;
    }
    return true;
}

static void note_member(struct scanner *scanner, const char *start)
{
    if (scanner->depth == 1 && scanner->key.length == strlen(scanner->wanted) &&
        memcmp(scanner->key.start, scanner->wanted, scanner->key.length) == 0)
        *scanner->member = (struct json_span){ start, (size_t)(scanner->at - start) };
}

static bool scan_member(struct scanner *scanner)
{
    skip_space(scanner);
    const char *key = scanner->at + 1;
    if (scanner->depth == 1)
        scanner->key = (struct json_span){ NULL, 0 };
    if (!scan_string(scanner))
        return false;
    if (scanner->depth == 1)
        scanner->key = (struct json_span){ key, (size_t)(scanner->at - 1 - key) };
    skip_space(scanner);
    if (!take(scanner, ':'))
        return problem(scanner, "':' was expected");
    skip_space(scanner);
    const char *start = scanner->at;
    if (!scan_value(scanner))
        return false;
    note_member(scanner, start);
    return true;
}

/* The inside of an object or array, up to and with the closing bracket. */
static bool scan_items(struct scanner *scanner, char close, bool (*scan_item)(struct scanner *),
                       const char *expected)
{
    skip_space(scanner);
    if (take(scanner, close))
        return true;
    for (;;) {
        if (!scan_item(scanner))
            return false;
        skip_space(scanner);
        if (take(scanner, close))
            return true;
        if (!take(scanner, ','))
            return problem(scanner, expected);
    }
}

static bool scan_nested(struct scanner *scanner)
{
    bool is_object = *scanner->at == '{';
    bool scanned;

    if (scanner->depth == JSON_MAX_DEPTH)
        return problem(scanner, "objects and arrays are nested too deeply (64 levels are allowed)");
    scanner->at++;
    scanner->depth++;
    scanned = is_object ? scan_items(scanner, '}', scan_member, "',' or '}' was expected")
                        : scan_items(scanner, ']', scan_value, "',' or ']' was expected");
    scanner->depth--;
    return scanned;
}

static bool scan_value(struct scanner *scanner)
{
    bool scanned;

    skip_space(scanner);
    if (scanner->at == scanner->end)
        return problem(scanner, "the text ends where a value was expected");
    switch (*scanner->at) {
    case '{':
    case '[':
        scanned = scan_nested(scanner);
        break;
    case '"':
        scanned = scan_string(scanner);
        break;
    case 't':
        scanned = scan_literal(scanner, "true");
        break;
    case 'f':
        scanned = scan_literal(scanner, "false");
        break;
    case 'n':
        scanned = scan_literal(scanner, "null");
        break;
    default:
        scanned = scan_number(scanner);
    }
    return scanned;
}

static struct error *describe(const struct scanner *scanner)
{
    char field[FIELD_MAX + 1] = "";
    size_t line = 1, column = 1;

    for (const char *c = scanner->start; c < scanner->at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    if (scanner->key.length <= FIELD_MAX && scanner->key.start != NULL)
        memcpy(field, scanner->key.start, scanner->key.length);
    return error_new(ERROR_MALFORMED, field[0] == '\0' ? NULL : field,
                     "The body is not JSON that can be accepted: line %zu, byte %zu: %s.", line,
                     column, scanner->problem);
}

struct error *json_check(const char *text, size_t length, const char *key, struct json_span *member)
{
    struct scanner scanner = {
        .start = text, .at = text, .end = text + length, .wanted = key, .member = member
    };

    *member = (struct json_span){ NULL, 0 };
    if (scan_value(&scanner)) {
        skip_space(&scanner);
        if (scanner.at == scanner.end)
            return NULL;
        scanner.problem = "there is something after the end of the value";
        scanner.key.start = NULL;
    }
    return describe(&scanner);
}
