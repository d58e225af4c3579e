/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/origin.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { ORIGINS_MAX = 64 };

static struct {
    const void *base; /* where the file is mapped; NULL: free */
    struct plugin_origin origin;
} origins[ORIGINS_MAX];
static pthread_mutex_t origins_lock = PTHREAD_MUTEX_INITIALIZER;

static const void *base_of(const void *code)
{
    Dl_info info;

    return dladdr(code, &info) != 0 ? info.dli_fbase : NULL;
}

/* The slot of a base, or ORIGINS_MAX; NULL finds a free one.  Called locked. */
static size_t slot_of(const void *base)
{
    size_t i = 0;

    while (i < ORIGINS_MAX && origins[i].base != base)
        i++;
    return i;
}

void origin_add(const char *plugin, const struct plugin_host *host, const void *code)
{
    const void *base = base_of(code);

    (void)pthread_mutex_lock(&origins_lock);
    size_t i = slot_of(NULL);
    if (i < ORIGINS_MAX) { /* else its threads log without a name */
        origins[i].base = base;
        origins[i].origin.host = *host;
        (void)snprintf(origins[i].origin.plugin, ORIGIN_NAME_BYTES, "%s", plugin);
    }
    (void)pthread_mutex_unlock(&origins_lock);
}

void origin_remove(const void *code)
{
    const void *base = base_of(code);

    (void)pthread_mutex_lock(&origins_lock);
    size_t i = base == NULL ? ORIGINS_MAX : slot_of(base);
    if (i < ORIGINS_MAX)
        origins[i].base = NULL;
    (void)pthread_mutex_unlock(&origins_lock);
}

bool origin_find(const void *code, struct plugin_origin *origin)
{
    const void *base = base_of(code);

    (void)pthread_mutex_lock(&origins_lock);
    size_t i = base == NULL ? ORIGINS_MAX : slot_of(base);
    if (i < ORIGINS_MAX)
        *origin = origins[i].origin;
    (void)pthread_mutex_unlock(&origins_lock);
    return i < ORIGINS_MAX;
}
