/* SPDX-License-Identifier: Apache-2.0 */
/* Why something failed, as a sentence for a person. */
#ifndef MAPS_INIT_SENTENCE_H
#define MAPS_INIT_SENTENCE_H

#include <stdbool.h>

struct sentence {
    char text[256];
};

/* Always false, so that callers can `return sentence_set(...)`.  One line: control
 * characters become spaces. */
bool sentence_set(struct sentence *sentence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "maps-init: <text>" on stderr. */
void sentence_print(const struct sentence *sentence);

#endif
