/* SPDX-License-Identifier: Apache-2.0 */
/* From a plugin's complaint back to what was written. */
#include "config/config_state.h"

#include <string.h>

static bool names(const char *sentence, const char *path)
{
    static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    size_t length = strlen(path);

    for (const char *at = strstr(sentence, path); at != NULL; at = strstr(at + 1, path)) {
        bool begins = at == sentence || strchr(inside, at[-1]) == NULL;
        /* A point may end the sentence. */
        size_t more = strspn(at + length, inside);
        if (begins && (more == 0 || (more == 1 && at[length] == '.')))
            return true;
    }
    return false;
}

bool config_place_in(const struct config *config, const char *sentence, struct config_place *place)
{
    for (size_t i = 0; i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        const struct origin *origin = &resolved->origin;
        if (config->sections[resolved->section].kind != SECTION_PLUGIN ||
            origin->layer == LAYER_DEFAULT || !names(sentence, resolved->path))
            continue;
        *place = (struct config_place){ .file = problem_place(origin),
                                        .line = origin->layer == LAYER_FILE ? origin->line : 0 };
        return true;
    }
    return false;
}
