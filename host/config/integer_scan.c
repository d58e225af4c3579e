/* SPDX-License-Identifier: Apache-2.0 */
#include "config/integer_scan.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void skip_to(struct integer_scan *scan, const char *end)
{
    for (; scan->at < end; scan->at++)
        scan->line += *scan->at == '\n';
}

static void skip_string(struct integer_scan *scan)
{
    const char *end = scan->at + 1;

    while (*end != '\0' && *end != '"')
        end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
    skip_to(scan, *end == '\0' ? end : end + 1);
}

static void skip_block_comment(struct integer_scan *scan)
{
    const char *end = strstr(scan->at + 2, "*/");

    skip_to(scan, end == NULL ? scan->at + strlen(scan->at) : end + 2);
}

/* Strings, comments and white space in front of the next token. */
static bool skip_between(struct integer_scan *scan)
{
    const char *at = scan->at;

    if (*at == '"')
        skip_string(scan);
    else if (at[0] == '/' && at[1] == '*')
        skip_block_comment(scan);
    else if (*at == '#' || (at[0] == '/' && at[1] == '/'))
        skip_to(scan, at + strcspn(at, "\n"));
    else if (*at != '\0' && !isalnum((unsigned char)*at) && *at != '.')
        skip_to(scan, at + 1);
    else
        return false;
    return true;
}

static bool overflows(const char *word)
{
    char *end = NULL;

    errno = 0;
    /* libconfig reads hexadecimals as unsigned, so both signs of 32 bits count. */
    bool hexadecimal = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    long long number = strtoll(word, &end, hexadecimal ? 16 : 10);
    if (end == word || (*end != '\0' && *end != 'L'))
        return false; /* a name or a decimal fraction */
    if (errno == ERANGE)
        return true;
    return *end == '\0' && number > (hexadecimal ? (long long)UINT_MAX : INT_MAX);
}

bool integer_scan_next(struct integer_scan *scan)
{
    for (;;) {
        while (skip_between(scan))
            continue;
        size_t length = strspn(scan->at, "0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.");
        if (length == 0)
            return false;
        snprintf(scan->digits, sizeof(scan->digits), "%.*s", (int)length, scan->at);
        skip_to(scan, scan->at + length);
        if (isdigit((unsigned char)scan->digits[0]) && overflows(scan->digits))
            return true;
    }
}
