/* SPDX-License-Identifier: Apache-2.0 */
#include "http/file_answer.h"

#include <microhttpd.h>
#include <stddef.h>

struct file_answer file_answer_find(enum method method, const struct conditions *conditions,
                                    const char *range, const struct validators *file, uint64_t size)
{
    struct file_answer answer = { MHD_HTTP_OK, { 0, size } };

    switch (conditions_check(conditions, file)) {
    case CONDITION_FAILED:
        answer.status = MHD_HTTP_PRECONDITION_FAILED;
        return answer;
    case CONDITION_NOT_MODIFIED:
        answer.status = MHD_HTTP_NOT_MODIFIED;
        return answer;
    case CONDITION_HOLDS:
        break;
    }
    if (method != METHOD_GET || !conditions_let_range(conditions, file))
        range = NULL;
    switch (range_find(range, size, &answer.part)) {
    case RANGE_WHOLE:
        break;
    case RANGE_PART:
        answer.status = MHD_HTTP_PARTIAL_CONTENT;
        break;
    case RANGE_OUTSIDE:
        answer.status = MHD_HTTP_RANGE_NOT_SATISFIABLE;
        break;
    }
    return answer;
}
