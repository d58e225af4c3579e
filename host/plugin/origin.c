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
    char plugin[ORIGIN_NAME_BYTES];
} origins[ORIGINS_MAX];
static pthread_mutex_t origins_lock = PTHREAD_MUTEX_INITIALIZER;

static const void *base_of(const void *code)
{
    Dl_info info;

    return dladdr(code, &info) != 0 ? info.dli_fbase : NULL;
}

void origin_add(const char *plugin, const void *code)
{
    const void *base = base_of(code);
    size_t i = 0;

    (void)pthread_mutex_lock(&origins_lock);
    while (i < ORIGINS_MAX && origins[i].base != NULL)
        i++;
    if (i < ORIGINS_MAX) { /* else its threads log without a name */
        origins[i].base = base;
        (void)snprintf(origins[i].plugin, sizeof(origins[i].plugin), "%s", plugin);
    }
    (void)pthread_mutex_unlock(&origins_lock);
}

void origin_remove(const char *plugin)
{
    (void)pthread_mutex_lock(&origins_lock);
    for (size_t i = 0; plugin != NULL && i < ORIGINS_MAX; i++)
        if (origins[i].base != NULL && strcmp(origins[i].plugin, plugin) == 0)
            origins[i].base = NULL;
    (void)pthread_mutex_unlock(&origins_lock);
}

bool origin_find(const void *code, char plugin[static ORIGIN_NAME_BYTES])
{
    const void *base = base_of(code);
    bool found = false;

    (void)pthread_mutex_lock(&origins_lock);
    for (size_t i = 0; base != NULL && !found && i < ORIGINS_MAX; i++) {
        found = origins[i].base == base;
        if (found)
            memcpy(plugin, origins[i].plugin, ORIGIN_NAME_BYTES);
    }
    (void)pthread_mutex_unlock(&origins_lock);
    return found;
}
