/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: what tells one submission from another.  The digest is of what was submitted,
 * however it came: script and files count by their SHA-256 (those that a path names, by the path),
 * so that JSON with base64 and an upload in parts are the same request if they make the same job.
 */
#include "job/admission_parts.h"
#include "job/json_canonical.h"

#include <stdio.h>
#include <string.h>

enum { HEX_BYTES = 2 * SHA256_DIGEST_SIZE + 1 };

static void to_hex(const uint8_t digest[static SHA256_DIGEST_SIZE], char hex[static HEX_BYTES])
{
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static cJSON *hash_of(const char *bytes, size_t length)
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[HEX_BYTES];

    sha256_init(&hash);
    sha256_update(&hash, length, (const uint8_t *)bytes);
    sha256_digest(&hash, sizeof(digest), digest);
    to_hex(digest, hex);
    return cJSON_CreateString(hex);
}

static cJSON *hash_of_file(const struct admission *admission, size_t index)
{
    const struct submission_file *file = &admission->out->files[index];
    char hex[HEX_BYTES];

    if (file->staged == NULL)
        return hash_of(file->bytes, file->length);
    to_hex(admission->parts->files[index].digest, hex);
    return cJSON_CreateString(hex);
}

/* Puts an item into an object in place of what is there; takes the item, which may be NULL. */
static bool set(cJSON *object, const char *key, cJSON *item)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    if (item != NULL && cJSON_AddItemToObject(object, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

/* {"data/cities.csv": "<hash>"}; NULL: out of memory. */
static cJSON *hash_of_files(const struct admission *admission)
{
    cJSON *hashes = cJSON_CreateObject();

    for (size_t i = 0; hashes != NULL && i < admission->out->file_count; i++) {
        cJSON *hash = hash_of_file(admission, i);

        if (hash != NULL && cJSON_AddItemToObject(hashes, admission->out->files[i].path, hash))
            continue;
        cJSON_Delete(hash);
        cJSON_Delete(hashes);
        return NULL;
    }
    return hashes;
}

struct error *admission_read_digest(struct admission *admission, cJSON *root)
{
    const struct submission *out = admission->out;
    char digest[JSON_DIGEST_BYTES];

    if ((out->script != NULL &&
         !set(root, "script_content", hash_of(out->script, out->script_length))) ||
        !set(root, "files", hash_of_files(admission)))
        return admission_no_memory();
    struct error *err = json_sort(root);
    if (err != NULL)
        return err;
    json_digest(root, digest);
    return admission_copy(digest, &out->record->request_digest);
}
