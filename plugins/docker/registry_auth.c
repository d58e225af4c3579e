/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_auth.h"

#include "engine.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUB "docker.io"
#define HUB_KEY "https://index.docker.io/v1/"

/* ---- names ---- */

/* The part before the first slash is a registry if it looks like a host. */
static bool copy_registry(const char *name, struct image_reference *reference)
{
    const char *slash = strchr(name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - name);
    bool host =
        slash != NULL && (memchr(name, '.', length) != NULL || memchr(name, ':', length) != NULL ||
                          (length == 9 && strncmp(name, "localhost", 9) == 0));

    if (!host) {
        (void)snprintf(reference->registry, sizeof(reference->registry), HUB);
        return true;
    }
    if (length == 0 || length >= sizeof(reference->registry))
        return false;
    memcpy(reference->registry, name, length);
    reference->registry[length] = '\0';
    return true;
}

bool image_reference_parse(const char *name, struct image_reference *reference)
{
    const char *last = strrchr(name, '/');
    const char *colon = strchr(last != NULL ? last : name, ':');
    bool digest = strchr(name, '@') != NULL;
    size_t length = digest || colon == NULL ? strlen(name) : (size_t)(colon - name);

    *reference = (struct image_reference){ 0 };
    if (length == 0 || length >= sizeof(reference->from_image) || !copy_registry(name, reference))
        return false;
    memcpy(reference->from_image, name, length);
    if (digest)
        return true;
    const char *tag = colon == NULL ? "latest" : colon + 1;

    if (tag[0] == '\0' || strlen(tag) >= sizeof(reference->tag))
        return false;
    memcpy(reference->tag, tag, strlen(tag) + 1);
    return true;
}

/* ---- credentials ---- */

/* Keys have been written with and without a scheme and a path. */
static bool key_matches(const char *key, const char *registry)
{
    const char *host = strstr(key, "://") != NULL ? strstr(key, "://") + 3 : key;
    size_t length = strcspn(host, "/");

    if (strcmp(registry, HUB) == 0 && strcmp(key, HUB_KEY) == 0)
        return true;
    return strlen(registry) == length && strncmp(host, registry, length) == 0;
}

/* "user:password" in base64 -> two members of an object. */
static bool add_user(cJSON *credentials, const char *encoded)
{
    struct base64_decode_ctx context;
    size_t size = BASE64_DECODE_LENGTH(strlen(encoded));
    char *decoded = calloc(1, size + 1);
    bool done = false;

    base64_decode_init(&context);
    if (decoded != NULL &&
        base64_decode_update(&context, &size, (uint8_t *)decoded, strlen(encoded), encoded) &&
        base64_decode_final(&context)) {
        char *colon = memchr(decoded, ':', size);

        if (colon != NULL) {
            *colon = '\0';
            done = cJSON_AddStringToObject(credentials, "username", decoded) != NULL &&
                   cJSON_AddStringToObject(credentials, "password", colon + 1) != NULL;
        }
    }
    free(decoded);
    return done;
}

static bool add_credentials(cJSON *credentials, const cJSON *entry)
{
    const char *token = json_text(entry, "identitytoken");

    if (token[0] != '\0')
        return cJSON_AddStringToObject(credentials, "identitytoken", token) != NULL;
    if (json_text(entry, "auth")[0] != '\0')
        return add_user(credentials, json_text(entry, "auth"));
    return json_text(entry, "username")[0] != '\0' &&
           cJSON_AddStringToObject(credentials, "username", json_text(entry, "username")) != NULL &&
           cJSON_AddStringToObject(credentials, "password", json_text(entry, "password")) != NULL;
}

static char *encode(const cJSON *credentials)
{
    char *text = cJSON_PrintUnformatted(credentials);
    size_t length = text == NULL ? 0 : strlen(text);
    char *encoded = text == NULL ? NULL : calloc(1, BASE64_ENCODE_RAW_LENGTH(length) + 1);
    struct base64_encode_ctx context;

    if (encoded != NULL) {
        base64url_encode_init(&context);
        size_t done = base64_encode_update(&context, encoded, length, (const uint8_t *)text);

        (void)base64_encode_final(&context, encoded + done);
    }
    free(text);
    return encoded;
}

static enum registry_auth_result make_header(const cJSON *entry, const char *key, char **header)
{
    cJSON *credentials = cJSON_CreateObject();

    if (cJSON_AddStringToObject(credentials, "serveraddress", key) != NULL &&
        add_credentials(credentials, entry))
        *header = encode(credentials);
    cJSON_Delete(credentials);
    return *header != NULL ? REGISTRY_AUTH_FOUND : REGISTRY_AUTH_DAMAGED;
}

static bool kept_by_helper(const cJSON *config, const char *registry)
{
    const cJSON *helper;

    if (json_text(config, "credsStore")[0] != '\0')
        return true;
    cJSON_ArrayForEach (helper, json_item(config, "credHelpers")) {
        if (key_matches(helper->string, registry))
            return true;
    }
    return false;
}

static enum registry_auth_result find(const cJSON *config, const char *registry, char **header)
{
    const cJSON *entry;

    cJSON_ArrayForEach (entry, json_item(config, "auths")) {
        /* Beside a helper docker login leaves an empty entry. */
        if (entry->child != NULL && key_matches(entry->string, registry))
            return make_header(entry, entry->string, header);
    }
    return kept_by_helper(config, registry) ? REGISTRY_AUTH_HELPER : REGISTRY_AUTH_NONE;
}

enum registry_auth_result registry_auth_find(const char *config, const char *image, char **header)
{
    struct image_reference reference;
    cJSON *json = cJSON_Parse(config);
    enum registry_auth_result result = REGISTRY_AUTH_NONE;

    *header = NULL;
    if (!cJSON_IsObject(json))
        result = REGISTRY_AUTH_DAMAGED;
    else if (image_reference_parse(image, &reference))
        result = find(json, reference.registry, header);
    cJSON_Delete(json);
    return result;
}
