/* SPDX-License-Identifier: Apache-2.0 */
#include "config/integer_scan.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct text_scan *text = &scan->text;

    while (*text->at != '\0') {
        size_t length = text_scan_word(text);
        if (length == 0) {
            if (!text_scan_skip(text))
                text_scan_to(text, text->at + 1);
            continue;
        }
        (void)snprintf(scan->digits, sizeof(scan->digits), "%.*s", (int)length, text->at);
        text_scan_to(text, text->at + length);
        if (isdigit((unsigned char)scan->digits[0]) && overflows(scan->digits))
            return true;
    }
    return false;
}
