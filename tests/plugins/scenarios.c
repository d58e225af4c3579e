/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted.  A run does what the job's first argument names: each way to keep the contract
 * of maps_runtime.h, and each way to break it. */
#include <errno.h>
#include <maps_runtime.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct maps_host *host;

static int load(const struct maps_host *services)
{
    const char *owner = services->info("owner");

    host = services;
    host->log(NULL, MAPS_LOG_INFO, "loaded for %s", owner == NULL ? "nobody" : owner);
    return services->info("no such key") == NULL ? 0 : -EPROTO;
}

static void unload(void)
{
    host->log(NULL, MAPS_LOG_INFO, "unloaded");
}

/* ---- settings ---- */

struct maps_instance {
    char text[64];
};

static const struct maps_option options[] = { { .size = sizeof(struct maps_option),
                                                .name = "text",
                                                .type = MAPS_OPTION_STRING,
                                                .default_value = "none",
                                                .environment = "SCENARIO_TEXT",
                                                .help = "Comes back as the engine's version." },
                                              { .size = sizeof(struct maps_option),
                                                .name = "size_bytes",
                                                .type = MAPS_OPTION_BYTES,
                                                .default_value = "4K",
                                                .help = "A size.",
                                                .min = 1024,
                                                .max = 1048576 },
                                              { .size = sizeof(struct maps_option),
                                                .name = "on",
                                                .type = MAPS_OPTION_BOOL,
                                                .default_value = "true",
                                                .help = "A switch." },
                                              { .size = sizeof(struct maps_option),
                                                .name = "ratio",
                                                .type = MAPS_OPTION_NUMBER,
                                                .default_value = "1.5",
                                                .help = "A number." },
                                              { .size = sizeof(struct maps_option),
                                                .name = "items",
                                                .type = MAPS_OPTION_LIST,
                                                .default_value = "a,b",
                                                .help = "A list." },
                                              { .size = sizeof(struct maps_option),
                                                .name = "password",
                                                .type = MAPS_OPTION_STRING,
                                                .default_value = "hunter2",
                                                .secret = 1,
                                                .help = "A secret." },
                                              MAPS_OPTION_END };

static int configure(const struct maps_config *config, struct maps_instance **instance)
{
    const char *text = host->option_string(config, "text");
    const char *const *items = host->option_list(config, "items");
    struct maps_instance *made;

    if (text != NULL && strcmp(text, "refuse me") == 0) {
        host->set_error("The text cannot be \"%s\".", text);
        return -EINVAL;
    }
    if (host->option_string(config, "undeclared") != NULL ||
        host->option_string(config, "size_bytes") != NULL)
        return -EPROTO;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return -ENOMEM;
    (void)snprintf(made->text, sizeof(made->text), "%s %lld %d %.2f %s %s", text,
                   (long long)host->option_int(config, "size_bytes"),
                   host->option_bool(config, "on"), host->option_number(config, "ratio"),
                   items[0] == NULL ? "-" : items[0], host->profiles(config)[0]->name);
    *instance = made;
    return 0;
}

static void release(struct maps_instance *instance)
{
    host->log(NULL, MAPS_LOG_INFO, "released %s", instance->text);
    free(instance);
}

/* Hangs for as long as the file is there that the environment names. */
static void hang(void)
{
    const char *path = getenv("MAPS_TEST_HANG");

    while (path != NULL && access(path, F_OK) == 0)
        (void)usleep(10000);
}

static int probe(struct maps_instance *instance, struct maps_probe *answer)
{
    hang();
    if (strncmp(instance->text, "down ", 5) == 0) {
        host->set_error("The engine is down. Start it.");
        return -ECONNREFUSED;
    }
    answer->reachable = 1;
    answer->limits_enforced = MAPS_LIMIT_MEMORY | 1u << 31;
    answer->limits_soft = MAPS_LIMIT_MEMORY | MAPS_LIMIT_DISK;
    /* Deliberately without an end. */
    memset(answer->version, 'v', sizeof(answer->version));
    (void)snprintf(answer->message, sizeof(answer->message), "%s", instance->text);
    return 0;
}

/* ---- scenarios ---- */

static struct maps_outcome exited(int code)
{
    return (struct maps_outcome){ .size = sizeof(struct maps_outcome),
                                  .reason = MAPS_REASON_EXITED,
                                  .exit_code = code };
}

static int finish_exited(struct maps_run *run, int code)
{
    struct maps_outcome outcome = exited(code);

    return host->finish(run, &outcome);
}

static int start(struct maps_run *run)
{
    int result = host->phase(run, MAPS_PHASE_PREPARE);

    if (result == 0)
        result = host->set_handle(run, "handle-1");
    if (result == 0)
        result = host->phase(run, MAPS_PHASE_START_ATTEMPTED);
    return result == 0 ? host->phase(run, MAPS_PHASE_RUNNING) : result;
}

static int success(struct maps_run *run)
{
    int result = start(run);

    if (result != 0)
        return result;
    host->log(run, MAPS_LOG_WARNING, "the script runs");
    host->progress(run, "half way");
    (void)host->emit(run, MAPS_STDOUT, 0, "out\n", 4);
    (void)host->emit(run, MAPS_STDERR, 0, "err\n", 4);
    (void)host->emit(run, MAPS_STDOUT, 4, NULL, 0);
    (void)host->phase(run, MAPS_PHASE_COLLECT);
    return finish_exited(run, 0);
}

static int finish_twice(struct maps_run *run)
{
    (void)finish_exited(run, 3);
    return finish_exited(run, 4) == -EALREADY ? 0 : -EPROTO;
}

static int no_finish(struct maps_run *run)
{
    (void)run;
    return 0;
}

static int positive(struct maps_run *run)
{
    (void)run;
    return MAPS_GONE;
}

static int not_started(struct maps_run *run)
{
    int refused = host->phase(run, MAPS_PHASE_START_ATTEMPTED);

    host->set_error("The machine went down before the script was started.");
    return refused != 0 ? refused : MAPS_NOT_STARTED;
}

static int not_started_silently(struct maps_run *run)
{
    (void)run;
    return MAPS_NOT_STARTED;
}

static int not_started_after_finish(struct maps_run *run)
{
    (void)finish_exited(run, 0);
    return MAPS_NOT_STARTED;
}

static int after_finish(struct maps_run *run)
{
    int refused;

    (void)finish_exited(run, 0);
    host->progress(run, "too late");
    refused = host->emit(run, MAPS_STDOUT, 0, "x", 1) == -EALREADY &&
              host->phase(run, MAPS_PHASE_COLLECT) == -EALREADY &&
              host->set_handle(run, "h") == -EALREADY && host->log_file(run) == -EALREADY;
    return refused ? 0 : -EPROTO;
}

static int fails(struct maps_run *run)
{
    (void)run;
    host->set_error("The engine at %s does not answer. Start it.", "port 1");
    return -ECONNREFUSED;
}

static int fails_silently(struct maps_run *run)
{
    (void)run;
    return -ENOENT;
}

static int fails_after_finish(struct maps_run *run)
{
    (void)finish_exited(run, 0);
    return -EIO;
}

static int bad_arguments(struct maps_run *run)
{
    static char handle[4098];
    struct maps_outcome wrong = exited(256);
    struct maps_outcome tiny = { .size = 8 };
    struct maps_outcome unknown = { .size = sizeof(unknown), .reason = 99 };
    int refused;

    memset(handle, 'h', sizeof(handle) - 1);
    refused = host->set_handle(run, handle) == -EINVAL && host->set_handle(run, NULL) == -EINVAL &&
              host->phase(run, 0) == -EINVAL && host->phase(run, 5) == -EINVAL &&
              host->emit(run, 0, 0, "x", 1) == -EINVAL &&
              host->emit(run, MAPS_STDOUT, UINT64_MAX, "xy", 2) == -EINVAL &&
              host->emit(run, MAPS_STDOUT, 0, NULL, 1) == -EINVAL &&
              host->finish(run, NULL) == -EINVAL && host->finish(run, &wrong) == -EINVAL &&
              host->finish(run, &tiny) == -EINVAL && host->finish(run, &unknown) == -EINVAL;
    handle[4096] = '\0';
    if (!refused || host->set_handle(run, handle) != 0)
        return -EPROTO;
    return finish_exited(run, 0);
}

/* As a plugin built with a later header does it. */
static int newer_outcome(struct maps_run *run)
{
    struct {
        struct maps_outcome known;
        uint64_t unknown;
    } outcome = { exited(5), 1 };

    outcome.known.size = sizeof(outcome);
    outcome.known.signal = 9;         /* means nothing with EXITED */
    outcome.known.logs_truncated = 7; /* "true" */
    outcome.known.message = "five";
    return host->finish(run, &outcome.known);
}

static int start_not_announced(struct maps_run *run)
{
    (void)host->phase(run, MAPS_PHASE_PREPARE);
    (void)host->phase(run, MAPS_PHASE_RUNNING);
    return finish_exited(run, 0);
}

/* ---- waiting for a cancel ---- */

struct wait {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int cancelled;
};

static int cancelled(struct maps_run *run)
{
    struct wait wait = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
    struct maps_outcome outcome = { .size = sizeof(outcome), .reason = MAPS_REASON_CANCELLED };

    host->set_run_data(run, &wait);
    (void)host->phase(run, MAPS_PHASE_START_ATTEMPTED);
    (void)host->phase(run, MAPS_PHASE_RUNNING);
    (void)pthread_mutex_lock(&wait.lock);
    while (!wait.cancelled && !host->is_cancelled(run))
        (void)pthread_cond_wait(&wait.woken, &wait.lock);
    (void)pthread_mutex_unlock(&wait.lock);
    host->set_run_data(run, NULL);
    /* If a cancel() still used it now, this would be a use after its end. */
    memset(&wait, 0xa5, sizeof(wait));
    return host->finish(run, &outcome);
}

/* Ends by itself, whatever anybody wants: cancels meet each moment of it. */
static int racing(struct maps_run *run)
{
    (void)host->phase(run, MAPS_PHASE_START_ATTEMPTED);
    (void)host->phase(run, MAPS_PHASE_RUNNING);
    for (int i = 0; i < 20; i++) {
        struct wait wait = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

        host->set_run_data(run, &wait);
        host->set_run_data(run, NULL);
        memset(&wait, 0xa5, sizeof(wait));
    }
    return finish_exited(run, 0);
}

/* Against the contract: what cancel() would get is gone when this returns. */
static int leaves_run_data(struct maps_run *run)
{
    host->set_run_data(run, NULL);
    host->set_run_data(run, (void *)8); /* no cancel() could use that */
    return finish_exited(run, 0);
}

static void cancel(struct maps_instance *instance, struct maps_run *run, void *data)
{
    struct wait *wait = data;

    (void)instance;
    (void)host->is_cancelled(run);
    (void)pthread_mutex_lock(&wait->lock);
    wait->cancelled = 1;
    (void)pthread_cond_signal(&wait->woken);
    (void)pthread_mutex_unlock(&wait->lock);
}

/* ---- a thread of the plugin's own ---- */

static void *speak(void *arg)
{
    (void)arg;
    host->log(NULL, MAPS_LOG_INFO, "from a thread of my own");
    return NULL;
}

static int own_thread(struct maps_run *run)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, speak, NULL) != 0)
        return -EAGAIN;
    (void)pthread_join(thread, NULL);
    return finish_exited(run, 0);
}

static const struct {
    const char *name;
    int (*run)(struct maps_run *run);
} scenarios[] = { { "success", success },
                  { "finish_twice", finish_twice },
                  { "no_finish", no_finish },
                  { "positive", positive },
                  { "not_started", not_started },
                  { "not_started_silently", not_started_silently },
                  { "not_started_after_finish", not_started_after_finish },
                  { "after_finish", after_finish },
                  { "fails", fails },
                  { "fails_silently", fails_silently },
                  { "fails_after_finish", fails_after_finish },
                  { "bad_arguments", bad_arguments },
                  { "newer_outcome", newer_outcome },
                  { "start_not_announced", start_not_announced },
                  { "cancelled", cancelled },
                  { "racing", racing },
                  { "leaves_run_data", leaves_run_data },
                  { "own_thread", own_thread } };

static int run_script(struct maps_instance *instance, struct maps_run *run,
                      const struct maps_job *job)
{
    (void)instance;
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        if (strcmp(scenarios[i].name, job->args[0]) == 0)
            return scenarios[i].run(run);
    return -ENOSYS;
}

/* The handle says what is found. */
static int recover(struct maps_instance *instance, struct maps_run *run, const struct maps_job *job,
                   const char *handle)
{
    (void)instance;
    (void)job;
    if (strcmp(handle, "found") == 0) {
        (void)host->phase(run, MAPS_PHASE_RUNNING);
        return finish_exited(run, 7);
    }
    if (strcmp(handle, "not started") == 0) {
        host->set_error("The machine went down before the script was started.");
        return MAPS_NOT_STARTED;
    }
    return strcmp(handle, "gone") == 0 ? MAPS_GONE : -EHOSTUNREACH;
}

static int list_owned(struct maps_instance *instance, maps_owned_fn found, void *context)
{
    (void)instance;
    found(context, "job-1", 2, "handle-1");
    return 0;
}

static int cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle)
{
    (void)instance;
    (void)job;
    if (handle[0] == '\0')
        return 0;
    host->set_error("The object %s cannot be removed.", handle);
    return -EBUSY;
}

static struct maps_runtime_plugin plugin = { .version = "2.1.0",
                                             .runner_type = "ScenarioRunner",
                                             .description = "Keeps or breaks the contract",
                                             .options = options,
                                             .load = load,
                                             .unload = unload,
                                             .configure = configure,
                                             .release = release,
                                             .probe = probe,
                                             .run_script = run_script,
                                             .cancel = cancel,
                                             .recover = recover,
                                             .list_owned = list_owned,
                                             .cleanup = cleanup };

MAPS_REGISTER_RUNTIME("scenarios", plugin)
