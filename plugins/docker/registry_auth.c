/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_auth.h"

#include "files.h"
#include "image_reference.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <nettle/base64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char docker_hub_key[] = "https://index.docker.io/v1/";

static void delete_json(cJSON **json)
{
    cJSON_Delete(*json);
}
#define JSON_AUTO __attribute__((cleanup(delete_json))) cJSON *

/* ---- finding the entry ---- */

static bool is_text(const char *bytes, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(bytes, text, length) == 0;
}

/* Whether a key ("https://host:port/v1/", "host:port") names this registry. */
static bool names_registry(const char *key, const char *registry)
{
    const char *host = strstr(key, "://");
    size_t length;

    host = host == NULL ? key : host + 3;
    length = strcspn(host, "/");
    return is_text(host, length, registry) ||
           (strcmp(registry, "docker.io") == 0 && is_text(host, length, "index.docker.io"));
}

/* The member of a map from registries: by its very name if there is one. */
static const cJSON *for_registry(const cJSON *map, const char *registry)
{
    const char *key = strcmp(registry, "docker.io") == 0 ? docker_hub_key : registry;
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(map, key);

    if (member != NULL || !cJSON_IsObject(map))
        return member;
    cJSON_ArrayForEach (member, map) {
        if (names_registry(member->string, registry))
            return member;
    }
    return NULL;
}

static const char *text_in(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text != NULL && text[0] != '\0' ? text : NULL;
}

static const char *helper_for(const cJSON *config, const char *registry)
{
    const cJSON *helpers = cJSON_GetObjectItemCaseSensitive(config, "credHelpers");
    const char *helper = cJSON_GetStringValue(for_registry(helpers, registry));

    return helper != NULL && helper[0] != '\0' ? helper : text_in(config, "credsStore");
}

static int report_none(const cJSON *config, const char *registry, struct fault *fault)
{
    const char *helper = helper_for(config, registry);

    if (helper == NULL)
        return fault_set(fault, ENOENT, "There are no credentials for %s", registry);
    return fault_set(fault, ENOTSUP,
                     "The credentials for %s are kept by the helper docker-credential-%.64s, "
                     "which is not run here: name a file that holds them itself",
                     registry, helper);
}

/* ---- the credentials ---- */

/* "user:password" from base64; NULL: it is not that.  *secret owns the bytes. */
static bool decode_pair(const char *auth, char **secret, char **password)
{
    size_t length = strlen(auth);
    struct base64_decode_ctx decoder;

    *secret = calloc(1, BASE64_DECODE_LENGTH(length) + 1);
    if (*secret == NULL)
        return false;
    base64_decode_init(&decoder);
    if (base64_decode_update(&decoder, &length, (uint8_t *)*secret, length, auth) != 1 ||
        base64_decode_final(&decoder) != 1)
        return false;
    *password = strchr(*secret, ':');
    if (*password == NULL || *password == *secret)
        return false;
    *(*password)++ = '\0';
    return true;
}

static bool add(cJSON *object, const char *name, const char *value)
{
    return cJSON_AddStringToObject(object, name, value) != NULL;
}

static int add_login(cJSON *out, const cJSON *entry, const char *registry, struct fault *fault)
{
    const char *auth = text_in(entry, "auth");
    const char *user = text_in(entry, "username"), *password = text_in(entry, "password");
    TEXT_AUTO secret = NULL;
    char *after_colon;

    if (auth != NULL) {
        if (!decode_pair(auth, &secret, &after_colon))
            return fault_set(fault, EBADMSG,
                             "The \"auth\" of %s in the registry credentials is damaged: log in "
                             "again",
                             registry);
        user = secret;
        password = after_colon;
    }
    if (!add(out, "username", user) || !add(out, "password", password))
        return fault_set(fault, ENOMEM, "Out of memory");
    return 0;
}

static bool has_login(const cJSON *entry)
{
    return text_in(entry, "auth") != NULL ||
           (text_in(entry, "username") != NULL && text_in(entry, "password") != NULL);
}

static const char *token_name(const cJSON *entry)
{
    static const char *const names[] = { "identitytoken", "registrytoken" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_in(entry, names[i]) != NULL)
            return names[i];
    }
    return NULL;
}

static int fill(cJSON *out, const cJSON *entry, const char *registry, struct fault *fault)
{
    const char *token = token_name(entry);
    int rc = 0;

    if (token == NULL)
        rc = add_login(out, entry, registry, fault);
    else if (!add(out, token, text_in(entry, token)))
        rc = fault_set(fault, ENOMEM, "Out of memory");
    if (rc == 0 &&
        !add(out, "serveraddress", strcmp(registry, "docker.io") == 0 ? docker_hub_key : registry))
        rc = fault_set(fault, ENOMEM, "Out of memory");
    return rc;
}

/* base64url, with its padding: older engines insist on it. */
static char *encode(const char *text)
{
    size_t length = strlen(text), done;
    char *encoded = malloc(BASE64_ENCODE_LENGTH(length) + BASE64_ENCODE_FINAL_LENGTH + 1);
    struct base64_encode_ctx encoder;

    if (encoded == NULL)
        return NULL;
    base64url_encode_init(&encoder);
    done = base64_encode_update(&encoder, encoded, length, (const uint8_t *)text);
    done += base64_encode_final(&encoder, encoded + done);
    encoded[done] = '\0';
    return encoded;
}

static int make_header(const cJSON *entry, const char *registry, char **header, struct fault *fault)
{
    JSON_AUTO out = cJSON_CreateObject();
    int rc =
        out == NULL ? fault_set(fault, ENOMEM, "Out of memory") : fill(out, entry, registry, fault);

    if (rc != 0)
        return rc;
    TEXT_AUTO text = cJSON_PrintUnformatted(out);
    *header = text == NULL ? NULL : encode(text);
    return *header == NULL ? fault_set(fault, ENOMEM, "Out of memory") : 0;
}

int registry_auth_find(const char *config, size_t length, const char *image, char **header,
                       struct fault *fault)
{
    struct image_reference reference;
    JSON_AUTO json = NULL;
    const cJSON *entry;

    *header = NULL;
    if (!image_reference_parse(image, &reference))
        return fault_set(fault, EINVAL, "\"%.200s\" is no image's name", image);
    json = cJSON_ParseWithLength(config, length);
    if (!cJSON_IsObject(json))
        return fault_set(fault, EBADMSG, "The registry credentials are not a JSON object");
    entry = for_registry(cJSON_GetObjectItemCaseSensitive(json, "auths"), reference.registry);
    if (token_name(entry) == NULL && !has_login(entry))
        return report_none(json, reference.registry, fault);
    return make_header(entry, reference.registry, header, fault);
}
