/* SPDX-License-Identifier: Apache-2.0 */
#include "run/exit_code.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

enum { SIGNAL_BASE = 128 };

int run_exit_code(const char *reason, int exit_code, int signal)
{
    static const struct {
        const char *reason;
        int code;
    } codes[] = { { "timeout", RUN_EXIT_TIMEOUT },
                  { "cancelled", RUN_EXIT_CANCELLED },
                  { "output_limit", RUN_EXIT_OUTPUT_LIMIT } };

    if (strcmp(reason, "exited") == 0)
        return exit_code;
    if (strcmp(reason, "signaled") == 0)
        return SIGNAL_BASE + signal;
    if (strcmp(reason, "oom") == 0) /* an engine may not say by which signal */
        return SIGNAL_BASE + (signal != 0 ? signal : SIGKILL);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(reason, codes[i].reason) == 0)
            return codes[i].code;
    return RUN_EXIT_INFRASTRUCTURE;
}

int run_exit_code_of_error(int result)
{
    return result == -EINVAL || result == -E2BIG || result == -EEXIST ? RUN_EXIT_USAGE
                                                                      : RUN_EXIT_INFRASTRUCTURE;
}
