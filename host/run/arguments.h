/* SPDX-License-Identifier: Apache-2.0 */
/* `maps-backend run`: from the command line to what the C API takes.  No I/O. */
#ifndef MAPS_HOST_RUN_ARGUMENTS_H
#define MAPS_HOST_RUN_ARGUMENTS_H

#include "cli/cli.h"

#include <stdint.h>

struct run_arguments {
    const char *script;                            /* a path, or "-" */
    const char *request;                           /* likewise, or NULL */
    const char *input, *output, *runtime, *job_id; /* or NULL */
    uint64_t timeout_ms;                           /* 0: not said */
    char *options; /* JSON: limits, env, args, profile, network, labels */
    bool json, quiet;
};

/* environment: as environ; for -e NAME.  Points into cli; free with run_arguments_clear(), also
 * after an error, which says what is wrong with which word. */
MUST_CHECK struct error *run_arguments_read(const struct cli *cli, char **environment,
                                            struct run_arguments *arguments);
void run_arguments_clear(struct run_arguments *arguments);

#endif
