/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the engine's replies. */
#include "engine.h"

#include <string.h>

const cJSON *json_item(const cJSON *json, const char *path)
{
    while (json != NULL && *path != '\0') {
        char name[64];
        size_t length = strcspn(path, ".");

        if (length >= sizeof(name))
            return NULL;
        memcpy(name, path, length);
        name[length] = '\0';
        json = cJSON_GetObjectItemCaseSensitive(json, name);
        path += length;
        if (*path == '.')
            path++;
    }
    return json;
}

const char *json_text(const cJSON *json, const char *path)
{
    const char *text = cJSON_GetStringValue(json_item(json, path));

    return text != NULL ? text : "";
}

double json_number(const cJSON *json, const char *path)
{
    const cJSON *item = json_item(json, path);

    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool json_true(const cJSON *json, const char *path)
{
    return cJSON_IsTrue(json_item(json, path)) != 0;
}
