/* SPDX-License-Identifier: Apache-2.0 */
/* A reload cannot change everything: what was bound, opened or handed out at the start stays
 * until the next one. */
#include "config/config_state.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* No host option that needs a restart is a list: the text is all there is to a value. */
static void put_back(struct config *config, struct resolved *resolved, const struct resolved *kept)
{
    struct origin place = resolved->origin;

    if (same_text(resolved->value.text, kept->value.text))
        return;
    if (place.layer == LAYER_DEFAULT && config->file != NULL)
        place = (struct origin){ .layer = LAYER_FILE, .file = config->file };
    problem_warn(&config->problems, &place, "%s was changed and takes effect at the next start",
                 resolved->path);
    resolved->value = (struct value){ .text = pool_copy(&config->pool, kept->value.text) };
}

void keep_what_needs_a_restart(struct config *config, const struct config *running)
{
    for (size_t i = 0; i < config->resolved_count; i++) {
        struct resolved *resolved = &config->resolved[i];
        const struct resolved *kept = resolved_find(running, resolved->path);
        if (kept != NULL && option_needs_restart(resolved->path))
            put_back(config, resolved, kept);
    }
    config->data_dir = pool_copy(&config->pool, running->data_dir);
    config->plugin_dir = pool_copy(&config->pool, running->plugin_dir);
    config->libexec_dir = pool_copy(&config->pool, running->libexec_dir);
}
