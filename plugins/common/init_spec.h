/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the spec that maps-init is started with (runner_image/maps-init/protocol.h),
 * and reads the exit record that it leaves. */
#ifndef MAPS_PLUGINS_COMMON_INIT_SPEC_H
#define MAPS_PLUGINS_COMMON_INIT_SPEC_H

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

struct init_spec_options {
    const struct maps_job *job;
    uint64_t timeout_ms;           /* second guard: a little later than the plugin's own; 0: none */
    uint64_t nproc, nofile, fsize; /* rlimits; 0: leave */
    bool passthrough;
    const char *path_variable; /* value of PATH for the script; NULL: none */
    /* "NAME=value" as the image has them; ends with NULL, or NULL: none.  All below wins over
     * them, but PATH: theirs wins over path_variable. */
    const char *const *base_env;
    const char *const *writable; /* the script may write below these only; ends with NULL, or NULL:
                                    wherever it can */
    uint64_t disk_bytes;         /* cap on what /job/output holds; 0: none */
};

/* The spec's bytes, malloc'ed: command of the profile, /job/<script_name>, args; env: base_env,
 * PATH, HOME=/tmp, LANG=C.UTF-8, MAPS_JOB_ID, MAPS_REQUEST, MAPS_INPUT, MAPS_OUTPUT,
 * then the job's own env (which may override all but these four MAPS_ ones); cwd
 * /job/output.  NULL when out of memory. */
char *init_spec_build(const struct init_spec_options *options, size_t *length);

struct init_exit {
    uint32_t attempt;
    int wait_status;    /* raw; -1 if the script was not started */
    char cause[16];     /* exited, timeout, output_limit, terminated, start_failed */
    char error[256];    /* start_failed; output_limit: "" if it was that of stdout and stderr */
    uint64_t oom_kills; /* 0 also if maps-init could not read the cgroup's counter */
    uint64_t log_bytes;
    int64_t started_ms, ended_ms; /* wall clock; 0 unknown */
    uint64_t log_lost_bytes;      /* output that could not be written to the log ... */
    char log_error[128];          /* ... and why */
};

/* Parses an exit record; false if it is not one: it must say attempt, wait_status and a
 * cause that is known; other keys may be missing or new.  A script may have written it.
 * Any thread; allocates nothing. */
bool init_exit_parse(const char *text, size_t length, struct init_exit *record);
/* Reads control_dir/exit.  0, or a negative errno (-ENOENT, -EBADMSG). */
int init_exit_read(const char *control_dir, struct init_exit *record);
/* The exit code with which a maps-init that left such a record ends. */
int init_exit_code(const struct init_exit *record);

#endif
