/* SPDX-License-Identifier: Apache-2.0 */
#include "house.h"

#include "base/clock.h"
#include "base/log.h"
#include "job/tree.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000 };

static const char *no_info(void *context, const char *key)
{
    (void)context;
    return strcmp(key, "owner") == 0 ? "maps-test" : NULL;
}

static const char *no_option(void *context, const char *option)
{
    (void)context;
    (void)option;
    return NULL;
}

static const char *const *no_list(void *context, const char *option)
{
    static const char *const empty[] = { NULL };

    (void)context;
    (void)option;
    return empty;
}

static void expect_fine(struct error *err)
{
    if (err != NULL)
        fail_msg("%s", err->message);
}

static void configure_fake(struct house *house)
{
    static const struct maps_profile *const no_profiles[] = { NULL };
    struct plugin *plugin = plugins_find(house->plugins, "fake");
    struct plugin_values values = { no_option, no_list, NULL, no_profiles };

    assert_non_null(plugin);
    expect_fine(plugin_configure(plugin, &values));
}

void house_start(struct house *house)
{
    struct jobs_parts parts = { &house->current, NULL, NULL, "fake", false };
    const struct plugin_host host = { no_info, NULL };

    current_settings_init(&house->current, &house->settings);
    expect_fine(store_open(house->data_dir, &house->store));
    expect_fine(plugins_load(MAPS_TEST_PLUGINS, &host, &house->plugins));
    configure_fake(house);
    parts.store = house->store;
    parts.plugins = house->plugins;
    expect_fine(jobs_new(&parts, &house->jobs));
    expect_fine(jobs_start(house->jobs));
}

void house_stop(struct house *house)
{
    assert_false(jobs_stop(house->jobs));
    jobs_free(house->jobs);
    store_close(house->store);
    plugins_free(house->plugins);
    current_settings_clear(&house->current);
}

void house_open(struct house *house, unsigned concurrency, unsigned queue_limit)
{
    static const char *const command[] = { "run", NULL };
    static char *nothing[] = { NULL };

    log_set_level(LOG_LEVEL_ERROR);
    memset(house, 0, sizeof(*house));
    (void)snprintf(house->data_dir, sizeof(house->data_dir), "/tmp/maps-house-XXXXXX");
    assert_non_null(mkdtemp(house->data_dir));
    house->profile.public = (struct maps_profile){ .size = sizeof(struct maps_profile),
                                                   .name = "python",
                                                   .image = "",
                                                   .command = command,
                                                   .script_name = "script.py" };
    house->settings = (struct settings){ .references = 1,
                                         .data_dir = house->data_dir,
                                         .http_max_body_bytes = 1 << 20,
                                         .job_timeout_ms = 60000,
                                         .job_max_timeout_ms = 60000,
                                         .job_concurrency = concurrency,
                                         .job_queue_limit = queue_limit,
                                         .job_max_files = 10,
                                         .job_start_retries = 3,
                                         .runner_uid = geteuid(),
                                         .runner_gid = getegid(),
                                         .job_allowed_networks = nothing,
                                         .limits_default = { .size = sizeof(struct maps_limits),
                                                             .disk_bytes = 1 << 20,
                                                             .output_bytes = 1 << 20 },
                                         .limits_max = { .size = sizeof(struct maps_limits) },
                                         .disk_max_inodes = 1000,
                                         .profiles = &house->profile,
                                         .profile_count = 1,
                                         .default_profile = strdup("python") };
    house_start(house);
}

void house_reopen(struct house *house)
{
    house_stop(house);
    house_start(house);
}

void house_close(struct house *house)
{
    house_stop(house);
    free(house->settings.default_profile);
    assert_int_equal(tree_remove(AT_FDCWD, house->data_dir), 0);
}

/* ---- blocking calls ---- */

struct answer {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    bool done;
    struct error *err;
    struct job_record *record;
};

static void answer_init(struct answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    (void)pthread_mutex_init(&answer->lock, NULL);
    (void)pthread_cond_init(&answer->arrived, NULL);
}

static void take_record(void *context, struct error *err, struct job_record *record)
{
    struct answer *answer = context;

    (void)pthread_mutex_lock(&answer->lock);
    answer->err = err;
    answer->record = record;
    answer->done = true;
    (void)pthread_cond_signal(&answer->arrived);
    (void)pthread_mutex_unlock(&answer->lock);
}

static void take_done(void *context, struct error *err)
{
    take_record(context, err, NULL);
}

static struct error *await(struct answer *answer, struct job_record **record)
{
    (void)pthread_mutex_lock(&answer->lock);
    while (!answer->done)
        (void)pthread_cond_wait(&answer->arrived, &answer->lock);
    (void)pthread_mutex_unlock(&answer->lock);
    (void)pthread_cond_destroy(&answer->arrived);
    (void)pthread_mutex_destroy(&answer->lock);
    if (record != NULL)
        *record = answer->record;
    else
        job_record_free(answer->record);
    return answer->err;
}

struct error *house_submit(struct house *house, const char *body, const char *key,
                           struct job_record **record)
{
    struct answer answer;

    answer_init(&answer);
    jobs_submit(house->jobs, strdup(body), strlen(body), key, take_record, &answer);
    return await(&answer, record);
}

struct error *house_submit_upload(struct house *house, struct upload *upload, const char *key,
                                  struct job_record **record)
{
    struct answer answer;

    answer_init(&answer);
    jobs_submit_upload(house->jobs, upload, key, take_record, &answer);
    return await(&answer, record);
}

struct error *house_cancel(struct house *house, const char *job_id)
{
    struct answer answer;

    answer_init(&answer);
    jobs_cancel(house->jobs, job_id, take_record, &answer);
    return await(&answer, NULL);
}

struct error *house_delete(struct house *house, const char *job_id)
{
    struct answer answer;

    answer_init(&answer);
    jobs_delete(house->jobs, job_id, take_done, &answer);
    return await(&answer, NULL);
}

static struct job_record *wait_until(struct house *house, const char *job_id,
                                     bool (*reached)(enum job_status is, enum job_status wanted),
                                     enum job_status wanted)
{
    const struct timespec tick = { .tv_nsec = 2000000 };
    int64_t due_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (clock_monotonic_ms() < due_ms) {
        struct job_record *record = NULL;
        expect_fine(store_wait_get(house->store, job_id, &record));
        if (reached(record->status, wanted))
            return record;
        job_record_free(record);
        (void)nanosleep(&tick, NULL);
    }
    fail_msg("job %s did not get there in time", job_id);
    return NULL;
}

static bool is_terminal(enum job_status is, enum job_status wanted)
{
    (void)wanted;
    return job_status_terminal(is);
}

static bool is_same(enum job_status is, enum job_status wanted)
{
    return is == wanted;
}

struct job_record *house_wait_end(struct house *house, const char *job_id)
{
    return wait_until(house, job_id, is_terminal, JOB_SUCCESS);
}

struct job_record *house_wait_status(struct house *house, const char *job_id,
                                     enum job_status status)
{
    return wait_until(house, job_id, is_same, status);
}

size_t house_starts(const struct house *house, const char *job_id)
{
    char path[256];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/jobs/%s/output/starts", house->data_dir, job_id);
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}
