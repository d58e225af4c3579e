/* SPDX-License-Identifier: Apache-2.0 */
#include "config/text_scan.h"

#include <ctype.h>
#include <string.h>

void text_scan_to(struct text_scan *scan, const char *end)
{
    for (; scan->at < end; scan->at++)
        scan->line += *scan->at == '\n';
}

static void skip_string(struct text_scan *scan)
{
    const char *end = scan->at + 1;

    while (*end != '\0' && *end != '"')
        end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
    text_scan_to(scan, *end == '\0' ? end : end + 1);
}

static void skip_block_comment(struct text_scan *scan)
{
    const char *end = strstr(scan->at + 2, "*/");

    text_scan_to(scan, end == NULL ? scan->at + strlen(scan->at) : end + 2);
}

bool text_scan_skip(struct text_scan *scan)
{
    const char *at = scan->at;

    if (*at == '"')
        skip_string(scan);
    else if (at[0] == '/' && at[1] == '*')
        skip_block_comment(scan);
    else if (*at == '#' || (at[0] == '/' && at[1] == '/'))
        text_scan_to(scan, at + strcspn(at, "\n"));
    else if (isspace((unsigned char)*at))
        text_scan_to(scan, at + strspn(at, " \t\r\n\f\v"));
    else
        return false;
    return true;
}

size_t text_scan_word(const struct text_scan *scan)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_.*";

    /* A sign or hyphen begins no word, but may be inside of a name. */
    if (*scan->at == '\0' || strchr(letters, *scan->at) == NULL)
        return 0;
    size_t length = strspn(scan->at, letters);
    while (scan->at[length] == '-')
        length += 1 + strspn(scan->at + length + 1, letters);
    return length;
}
