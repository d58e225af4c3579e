/* SPDX-License-Identifier: Apache-2.0 */
/* Why something failed: one sentence for a person, carried upwards by value. */
#ifndef MAPS_PLUGINS_COMMON_FAULT_H
#define MAPS_PLUGINS_COMMON_FAULT_H

struct fault {
    char text[512];
};

/* Writes the sentence (cut to fit) and returns -errnum. */
int fault_set(struct fault *fault, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "<format>: <strerror(errno)>"; returns -errno. */
int fault_errno(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
