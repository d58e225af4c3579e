/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include "auth_token.h"
#include "base/log.h"
#include "config/runtime_check.h"
#include "http/http_server.h"
#include "job/jobs.h"
#include "reload/instances.h"
#include "reload/reloader.h"
#include "service/manager.h"
#include "service/supervision.h"
#include "store/store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long a stop waits for a plugin that is being configured. */
enum { RELOAD_PATIENCE_MS = 1000 };

struct server {
    struct current_settings settings;
    struct places *places;
    struct store *store;
    struct jobs *jobs;
    struct http_server *http;
    struct supervision *supervision;
    struct reloader *reloader;
    char *token;
};

static const int waited_signals[] = { SIGTERM, SIGINT, SIGHUP };

static void waited_set(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof(waited_signals) / sizeof(waited_signals[0]); i++)
        (void)sigaddset(set, waited_signals[i]);
}

void serve_block_signals(void)
{
    sigset_t set;

    waited_set(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static struct error *configure_plugins(const struct config *config, struct plugins *plugins,
                                       const char *default_runtime)
{
    struct instances *instances;
    struct error *err = instances_prepare(config, plugins, default_runtime, &instances);

    if (err == NULL)
        instances_adopt(instances);
    return err;
}

static void settings_applied(void *jobs)
{
    jobs_settings_changed(jobs);
}

static struct error *open_rooms(struct server *server, const struct config *config,
                                const struct settings *settings, struct plugins *plugins,
                                const struct detected_runtime *runtime)
{
    struct error *err = detected_runtime_check(runtime, plugins, settings->plugin_dir);

    if (err == NULL)
        err = store_open(settings->data_dir, &server->store);
    if (err != NULL)
        return err;
    places_set_owner(server->places, store_owner(server->store));
    err = auth_token(settings, &server->token);
    if (err == NULL)
        err = configure_plugins(config, plugins, runtime->name);
    if (err != NULL)
        return err;
    struct jobs_parts parts = { &server->settings, server->store, plugins, runtime->name, false };
    err = jobs_new(&parts, &server->jobs);
    if (err != NULL)
        return err;
    struct http_parts http = { &server->settings, server->jobs, plugins,
                               runtime->name,     runtime->by,  server->token };
    err = http_server_start(&http, &server->http);
    if (err != NULL)
        return err;
    bool v6 = strchr(settings->listen_address, ':') != NULL;
    log_info("listening on http://%s%s%s:%u", v6 ? "[" : "", settings->listen_address,
             v6 ? "]" : "", (unsigned)http_server_port(server->http));
    err = jobs_start(server->jobs);
    if (err == NULL)
        err = reloader_start(server->reloader, settings_applied, server->jobs);
    if (err == NULL)
        http_server_set_ready(server->http);
    return err;
}

/* The next signal to act on, or 0 when timeout_ms is over (-1: none). */
static int next_signal(int timeout_ms)
{
    sigset_t set;
    struct timespec patience = { .tv_sec = timeout_ms / 1000,
                                 .tv_nsec = timeout_ms % 1000 * 1000000L };
    int signal_number;

    waited_set(&set);
    do {
        signal_number =
            timeout_ms < 0 ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &patience);
    } while (signal_number < 0 && errno == EINTR);
    return signal_number < 0 ? 0 : signal_number;
}

static void wait_for_end(struct server *server)
{
    int signal_number;

    do {
        signal_number = next_signal(supervision_tick(server->supervision));
        if (signal_number == SIGHUP)
            reloader_request(server->reloader);
    } while (signal_number != SIGTERM && signal_number != SIGINT);
    log_info("%s: draining", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
}

/* Lets running jobs end within the grace; a second signal cuts it short. */
static void drain(struct server *server)
{
    SETTINGS_AUTO settings = current_settings(&server->settings);
    int64_t left_ms = (int64_t)settings->job_drain_ms;
    size_t running;

    jobs_drain(server->jobs);
    supervision_stopping(server->supervision);
    while ((running = jobs_wait_idle(server->jobs, 50)) > 0 && left_ms > 0) {
        left_ms -= 50;
        (void)supervision_tick(server->supervision);
        int signal_number = next_signal(0);
        if (signal_number == SIGTERM || signal_number == SIGINT)
            left_ms = 0;
    }
    if (running > 0)
        log_info("leaving %zu running jobs to the next start", running);
}

/* Closes the rooms from the door inwards. */
static void close_rooms(struct server *server)
{
    bool stuck = !reloader_stop(server->reloader, RELOAD_PATIENCE_MS);

    http_server_stop(server->http);
    if ((server->jobs != NULL && jobs_stop(server->jobs)) || stuck) {
        /* Threads are still inside plugins, waiting for scripts that go on without us.
         * They cannot be joined, and nothing they use may be taken from them. */
        log_info("stopped; running jobs go on and are adopted at the next start");
        _exit(0);
    }
    reloader_free(server->reloader);
    jobs_free(server->jobs);
    store_close(server->store);
    supervision_free(server->supervision);
    free(server->token);
    current_settings_clear(&server->settings);
    log_info("stopped");
}

struct error *serve(const struct config *config, const struct settings *settings,
                    struct plugins *plugins, struct places *places)
{
    struct server server = { .places = places };
    struct detected_runtime runtime = detect_runtime(getenv("EXECUTION_RUNTIME"), settings->runtime,
                                                     getenv("KUBERNETES_SERVICE_HOST"));
    struct reload_parts reload = { config, plugins, &server.settings, runtime.name };

    current_settings_init(&server.settings, settings);
    server.reloader = reloader_new(&reload);
    struct error *err = server.reloader == NULL
                            ? error_errno(ENOMEM, "Starting")
                            : open_rooms(&server, config, settings, plugins, &runtime);
    if (err == NULL) {
        log_info("started: the default runtime is %s (chosen by %s)", runtime.name, runtime.by);
        server.supervision = supervision_new(server.store, server.jobs, server.http);
        manager_ready();
        wait_for_end(&server);
        drain(&server);
    }
    close_rooms(&server);
    return err;
}
