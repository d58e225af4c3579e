/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runtime plugin to begin with.  It has every callback that the host requires, and an
 * engine that is always there and takes no job: each one is answered with REJECTED.
 * maps_runtime.h says what each callback owes.
 */
#include <errno.h>
#include <maps_runtime.h>
#include <stdio.h>
#include <stdlib.h>

static const struct maps_host *host;

/* One accepted configuration.  Options live until configure() returns: copy them. */
struct maps_instance {
    char greeting[128];
};

static int load(const struct maps_host *services)
{
    host = services;
    return 0;
}

static int configure(const struct maps_config *config, struct maps_instance **instance)
{
    struct maps_instance *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return -ENOMEM;
    (void)snprintf(made->greeting, sizeof(made->greeting), "%s",
                   host->option_string(config, "greeting"));
    *instance = made;
    return 0;
}

static void release(struct maps_instance *instance)
{
    free(instance);
}

static int probe(struct maps_instance *instance, struct maps_probe *answer)
{
    answer->reachable = 1;
    (void)snprintf(answer->version, sizeof(answer->version), "example 1");
    (void)snprintf(answer->message, sizeof(answer->message), "%s", instance->greeting);
    return 0;
}

/* A real one makes the remote object, announces START_ATTEMPTED, starts it, announces
 * RUNNING, hands over its output and waits for its end, all the while minding
 * is_cancelled(), job->timeout_ms and the limits. */
static int run_script(struct maps_instance *instance, struct maps_run *run,
                      const struct maps_job *job)
{
    struct maps_outcome outcome = { .size = sizeof(outcome),
                                    .reason = MAPS_REASON_REJECTED,
                                    .exit_code = -1,
                                    .message = "The example runtime takes no jobs." };

    (void)instance;
    host->log(run, MAPS_LOG_INFO, "asked to run %s", job->object_name);
    return host->finish(run, &outcome);
}

static int recover(struct maps_instance *instance, struct maps_run *run, const struct maps_job *job,
                   const char *handle)
{
    (void)instance;
    (void)run;
    (void)job;
    (void)handle;
    return MAPS_GONE; /* nothing was ever started */
}

static int cleanup(struct maps_instance *instance, const struct maps_job *job, const char *handle)
{
    (void)instance;
    (void)job;
    (void)handle;
    return 0;
}

static const struct maps_option options[] = { { .size = sizeof(struct maps_option),
                                                .name = "greeting",
                                                .type = MAPS_OPTION_STRING,
                                                .default_value = "Nothing runs here.",
                                                .help = "What a probe says." },
                                              MAPS_OPTION_END };

static struct maps_runtime_plugin plugin = { .version = "1.0.0",
                                             .runner_type = "ExampleRunner",
                                             .description = "Takes no jobs; a plugin to begin with",
                                             .options = options,
                                             .load = load,
                                             .configure = configure,
                                             .release = release,
                                             .probe = probe,
                                             .run_script = run_script,
                                             .recover = recover,
                                             .cleanup = cleanup };

MAPS_REGISTER_RUNTIME("example", plugin)
