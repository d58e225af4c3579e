/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the rooms of the house are alive: each is asked a question that only its own thread
 * can answer.  Nothing here waits, reads a clock or knows a room. */
#ifndef MAPS_HOST_SERVICE_VITALS_H
#define MAPS_HOST_SERVICE_VITALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vital {
    const char *name;
    bool (*ask)(void *context);      /* false: cannot be asked now, which proves nothing */
    bool (*answered)(void *context); /* the last question */
    void *context;
    /* for vitals_check() */
    bool asked, silent;
    int64_t asked_ms;
};

/* Takes answers and asks again.  Returns the first vital that has owed its answer for longer than
 * patience_ms, or NULL: all are well.  *silence_begins: it is one that was well until now. */
const struct vital *vitals_check(struct vital *vitals, size_t count, int64_t now_ms,
                                 int64_t patience_ms, bool *silence_begins);

#endif
