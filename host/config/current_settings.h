/* SPDX-License-Identifier: Apache-2.0 */
/* The settings that hold now: the one place where they are replaced, and where it is known
 * how that went. */
#ifndef MAPS_HOST_CONFIG_CURRENT_SETTINGS_H
#define MAPS_HOST_CONFIG_CURRENT_SETTINGS_H

#include "config/settings.h"

#include <pthread.h>

struct current_settings {
    pthread_mutex_t lock; /* a leaf: nothing else is locked under it */
    const struct settings *settings;
    int64_t loaded_ms; /* wall clock: since when they hold */
    char *refusal;     /* why the last reload was refused, or NULL */
};

/* Keeps a reference of its own. */
void current_settings_init(struct current_settings *current, const struct settings *settings);
/* When nobody uses it any more. */
void current_settings_clear(struct current_settings *current);

/* A new reference to what holds now; any thread, never NULL. */
const struct settings *current_settings(struct current_settings *current);
/* From now on these hold.  Keeps a reference of its own; any thread. */
void current_settings_replace(struct current_settings *current, const struct settings *settings);
/* Others were offered and refused: those of before go on.  why: copied. */
void current_settings_refuse(struct current_settings *current, const char *why);

struct settings_history {
    int64_t loaded_ms; /* wall clock */
    char *refusal;     /* of the last reload; NULL: it was none, or it went well; caller frees */
};
void current_settings_history(struct current_settings *current, struct settings_history *history);

#endif
