/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fault_set(struct fault *fault, int errnum, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    return -errnum;
}

int fault_errno(struct fault *fault, const char *format, ...)
{
    int errnum = errno;
    va_list args;
    size_t length;

    va_start(args, format);
    vsnprintf(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    length = strlen(fault->text);
    snprintf(fault->text + length, sizeof(fault->text) - length, ": %s", strerror(errnum));
    return -errnum;
}
