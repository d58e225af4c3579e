/* SPDX-License-Identifier: Apache-2.0 */
/* A jobs room on a real store with the fake runtime, for tests. */
#ifndef MAPS_TESTS_JOBS_HOUSE_H
#define MAPS_TESTS_JOBS_HOUSE_H

#include "config/current_settings.h"
#include "job/jobs.h"

struct house {
    char data_dir[64];
    struct settings settings;
    struct current_settings current; /* while the rooms are open */
    struct profile profile;
    struct store *store;
    struct plugins *plugins;
    struct jobs *jobs;
};

/* A new data folder, and the rooms on it.  Both fail the running test on an error. */
void house_open(struct house *house, unsigned concurrency, unsigned queue_limit);
/* Stops the rooms, and opens them again on the same folder, as a new host would; in between
 * the settings may be changed. */
void house_stop(struct house *house);
void house_start(struct house *house);
void house_reopen(struct house *house);
/* Stops everything and removes the folder. */
void house_close(struct house *house);

/* Blocking forms of the calls; records are the caller's. */
struct error *house_submit(struct house *house, const char *body, const char *key,
                           struct job_record **record);
/* The upload passes. */
struct error *house_submit_upload(struct house *house, struct upload *upload, const char *key,
                                  struct job_record **record);
struct error *house_cancel(struct house *house, const char *job_id);
struct error *house_delete(struct house *house, const char *job_id);
/* Waits for the job's terminal state (fails the test after 30 s). */
struct job_record *house_wait_end(struct house *house, const char *job_id);
struct job_record *house_wait_status(struct house *house, const char *job_id,
                                     enum job_status status);
/* How often the script was started. */
size_t house_starts(const struct house *house, const char *job_id);

#endif
