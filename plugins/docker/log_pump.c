/* SPDX-License-Identifier: Apache-2.0 */
#include "log_pump.h"

#include "files.h"
#include "stream.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STACK_BYTES = 128 << 10, PAUSE_MS = 500 };

struct log_pump {
    struct maps_run *run;
    struct engine *engine;
    char container[72];
    struct http_waker *waker;
    pthread_t thread;
    atomic_bool stopping;
};

static int take(void *context, int stream, uint64_t offset, const void *bytes, size_t length)
{
    const struct log_pump *pump = context;

    /* -EDQUOT at the limit, where maps-init strikes by itself: no more is to be kept. */
    return docker_host->emit(pump->run, stream, offset, bytes, length);
}

/* From the first byte on: what the host holds already costs it nothing. */
static int read_log(struct log_pump *pump, struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    struct docker_stream stream = { .take = take, .context = pump };
    TEXT_AUTO path = text_format("/containers/%s/logs?stdout=1&stderr=1&follow=1", pump->container);
    const struct engine_request request = { .method = "GET",
                                            .path = path,
                                            .patient = true,
                                            .waker = pump->waker,
                                            .take_body = docker_stream_feed,
                                            .context = &stream };

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    return engine_call(pump->engine, &request, &reply, fault);
}

static void pause_a_moment(void)
{
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

    (void)nanosleep(&pause, NULL);
}

static void *pump_thread(void *arg)
{
    struct log_pump *pump = arg;

    while (!atomic_load(&pump->stopping)) {
        struct fault fault = { "" };
        int rc = read_log(pump, &fault);

        if (rc == -EDQUOT || rc == -EALREADY)
            break;
        /* It ends with the container, or with the engine: the run finds out which. */
        if (!atomic_load(&pump->stopping))
            pause_a_moment();
    }
    return NULL;
}

static int start_thread(struct log_pump *pump)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&pump->thread, &attributes, pump_thread, pump);

    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return rc;
}

int log_pump_start(struct job_run *run, struct log_pump **pump, struct fault *fault)
{
    struct log_pump *made = calloc(1, sizeof(*made));

    if (made != NULL)
        made->waker = http_waker_new();
    if (made == NULL || made->waker == NULL) {
        free(made);
        return fault_set(fault, ENOMEM, "out of memory");
    }
    made->run = run->run;
    made->engine = run->instance->engine;
    memcpy(made->container, run->container, sizeof(made->container));
    int rc = start_thread(made);

    if (rc != 0) {
        http_waker_free(made->waker);
        free(made);
        return fault_set(fault, rc, "a thread for the log cannot be made: %s", strerror(rc));
    }
    *pump = made;
    return 0;
}

void log_pump_stop(struct log_pump *pump)
{
    if (pump == NULL)
        return;
    atomic_store(&pump->stopping, true);
    http_wake(pump->waker);
    (void)pthread_join(pump->thread, NULL);
    http_waker_free(pump->waker);
    free(pump);
}
