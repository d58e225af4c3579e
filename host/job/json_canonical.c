/* SPDX-License-Identifier: Apache-2.0 */
#include "job/json_canonical.h"

#include "base/utf8.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static struct error *twice(const char *key, const char *field)
{
    return error_new(ERROR_MALFORMED, field, "The key \"%.*s\" appears twice in one object.",
                     (int)utf8_prefix(key, 64), key);
}

/* cJSON's list: `prev` of the first child is the last one. */
static void relink(cJSON *object, cJSON **children, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        children[i]->prev = children[i == 0 ? count - 1 : i - 1];
        children[i]->next = i + 1 < count ? children[i + 1] : NULL;
    }
    object->child = children[0];
}

static struct error *sort_keys(cJSON *object, const char *field)
{
    size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
    cJSON **children = count == 0 ? NULL : calloc(count, sizeof(cJSON *));
    struct error *err = NULL;
    cJSON *child;

    if (count == 0)
        return NULL;
    if (children == NULL)
        return error_errno(ENOMEM, "The request cannot be read");
    cJSON_ArrayForEach (child, object)
        children[i++] = child;
    qsort(children, count, sizeof(cJSON *), compare_keys);
    relink(object, children, count);
    for (i = 1; i < count && err == NULL; i++) {
        if (strcmp(children[i - 1]->string, children[i]->string) == 0)
            err = twice(children[i]->string, field == NULL ? children[i]->string : field);
    }
    free(children);
    return err;
}

/* field: the key of the outermost object in which the value lies. */
static struct error *sort_value(cJSON *value, const char *field)
{
    struct error *err = cJSON_IsObject(value) ? sort_keys(value, field) : NULL;
    cJSON *child;

    cJSON_ArrayForEach (child, value) {
        if (err != NULL)
            break;
        err = sort_value(child, field == NULL ? child->string : field);
    }
    return err;
}

struct error *json_sort(cJSON *root)
{
    return sort_value(root, NULL);
}

static void hash_number(struct sha256_ctx *hash, uint64_t number)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    sha256_update(hash, sizeof(bytes), bytes);
}

static void hash_text(struct sha256_ctx *hash, const char *text)
{
    size_t length = strlen(text);

    hash_number(hash, length);
    sha256_update(hash, length, (const uint8_t *)text);
}

/* Type first, lengths and counts before contents: no two values look alike. */
static void hash_value(struct sha256_ctx *hash, const cJSON *value)
{
    const cJSON *child;
    char number[32];

    hash_number(hash, (uint64_t)value->type & 0xff);
    if (cJSON_IsString(value)) {
        hash_text(hash, value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        (void)snprintf(number, sizeof(number), "%.17g", value->valuedouble + 0.0);
        hash_text(hash, number);
    } else if (cJSON_IsObject(value) || cJSON_IsArray(value)) {
        hash_number(hash, (uint64_t)cJSON_GetArraySize(value));
        cJSON_ArrayForEach (child, value) {
            if (child->string != NULL)
                hash_text(hash, child->string);
            hash_value(hash, child);
        }
    }
}

void json_digest(const cJSON *sorted, char digest[static JSON_DIGEST_BYTES])
{
    struct sha256_ctx hash;
    uint8_t bytes[SHA256_DIGEST_SIZE];

    sha256_init(&hash);
    hash_value(&hash, sorted);
    sha256_digest(&hash, sizeof(bytes), bytes);
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}
