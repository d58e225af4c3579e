/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes are pushed in here, and libarchive pulls: so it pulls on a thread of its own, from a
 * socket between the two.  Nothing is kept on the way, and a limit takes effect at once. */
#include "untar_extract.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024 };

struct untar {
    struct extract extract;
    char *strip;
    pthread_t thread;
    bool joined;
    int fd;     /* our end; the thread has the other */
    int result; /* the thread's, once it is joined */
};

static void *run(void *context)
{
    struct untar *untar = context;

    untar->result = extract_run(&untar->extract);
    /* After a failure, it ends a writer's wait. */
    (void)shutdown(untar->extract.source_fd, SHUT_RDWR);
    return NULL;
}

static int start(struct untar *untar)
{
    pthread_attr_t attributes;
    int rc = pthread_attr_init(&attributes);

    if (rc != 0)
        return rc;
    rc = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (rc == 0)
        rc = pthread_create(&untar->thread, &attributes, run, untar);
    pthread_attr_destroy(&attributes);
    return rc;
}

static int join(struct untar *untar)
{
    if (!untar->joined) {
        (void)shutdown(untar->fd, SHUT_WR);
        pthread_join(untar->thread, NULL);
        untar->joined = true;
    }
    return untar->result;
}

struct untar *untar_new(int dir_fd, const char *strip, const struct tarball_limits *limits)
{
    struct untar *untar = calloc(1, sizeof(*untar));
    int pair[2];

    if (untar == NULL)
        return NULL;
    untar->strip = strdup(strip);
    if (untar->strip == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        free(untar->strip);
        free(untar);
        return NULL;
    }
    untar->fd = pair[0];
    untar->extract.source_fd = pair[1];
    untar->extract.dir_fd = dir_fd;
    untar->extract.strip = untar->strip;
    untar->extract.limits = *limits;
    untar->joined = start(untar) != 0;
    if (untar->joined) {
        untar_free(untar);
        return NULL;
    }
    return untar;
}

int untar_write(void *context, const void *bytes, size_t length)
{
    struct untar *untar = context;
    const char *rest = bytes;

    while (!untar->joined && length > 0) {
        ssize_t put = send(untar->fd, rest, length, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return join(untar); /* it has hung up: its failure is the reason */
        rest += put;
        length -= (size_t)put;
    }
    return untar->joined ? untar->result : 0;
}

int untar_finish(struct untar *untar, struct fault *fault)
{
    int rc = join(untar);

    if (rc != 0)
        *fault = untar->extract.fault;
    return rc;
}

void untar_free(struct untar *untar)
{
    if (untar == NULL)
        return;
    (void)join(untar);
    close(untar->fd);
    close(untar->extract.source_fd);
    free(untar->strip);
    free(untar);
}
