/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the sandbox's run test share: one plugin instance and helpers. */
#ifndef MAPS_TESTS_SANDBOX_SUITE_H
#define MAPS_TESTS_SANDBOX_SUITE_H

#include "fake_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const char *const suite_shell[]; /* commands for job() */
extern const char *const suite_python[];
extern const struct maps_runtime_plugin *plugin;
extern struct maps_instance *instance;
extern char jobs_dir[64]; /* where job() makes its folders */

struct maps_run *job(const char *const *command, const char *script);
/* What holds after every run: nothing is left, also after cleaning up twice.  Frees it. */
void done(struct maps_run *run);
/* The same, and the outcome was reported once. */
void finish(struct maps_run *run);
void assert_reason(const struct maps_run *run, unsigned reason);
void assert_log(const struct maps_run *run, int stream, const char *expected);
/* A listening socket on the host's loopback. */
int listener(uint16_t *port);

/* Children that ignore SIGTERM, detach and hold stdout open; all carry the job's id. */
#define STUBBORN                                                                                   \
    "trap '' TERM INT HUP\n"                                                                       \
    "setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' $1 &\n"                              \
    "(setsid sh -c 'while :; do sleep 1; done' $1 &) &\n"

/* Tests of the other files. */
void a_script_is_confined(void **state);
void the_host_network_is_shared_only_if_allowed(void **state);
void a_script_outlives_its_host(void **state);
void a_script_that_ended_without_its_host_is_reported(void **state);
void a_recovered_script_can_be_cancelled(void **state);
void without_its_supervisor_a_job_is_gone_and_nothing_runs(void **state);
void losing_the_supervisor_is_the_runtimes_fault(void **state);
void an_attempt_is_never_started_twice(void **state);
void what_was_never_started_is_told_and_never_starts(void **state);
void without_a_trace_of_its_end_a_started_script_is_gone(void **state);
void cleanup_kills_what_still_runs(void **state);

#endif
