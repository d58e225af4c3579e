/* SPDX-License-Identifier: Apache-2.0 */
#include "config/text_checks.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool consists_of(const char *text, const char *characters, size_t most)
{
    size_t length = strlen(text);

    return length > 0 && length <= most && strspn(text, characters) == length;
}

bool text_is_profile_name(const char *text)
{
    return consists_of(text, LOWER DIGITS "_-", 32) && strchr(LOWER, text[0]) != NULL;
}

bool text_is_script_name(const char *text)
{
    return consists_of(text, LOWER UPPER DIGITS "._-", 64) && text[0] != '.' && text[0] != '-' &&
           !text_is_one_of(text, "request.json|input|output");
}

bool text_is_token(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return text[0] != '\0';
}

bool text_is_host(const char *text)
{
    return consists_of(text, LOWER UPPER DIGITS ".-_:[]", 260);
}

bool text_is_origin(const char *text)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i]);
        if (strncmp(text, schemes[i], length) == 0)
            return text_is_host(text + length);
    }
    return false;
}

bool text_is_variable_name(const char *text, size_t length)
{
    return length > 0 && length <= VARIABLE_NAME_MAX &&
           strspn(text, LOWER UPPER DIGITS "_") >= length && strchr(DIGITS, text[0]) == NULL;
}

bool text_is_network(const char *text)
{
    return consists_of(text, LOWER UPPER DIGITS "._-", 128) && strcmp(text, "none") != 0;
}

bool text_is_absolute_path(const char *text)
{
    if (text[0] != '/')
        return false;
    for (text++; *text != '\0'; text += strspn(text, "/")) {
        size_t length = strcspn(text, "/");

        if (length == 0 || (length <= 2 && strspn(text, ".") >= length))
            return false;
        text += length;
        if (strspn(text, "/") > 1)
            return false;
    }
    return true;
}

bool text_is_one_of(const char *text, const char *choices)
{
    size_t length = strlen(text);

    for (;;) {
        size_t word = strcspn(choices, "|");
        if (word == length && memcmp(choices, text, length) == 0)
            return true;
        if (choices[word] == '\0')
            return false;
        choices += word + 1;
    }
}
