/* SPDX-License-Identifier: Apache-2.0 */
#include "image_reference.h"

#include <stdio.h>
#include <string.h>

static const char lower_and_digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char letters_and_digits[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* Copies length bytes as a text; false: they do not fit. */
static bool copy(char *to, size_t size, const char *from, size_t length)
{
    if (length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

static bool consists_of(const char *text, const char *set, const char *more)
{
    for (; *text != '\0'; text++) {
        if (strchr(set, *text) == NULL && strchr(more, *text) == NULL)
            return false;
    }
    return true;
}

/* Takes "@DIGEST" off the end of name. */
static bool take_digest(struct image_reference *reference)
{
    char *at = strchr(reference->name, '@');
    const char *hex;

    if (at == NULL)
        return true;
    hex = strchr(at, ':');
    if (hex == NULL || hex == at + 1 || strlen(hex + 1) < 32 ||
        !consists_of(hex + 1, letters_and_digits, "") ||
        !copy(reference->digest, sizeof(reference->digest), at + 1, strlen(at + 1)))
        return false;
    *at = '\0';
    return true;
}

/* Takes ":TAG" off the end of name; a colon before a slash belongs to a port. */
static bool take_tag(struct image_reference *reference)
{
    char *slash = strrchr(reference->name, '/');
    char *colon = strchr(slash == NULL ? reference->name : slash, ':');

    if (colon == NULL) {
        if (reference->digest[0] == '\0')
            (void)snprintf(reference->tag, sizeof(reference->tag), "latest");
        return true;
    }
    *colon = '\0';
    return colon[1] != '\0' && strchr(".-", colon[1]) == NULL &&
           consists_of(colon + 1, letters_and_digits, "_.-") &&
           copy(reference->tag, sizeof(reference->tag), colon + 1, strlen(colon + 1));
}

/* Docker's rule: the first part is a registry if it could not be a user's name. */
static bool is_registry(const char *part, size_t length)
{
    return memchr(part, '.', length) != NULL || memchr(part, ':', length) != NULL ||
           (length == 9 && memcmp(part, "localhost", 9) == 0);
}

static bool is_path(const char *path)
{
    size_t length = strlen(path);

    return length > 0 && consists_of(path, lower_and_digits, "._-/") && path[0] != '/' &&
           path[length - 1] != '/' && strstr(path, "//") == NULL;
}

static bool split_name(struct image_reference *reference)
{
    const char *name = reference->name, *path = name, *slash = strchr(name, '/');
    const char *library = "";

    (void)snprintf(reference->registry, sizeof(reference->registry), "docker.io");
    if (slash == NULL) {
        library = "library/";
    } else if (is_registry(name, (size_t)(slash - name))) {
        path = slash + 1;
        if (!copy(reference->registry, sizeof(reference->registry), name, (size_t)(slash - name)) ||
            !consists_of(reference->registry, letters_and_digits, ".:-[]"))
            return false;
        /* Both are other names of the same. */
        if (strcmp(reference->registry, "index.docker.io") == 0 ||
            strcmp(reference->registry, "docker.io") == 0) {
            (void)snprintf(reference->registry, sizeof(reference->registry), "docker.io");
            library = strchr(path, '/') == NULL ? "library/" : "";
        }
    }
    return is_path(path) && (size_t)snprintf(reference->path, sizeof(reference->path), "%s%s",
                                             library, path) < sizeof(reference->path);
}

bool image_reference_parse(const char *text, struct image_reference *reference)
{
    *reference = (struct image_reference){ .name = "" };
    return copy(reference->name, sizeof(reference->name), text, strlen(text)) &&
           take_digest(reference) && take_tag(reference) && split_name(reference);
}
