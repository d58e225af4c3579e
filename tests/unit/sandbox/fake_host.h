/* SPDX-License-Identifier: Apache-2.0 */
/* A host small enough to see through: loads the real sandbox.so and runs real jobs. */
#ifndef MAPS_TESTS_SANDBOX_FAKE_HOST_H
#define MAPS_TESTS_SANDBOX_FAKE_HOST_H

#include <maps_runtime.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An option that differs from its default. */
struct fake_option {
    const char *name, *value;
};

/* Loads the plugin (once) and configures it.  programs: the folder with sandbox.so,
 * maps-sandbox-supervisor and maps-init. */
const struct maps_runtime_plugin *fake_host_load(const char *programs);
struct maps_instance *fake_host_configure(const struct fake_option *options, size_t count);
/* What set_error() was last called with. */
const char *fake_host_error(void);

/* A job with its folders, and what the plugin has said about it. */
struct maps_run {
    struct maps_job job;
    struct maps_profile profile;
    struct maps_limits limits;
    char job_id[64], object_name[80], folder[160];
    char script_file[200], request_file[200], input_dir[200], output_dir[200], control_dir[200],
        runtime_dir[200];

    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *run_data;
    bool cancelled;
    unsigned phases;  /* mask of 1 << enum maps_phase */
    int refuse_phase; /* phase() says -EIO to this one; 0: none */
    char handle[128];
    bool log_file;
    int finished; /* how often */
    struct maps_outcome outcome;
    char message[512];
    int result; /* of the last callback */
};

/* Makes folders and files below `parent`; the script is run by `command` (NULL-terminated). */
void fake_run_init(struct maps_run *run, const char *parent, const char *const *command,
                   const char *script);
/* Removes the folders (even what a script left there). */
void fake_run_clear(struct maps_run *run);

/* Runs it on a thread of its own with as small a stack as the interface promises. */
void fake_run_begin(struct maps_run *run, struct maps_instance *instance, bool recover);
void fake_run_end(struct maps_run *run); /* joins */
void fake_run(struct maps_run *run, struct maps_instance *instance);
void fake_cancel(struct maps_run *run, struct maps_instance *instance);

/* Waits for a phase, or for a file; false after a generous while. */
bool fake_await_phase(struct maps_run *run, int phase);
bool fake_await_file(const char *folder, const char *name);

/* Bytes of one stream (0: all) out of the job's log, malloc'ed. */
char *fake_log(const struct maps_run *run, int stream, size_t *length);
/* A file of the output folder, malloc'ed; NULL: none. */
char *fake_output(const struct maps_run *run, const char *name);
/* Processes on this machine whose command line has the job's id in it. */
int fake_processes(const struct maps_run *run);
/* Control groups of that job, anywhere. */
int fake_cgroups(const struct maps_run *run);

#endif
