/* SPDX-License-Identifier: Apache-2.0 */
#include "run/interrupt.h"

#include "run/exit_code.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void *wait_for_signals(void *context)
{
    sigset_t set;
    int ignored;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigwait(&set, &ignored);
    maps_cancel_request(context);
    (void)sigwait(&set, &ignored);
    /* what is left is removed by the next run */
    _exit(RUN_EXIT_CANCELLED);
}

struct error *interrupt_watch(struct maps_cancel *cancel)
{
    pthread_t thread;
    int result = pthread_create(&thread, NULL, wait_for_signals, cancel);

    if (result != 0)
        return error_errno(result, "Waiting for signals");
    (void)pthread_detach(thread);
    return NULL;
}
