/* SPDX-License-Identifier: Apache-2.0 */
/* With which code `maps-backend run` ends. */
#ifndef MAPS_HOST_RUN_EXIT_CODE_H
#define MAPS_HOST_RUN_EXIT_CODE_H

enum {
    RUN_EXIT_OUTPUT_FAILED = 1,
    RUN_EXIT_USAGE = 2,
    RUN_EXIT_TIMEOUT = 124, /* as timeout(1) */
    RUN_EXIT_INFRASTRUCTURE = 125,
    RUN_EXIT_CANCELLED = 130,
    RUN_EXIT_OUTPUT_LIMIT = 153 /* as of a shell whose program was killed by SIGXFSZ */
};

/* For the outcome of a job; reason as in the job document.  Pure. */
int run_exit_code(const char *reason, int exit_code, int signal);
/* For an error of the C API, a negative errno value: wrong job, or no runtime? */
int run_exit_code_of_error(int result);

#endif
