/* SPDX-License-Identifier: Apache-2.0 */
#include "config/current_settings.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

void current_settings_init(struct current_settings *current, const struct settings *settings)
{
    (void)pthread_mutex_init(&current->lock, NULL);
    current->settings = settings_ref(settings);
    current->loaded_ms = clock_wall_ms();
    current->refusal = NULL;
}

void current_settings_clear(struct current_settings *current)
{
    settings_unref(current->settings);
    free(current->refusal);
    (void)pthread_mutex_destroy(&current->lock);
}

const struct settings *current_settings(struct current_settings *current)
{
    (void)pthread_mutex_lock(&current->lock);
    const struct settings *settings = settings_ref(current->settings);
    (void)pthread_mutex_unlock(&current->lock);
    return settings;
}

void current_settings_replace(struct current_settings *current, const struct settings *settings)
{
    (void)pthread_mutex_lock(&current->lock);
    const struct settings *former = current->settings;
    current->settings = settings_ref(settings);
    current->loaded_ms = clock_wall_ms();
    free(current->refusal);
    current->refusal = NULL;
    (void)pthread_mutex_unlock(&current->lock);
    settings_unref(former);
}

void current_settings_refuse(struct current_settings *current, const char *why)
{
    char *copy = strdup(why);

    (void)pthread_mutex_lock(&current->lock);
    free(current->refusal);
    current->refusal = copy;
    (void)pthread_mutex_unlock(&current->lock);
}

void current_settings_history(struct current_settings *current, struct settings_history *history)
{
    (void)pthread_mutex_lock(&current->lock);
    history->loaded_ms = current->loaded_ms;
    history->refusal = current->refusal == NULL ? NULL : strdup(current->refusal);
    (void)pthread_mutex_unlock(&current->lock);
}
