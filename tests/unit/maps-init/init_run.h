/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the real maps-init: as a plain child process, or as PID 1 of a PID namespace. */
#ifndef MAPS_TESTS_INIT_RUN_H
#define MAPS_TESTS_INIT_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include <init_spec.h>

struct init_run {
    bool as_pid1;
    char dir[32];     /* control folder, spec, and our own files */
    char spec[65536]; /* as built so far */
    size_t spec_length;
    const char *const *wrapper; /* argv that starts maps-init, or NULL */
    bool by_descriptors;        /* --spec-fd and --control-fd */
    bool without_control;
    int stdout_fd, stderr_fd; /* -1: files out and err in dir */
    pid_t pid;
};

/* cmocka fixtures; the test's initial state says which kind: &init_run_child etc. */
extern bool init_run_child, init_run_pid1;
int init_run_begin(void **state);
int init_run_end(void **state);

/* One run in each of the two ways. */
#define TEST_BOTH(test)                                                                            \
    { #test " (child)", test, init_run_begin, init_run_end, &init_run_child },                     \
    {                                                                                              \
#test " (PID 1)", test, init_run_begin, init_run_end, &init_run_pid1                       \
    }
#define TEST_PID1(test)                                                                            \
    {                                                                                              \
#test, test, init_run_begin, init_run_end, &init_run_pid1                                  \
    }
#define TEST_CHILD(test)                                                                           \
    {                                                                                              \
#test, test, init_run_begin, init_run_end, &init_run_child                                 \
    }

/* Adds a record to the spec, "timeout_ms=100" say. */
void init_run_set(struct init_run *run, const char *record);
/* arg= records for `sh -c script` or `python3 -c script`. */
void init_run_shell(struct init_run *run, const char *script);
void init_run_python(struct init_run *run, const char *script);

void init_run_start(struct init_run *run);
/* The exit code; fails the test (and kills) if there is none within a minute. */
int init_run_wait(struct init_run *run);
int init_run(struct init_run *run); /* both */

/* What it left.  Texts are freed by the caller. */
struct init_exit init_run_record(const struct init_run *run);
char *init_run_log(const struct init_run *run, unsigned streams);
char *init_run_file(const struct init_run *run, const char *name);
bool init_run_has(const struct init_run *run, const char *name);

void assert_log(const struct init_run *run, unsigned streams, const char *expected);
void assert_file(const struct init_run *run, const char *name, const char *expected);

/* Calls done() until it says true; fails the test if it does not within a minute. */
void init_run_await(bool (*done)(const struct init_run *run), const struct init_run *run);

#endif
