/* SPDX-License-Identifier: Apache-2.0 */
#include "config/current_settings.h"

void current_settings_init(struct current_settings *current, const struct settings *settings)
{
    (void)pthread_mutex_init(&current->lock, NULL);
    current->settings = settings_ref(settings);
}

void current_settings_clear(struct current_settings *current)
{
    settings_unref(current->settings);
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
    (void)pthread_mutex_unlock(&current->lock);
    settings_unref(former);
}
