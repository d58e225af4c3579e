/* SPDX-License-Identifier: Apache-2.0 */
#include "sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

bool sentence_set(struct sentence *sentence, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(sentence->text, sizeof(sentence->text), format, ap);
    va_end(ap);
    for (char *c = sentence->text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ')
            *c = ' ';
    }
    return false;
}

void sentence_print(const struct sentence *sentence)
{
    (void)dprintf(STDERR_FILENO, "maps-init: %s\n", sentence->text);
}
