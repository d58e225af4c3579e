/* SPDX-License-Identifier: Apache-2.0 */
#include "http/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct watch *watch_find(struct http_server *server, const char *job_id)
{
    struct watch *watch = server->watches;

    while (watch != NULL && strcmp(watch->job_id, job_id) != 0)
        watch = watch->next;
    return watch;
}

static struct watch *watch_new(const char *job_id, char *log_path)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL || log_path == NULL) {
        free(watch);
        free(log_path);
        return NULL;
    }
    (void)snprintf(watch->job_id, sizeof(watch->job_id), "%s", job_id);
    watch->log_path = log_path;
    watch->log_bytes = -1;
    return watch;
}

static void watch_release(struct http_server *server, struct watch *watch)
{
    struct watch **link = &server->watches;

    if (--watch->users > 0)
        return;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    free(watch->log_path);
    free(watch);
}

bool watch_join(struct exchange *ex, const char *job_id, bool follow)
{
    struct http_server *server = ex->server;

    pthread_mutex_lock(&server->lock);
    struct watch *watch = watch_find(server, job_id);
    if (watch == NULL) {
        watch = watch_new(job_id, jobs_log_path(server->parts.jobs, job_id));
        if (watch != NULL) {
            watch->next = server->watches;
            server->watches = watch;
        }
    }
    if (watch != NULL) {
        watch->users++;
        watch->followers += follow;
        ex->watch = watch;
        ex->follow = follow;
    }
    pthread_mutex_unlock(&server->lock);
    return watch != NULL;
}

bool watch_mark(struct exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    ex->seen_growth = ex->watch->growth;
    bool ended = ex->watch->ended;
    pthread_mutex_unlock(&ex->server->lock);
    return ended;
}

void watch_leave(struct exchange *ex)
{
    if (ex->watch == NULL)
        return;
    ex->watch->followers -= ex->follow;
    watch_release(ex->server, ex->watch);
    ex->watch = NULL;
}

bool watch_has_news(const struct exchange *ex)
{
    return ex->watch != NULL &&
           (ex->watch->ended || (ex->follow && ex->watch->growth != ex->seen_growth));
}

static void wake_users(struct http_server *server, const struct watch *watch, bool followers_only)
{
    for (struct exchange *ex = server->exchanges; ex != NULL; ex = ex->next) {
        if (ex->watch == watch && (ex->follow || !followers_only))
            exchange_wake(ex);
    }
}

void watch_job_ended(struct http_server *server, const char *job_id)
{
    struct watch *watch = watch_find(server, job_id);

    if (watch == NULL)
        return;
    watch->ended = true;
    wake_users(server, watch, false);
}

/* The followed watches, each with one more user; NULL: none, or out of memory. */
static struct watch **followed(struct http_server *server, size_t *count)
{
    struct watch **list;
    size_t used = 0;

    *count = 0;
    pthread_mutex_lock(&server->lock);
    for (struct watch *watch = server->watches; watch != NULL; watch = watch->next)
        *count += watch->followers > 0;
    list = *count > 0 ? calloc(*count, sizeof(struct watch *)) : NULL;
    for (struct watch *watch = server->watches; list != NULL && watch != NULL;
         watch = watch->next) {
        if (watch->followers == 0)
            continue;
        watch->users++;
        list[used++] = watch;
    }
    pthread_mutex_unlock(&server->lock);
    return list;
}

/* A log may lie on a slow disk: it is looked at without the lock. */
bool watch_look_at_logs(struct http_server *server)
{
    size_t count;
    struct watch **list = followed(server, &count);

    for (size_t i = 0; list != NULL && i < count; i++) {
        struct watch *watch = list[i];
        struct stat status;
        int64_t bytes = lstat(watch->log_path, &status) == 0 ? (int64_t)status.st_size : -1;

        pthread_mutex_lock(&server->lock);
        if (bytes != watch->log_bytes) {
            watch->log_bytes = bytes;
            watch->growth++;
            wake_users(server, watch, true);
        }
        watch_release(server, watch);
        pthread_mutex_unlock(&server->lock);
    }
    free(list);
    return count > 0;
}
