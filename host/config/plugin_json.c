/* SPDX-License-Identifier: Apache-2.0 */
#include "config/plugin_json.h"

#include "config/config_state.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static cJSON *value_json(const struct resolved *resolved)
{
    const char *text = resolved->value.text;

    if (text == NULL)
        return cJSON_CreateNull();
    if (resolved->option->secret)
        return cJSON_CreateString("(hidden)");
    switch (resolved->option->type) {
    case MAPS_OPTION_INT:
    case MAPS_OPTION_BYTES:
    case MAPS_OPTION_NUMBER:
    case MAPS_OPTION_BOOL: /* in canonical form, which is JSON's */
        return cJSON_CreateRaw(text);
    case MAPS_OPTION_LIST:
        return cJSON_CreateStringArray(resolved->value.items, (int)resolved->value.item_count);
    default:
        return cJSON_CreateString(text);
    }
}

static bool add_value(cJSON *object, const struct resolved *resolved)
{
    cJSON *value = value_json(resolved);

    if (value != NULL && cJSON_AddItemToObject(object, resolved->option->name, value))
        return true;
    cJSON_Delete(value);
    return false;
}

char *config_plugin_json(const struct config *config, const char *plugin)
{
    cJSON *object = cJSON_CreateObject();
    bool whole = object != NULL;

    for (size_t i = 0; whole && i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        const struct section *section = &config->sections[resolved->section];

        if (section->kind == SECTION_PLUGIN && strcmp(section->name, plugin) == 0)
            whole = add_value(object, resolved);
    }
    char *text = whole ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return text;
}
