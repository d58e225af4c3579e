/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: the bytes a job brings along: script, request, files. */
#include "job/admission_parts.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, PART_MAX_BYTES = 255, FIELD_BYTES = 64 };

struct error *admission_read_script(struct admission *admission)
{
    struct submission *out = admission->out;
    const char *text;
    struct error *err;

    if (admission->parts != NULL && admission->parts->script.given)
        return admission_read_script_part(admission);
    err = admission_string(admission->root, "script_content", &text);
    if (err != NULL || text == NULL || text[0] == '\0')
        return err; /* then there must be a path */
    out->script_length = strlen(text);
    return admission_copy(text, &out->script);
}

/* Removes white space between tokens of valid JSON.  (cJSON_Minify takes the quote after an
 * escaped backslash for an escaped one.) */
static void minify(char *text)
{
    bool in_string = false;
    char *out = text;

    for (const char *c = text; *c != '\0'; c++) {
        if (!in_string && strchr(" \t\r\n", *c) != NULL)
            continue;
        *out++ = *c;
        if (*c == '"')
            in_string = !in_string;
        else if (*c == '\\')
            *out++ = *++c;
    }
    *out = '\0';
}

struct error *admission_take_request(struct submission *submission, char *text)
{
    if (text == NULL)
        return admission_no_memory();
    minify(text);
    submission->request = text;
    submission->request_length = strlen(text);
    return NULL;
}

struct error *submission_take_request(struct submission *submission, const char *text,
                                      size_t length, const char *field)
{
    struct json_span unused;
    struct error *err = admission_in_part(json_check(text, length, "", &unused), field, true);

    return err == NULL ? admission_take_request(submission, strndup(text, length)) : err;
}

/* The caller's own text: numbers stay as they were written.  (If the key itself was written with
 * escapes, its text was not found: then cJSON writes it.) */
struct error *admission_read_request(struct admission *admission)
{
    const cJSON *member = admission_member(admission->root, "request_json");

    if (member == NULL)
        return NULL; /* there may be a path */
    return admission_take_request(admission->out,
                                  admission->request.start != NULL
                                      ? strndup(admission->request.start, admission->request.length)
                                      : cJSON_PrintUnformatted(member));
}

/* ---- files ---- */

static bool part_valid(const char *part, size_t length)
{
    if (length == 0 || length > PART_MAX_BYTES)
        return false;
    return strspn(part, ".") < length || length > 2;
}

bool admission_path_valid(const char *path)
{
    if (strnlen(path, PATH_MAX_BYTES) == PATH_MAX_BYTES || !utf8_valid(path))
        return false;
    for (const unsigned char *c = (const unsigned char *)path; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f)
            return false;
    }
    for (;;) {
        size_t length = strcspn(path, "/");

        if (!part_valid(path, length))
            return false;
        if (path[length] == '\0')
            return true;
        path += length + 1;
    }
}

struct error *admission_check_path(size_t index, const char *path)
{
    char field[FIELD_BYTES];

    if (path != NULL && admission_path_valid(path))
        return NULL;
    (void)snprintf(field, sizeof(field), "files[%zu].path", index);
    return error_new(ERROR_INVALID, field,
                     "%s must be a relative path such as \"data/cities.csv\": no \"..\", no "
                     "\".\", no empty part, no control characters, each part at most %d bytes.",
                     field, PART_MAX_BYTES);
}

/* Nettle skips white space and allows bits after the end: here every text of base64 has
 * to be the one that encoding its bytes gives. */
static bool base64_strict(const char *text, size_t length)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t digits = strspn(text, alphabet);

    if (length % 4 != 0 || length - digits > 2 || strspn(text + digits, "=") != length - digits)
        return false;
    if (length == digits)
        return true;
    size_t last = (size_t)(strchr(alphabet, text[digits - 1]) - alphabet);
    return last % (length - digits == 1 ? 4 : 16) == 0;
}

static struct error *decode_base64(const char *text, const char *field,
                                   struct submission_file *file)
{
    struct base64_decode_ctx decoder;
    size_t length = strlen(text), decoded;

    if (!base64_strict(text, length))
        return error_new(ERROR_INVALID, field,
                         "%s must be base64 (RFC 4648, with padding, without line breaks).", field);
    decoded = BASE64_DECODE_LENGTH(length);
    file->bytes = malloc(decoded + 1);
    if (file->bytes == NULL)
        return admission_no_memory();
    base64_decode_init(&decoder);
    (void)base64_decode_update(&decoder, &decoded, (uint8_t *)file->bytes, length, text);
    file->bytes[decoded] = '\0';
    file->length = decoded;
    return NULL;
}

static struct error *read_content(const cJSON *item, int index, struct submission_file *file)
{
    const cJSON *plain = admission_member(item, "content");
    const cJSON *encoded = admission_member(item, "content_base64");
    const char *text = cJSON_GetStringValue(plain == NULL ? encoded : plain);
    char field[FIELD_BYTES];

    (void)snprintf(field, sizeof(field), "files[%d].%s", index,
                   plain == NULL && encoded != NULL ? "content_base64" : "content");
    if ((plain == NULL) == (encoded == NULL))
        return error_new(ERROR_INVALID, field,
                         "files[%d] must have either content or content_base64.", index);
    if (text == NULL)
        return error_new(ERROR_INVALID, field, "%s must be a string.", field);
    if (plain == NULL)
        return decode_base64(text, field, file);
    file->length = strlen(text);
    return admission_copy(text, &file->bytes);
}

static struct error *read_file(const cJSON *item, int index, struct submission_file *file)
{
    static const char *const known[] = { "path", "content", "content_base64", NULL };
    char field[FIELD_BYTES], prefix[FIELD_BYTES];
    struct error *err;

    (void)snprintf(field, sizeof(field), "files[%d]", index);
    (void)snprintf(prefix, sizeof(prefix), "files[%d].", index);
    if (!cJSON_IsObject(item))
        return error_new(ERROR_INVALID, field, "%s must be an object with path and content.",
                         field);
    err = admission_check_keys(item, known, prefix);
    if (err != NULL)
        return err;
    const char *path = cJSON_GetStringValue(admission_member(item, "path"));
    err = admission_check_path((size_t)index, path);
    if (err == NULL)
        err = admission_copy(path, &file->path);
    return err == NULL ? read_content(item, index, file) : err;
}

/* '/' before all else, so that a folder stands right before what lies in it.  (Control
 * characters are not in paths.) */
static int compare_paths(const void *a, const void *b)
{
    const char *left = (*(const struct submission_file *const *)a)->path;
    const char *right = (*(const struct submission_file *const *)b)->path;

    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    int left_rank = *left == '/' ? 1 : (unsigned char)*left;
    int right_rank = *right == '/' ? 1 : (unsigned char)*right;
    return left_rank - right_rank;
}

static struct error *clash(const struct submission *out, const struct submission_file *first,
                           const struct submission_file *second)
{
    const struct submission_file *later = first > second ? first : second;
    size_t length = strlen(first->path);
    char field[FIELD_BYTES];

    if (strncmp(first->path, second->path, length) != 0 ||
        (second->path[length] != '\0' && second->path[length] != '/'))
        return NULL;
    (void)snprintf(field, sizeof(field), "files[%zu].path", (size_t)(later - out->files));
    return error_new(ERROR_INVALID, field,
                     "%s: \"%.*s\" is there already, as a file or as a folder. Give each file a "
                     "path of its own.",
                     field, SHORT(later->path));
}

struct error *submission_check_clashes(const struct submission *out)
{
    size_t count = out->file_count;
    struct submission_file **sorted = calloc(count, sizeof(struct submission_file *));
    struct error *err = NULL;

    if (sorted == NULL)
        return admission_no_memory();
    for (size_t i = 0; i < count; i++)
        sorted[i] = &out->files[i];
    qsort(sorted, count, sizeof(struct submission_file *), compare_paths);
    for (size_t i = 1; i < count && err == NULL; i++)
        err = clash(out, sorted[i - 1], sorted[i]);
    free(sorted);
    return err;
}

struct error *admission_read_files(struct admission *admission)
{
    struct submission *out = admission->out;
    const cJSON *files = admission_member(admission->root, "files"), *item;
    uint32_t most = admission->rules->settings->job_max_files;
    int count = cJSON_GetArraySize(files);

    if (admission->parts != NULL && admission->parts->file_count > 0)
        return admission_read_file_parts(admission);
    if (files == NULL || (cJSON_IsArray(files) && count == 0))
        return NULL;
    if (!cJSON_IsArray(files) || (uint32_t)count > most)
        return error_new(ERROR_INVALID, "files",
                         "files must be a list of at most %u objects with path and content.", most);
    out->files = calloc((size_t)count, sizeof(*out->files));
    if (out->files == NULL)
        return admission_no_memory();
    cJSON_ArrayForEach (item, files) {
        int index = (int)out->file_count++;
        struct error *err = read_file(item, index, &out->files[index]);

        if (err != NULL)
            return err;
    }
    return submission_check_clashes(out);
}
