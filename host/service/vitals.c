/* SPDX-License-Identifier: Apache-2.0 */
#include "service/vitals.h"

static bool is_silent(struct vital *vital, int64_t now_ms, int64_t patience_ms)
{
    if (vital->asked && vital->answered(vital->context))
        vital->asked = false;
    if (vital->asked)
        return now_ms - vital->asked_ms > patience_ms;
    vital->asked = vital->ask(vital->context);
    vital->asked_ms = now_ms;
    return false;
}

const struct vital *vitals_check(struct vital *vitals, size_t count, int64_t now_ms,
                                 int64_t patience_ms, bool *silence_begins)
{
    const struct vital *first = NULL;

    *silence_begins = false;
    for (size_t i = 0; i < count; i++) {
        bool silent = is_silent(&vitals[i], now_ms, patience_ms);

        if (silent && first == NULL) {
            first = &vitals[i];
            *silence_begins = !vitals[i].silent;
        }
        vitals[i].silent = silent;
    }
    return first;
}
