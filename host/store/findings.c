/* SPDX-License-Identifier: Apache-2.0 */
#include "store/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_add(struct findings *findings, const char *format, ...)
{
    char **grown = reallocarray(findings->sentences, findings->count + 1, sizeof(*grown));
    va_list ap;

    if (grown == NULL) {
        findings->out_of_memory = true;
        return;
    }
    findings->sentences = grown;
    va_start(ap, format);
    if (vasprintf(&grown[findings->count], format, ap) < 0)
        findings->out_of_memory = true;
    else
        findings->count++;
    va_end(ap);
}

bool findings_have(const struct findings *findings, const char *sentence)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->sentences[i], sentence) == 0)
            return true;
    return false;
}

void findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->sentences[i]);
    free(findings->sentences);
    *findings = (struct findings){ 0 };
}
