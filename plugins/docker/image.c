/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include "pull.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

enum inspection { IMAGE_THERE, IMAGE_NOT_THERE, IMAGE_NO_NAME };

void image_clear(struct image *image)
{
    for (size_t i = 0; image->env != NULL && image->env[i] != NULL; i++)
        free(image->env[i]);
    free(image->env);
    image->env = NULL;
}

static int read_env(const cJSON *list, struct image *image)
{
    size_t count = list == NULL ? 0 : (size_t)cJSON_GetArraySize(list), used = 0;
    const cJSON *item;

    image_clear(image);
    image->env = calloc(count + 1, sizeof(*image->env));
    if (image->env == NULL)
        return -ENOMEM;
    cJSON_ArrayForEach (item, list) {
        if (!cJSON_IsString(item))
            continue;
        image->env[used] = strdup(item->valuestring);
        if (image->env[used++] == NULL)
            return -ENOMEM;
    }
    return 0;
}

static int inspect(const struct maps_instance *instance, const char *name, struct image *image,
                   struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = text_format("/images/%s/json", name);
    const struct engine_request request = { .method = "GET", .path = path };

    if (path == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    int rc = engine_call(instance->engine, &request, &reply, fault);

    if (rc != 0)
        return rc;
    if (reply.status == 404)
        return IMAGE_NOT_THERE;
    if (reply.status == 400 || strstr(reply.message, "invalid reference format") != NULL)
        return IMAGE_NO_NAME; /* Podman's status is 500 */
    if (reply.status != 200)
        return fault_set(fault, EPROTO, "%s does not show the image %s: %s",
                         engine_name(instance->engine), name, reply.message);
    return read_env(json_item(reply.json, "Config.Env"), image) == 0
               ? IMAGE_THERE
               : fault_set(fault, ENOMEM, "out of memory");
}

static int missing(const struct maps_instance *instance, const char *name, const char *why,
                   struct fault *fault)
{
    fault_set(fault, ENOENT,
              "The engine at %s has no image \"%s\", %s: build it (docker build -t %s "
              "runner_image/) or load it there.",
              engine_name(instance->engine), name, why, name);
    return IMAGE_UNAVAILABLE;
}

/* Anything but these would be a part of the request's path or query. */
static bool name_is_sound(const char *name)
{
    return name[0] != '\0' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_./:@") == strlen(name) &&
           strstr(name, "..") == NULL;
}

static int no_name(const char *name, struct fault *fault)
{
    fault_set(fault, EINVAL,
              "\"%s\" is not the name of an image: set the profile's image, e.g. "
              "\"py-exec:latest\".",
              name);
    return IMAGE_UNAVAILABLE;
}

int image_ensure(struct maps_instance *instance, struct maps_run *run, const char *name,
                 struct http_waker *waker, struct image *image, struct fault *fault)
{
    if (!name_is_sound(name))
        return no_name(name, fault);
    int found =
        instance->pull == PULL_ALWAYS ? IMAGE_NOT_THERE : inspect(instance, name, image, fault);

    if (found == IMAGE_NO_NAME)
        return no_name(name, fault);
    if (found != IMAGE_NOT_THERE)
        return found;
    if (instance->pull == PULL_NEVER)
        return missing(instance, name, "and docker.pull is \"never\"", fault);
    int rc = image_pull(instance, run, name, waker, fault);

    if (rc != IMAGE_READY)
        return rc;
    found = inspect(instance, name, image, fault);
    return found == IMAGE_NOT_THERE
               ? missing(instance, name, "although it has just been pulled", fault)
               : found;
}
