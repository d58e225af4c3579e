/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error *places_init(struct places *places, const char *data_dir, const char *libexec_dir)
{
    memset(places, 0, sizeof(*places));
    places->data_dir = data_dir == NULL ? NULL : strdup(data_dir);
    places->libexec_dir = strdup(libexec_dir);
    if (asprintf(&places->init_path, "%s/maps-init", libexec_dir) < 0)
        places->init_path = NULL;
    if ((places->data_dir != NULL || data_dir == NULL) && places->libexec_dir != NULL &&
        places->init_path != NULL)
        return NULL;
    places_clear(places);
    return error_errno(ENOMEM, "Starting");
}

void places_set_owner(struct places *places, const char *owner)
{
    (void)snprintf(places->owner, sizeof(places->owner), "%s", owner);
}

void places_clear(struct places *places)
{
    free(places->data_dir);
    free(places->libexec_dir);
    free(places->init_path);
    memset(places, 0, sizeof(*places));
}

const char *places_info(void *context, const char *key)
{
    const struct places *places = context;

    if (strcmp(key, "owner") == 0)
        return places->owner[0] == '\0' ? NULL : places->owner;
    if (strcmp(key, "data_dir") == 0)
        return places->data_dir;
    if (strcmp(key, "libexec_dir") == 0)
        return places->libexec_dir;
    if (strcmp(key, "init_path") == 0)
        return places->init_path;
    return NULL;
}
