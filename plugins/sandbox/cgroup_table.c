/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
    line += line_length(line);
    return *line == '\n' ? line + 1 : line;
}

/* Is `word` one of the words in [text, text + length), which `separator` keeps apart? */
static bool span_has_word(const char *text, size_t length, char separator, const char *word)
{
    size_t word_length = strlen(word);
    const char *end = text + length;

    while (text < end) {
        const char *stop = memchr(text, separator, (size_t)(end - text));
        size_t span = stop != NULL ? (size_t)(stop - text) : (size_t)(end - text);

        if (span == word_length && memcmp(text, word, span) == 0)
            return true;
        text += span + 1;
    }
    return false;
}

/* Lines are "number:controller,controller:path"; v2 is "0::path". */
char *cgroup_own_path(const char *proc_cgroup, const char *controller)
{
    const char *line;

    for (line = proc_cgroup; *line != '\0'; line = next_line(line)) {
        size_t length = line_length(line);
        const char *first = memchr(line, ':', length);
        const char *second;
        bool fits;

        if (first == NULL)
            continue;
        second = memchr(first + 1, ':', length - (size_t)(first + 1 - line));
        if (second == NULL)
            continue;
        fits = controller[0] == '\0'
                   ? second == first + 1
                   : span_has_word(first + 1, (size_t)(second - first - 1), ',', controller);
        if (fits)
            return strndup(second + 1, length - (size_t)(second + 1 - line));
    }
    return NULL;
}

/* mountinfo writes blanks and the like as \ooo. */
static char *unescape(const char *text, size_t length)
{
    char *out = malloc(length + 1);
    size_t from = 0, to = 0;

    if (out == NULL)
        return NULL;
    while (from < length) {
        if (text[from] == '\\' && from + 3 < length) {
            out[to++] = (char)((text[from + 1] - '0') * 64 + (text[from + 2] - '0') * 8 +
                               (text[from + 3] - '0'));
            from += 4;
        } else {
            out[to++] = text[from++];
        }
    }
    out[to] = '\0';
    return out;
}

/* Splits a line at blanks; returns how many fields there are (at most max). */
static size_t split(const char *line, size_t length, const char **fields, size_t *lengths,
                    size_t max)
{
    const char *end = line + length;
    size_t count = 0;

    while (line < end && count < max) {
        const char *stop = memchr(line, ' ', (size_t)(end - line));

        fields[count] = line;
        lengths[count] = stop != NULL ? (size_t)(stop - line) : (size_t)(end - line);
        line += lengths[count++] + 1;
    }
    return count;
}

static bool is_text(const char *field, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(field, text, length) == 0;
}

/* "id parent dev root point options [tags...] - type source super-options" */
static bool mount_line(const char *line, size_t length, const char *controller,
                       struct cgroup_mount *mount)
{
    enum { MAX = 24, ROOT = 3, POINT = 4, FIRST_TAG = 6 };
    const char *fields[MAX];
    size_t lengths[MAX], dash;
    size_t count = split(line, length, fields, lengths, MAX);

    for (dash = FIRST_TAG; dash < count && !is_text(fields[dash], lengths[dash], "-"); dash++)
        ;
    if (dash + 3 >= count)
        return false;
    if (controller[0] == '\0') {
        if (!is_text(fields[dash + 1], lengths[dash + 1], "cgroup2"))
            return false;
    } else if (!is_text(fields[dash + 1], lengths[dash + 1], "cgroup") ||
               !span_has_word(fields[dash + 3], lengths[dash + 3], ',', controller)) {
        return false;
    }
    mount->root = unescape(fields[ROOT], lengths[ROOT]);
    mount->point = unescape(fields[POINT], lengths[POINT]);
    return true;
}

bool cgroup_find_mount(const char *mountinfo, const char *controller, struct cgroup_mount *mount)
{
    const char *line;

    mount->root = mount->point = NULL;
    for (line = mountinfo; *line != '\0'; line = next_line(line)) {
        if (!mount_line(line, line_length(line), controller, mount))
            continue;
        if (mount->root != NULL && mount->point != NULL)
            return true;
        cgroup_mount_clear(mount);
        return false;
    }
    return false;
}

void cgroup_mount_clear(struct cgroup_mount *mount)
{
    free(mount->root);
    free(mount->point);
    mount->root = mount->point = NULL;
}

char *cgroup_visible_path(const struct cgroup_mount *mount, const char *path)
{
    size_t root = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
    char *visible;

    if (strncmp(path, mount->root, root) != 0 || (path[root] != '/' && path[root] != '\0') ||
        strstr(path, "/..") != NULL)
        return NULL;
    path += root;
    if (asprintf(&visible, "%s%s", mount->point, strcmp(path, "/") == 0 ? "" : path) < 0)
        return NULL;
    return visible;
}

bool cgroup_has_word(const char *words, const char *word)
{
    return span_has_word(words, line_length(words), ' ', word);
}

uint64_t cgroup_counter(const char *text, const char *key)
{
    size_t length = strlen(key);
    const char *line;

    for (line = text; *line != '\0'; line = next_line(line)) {
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            return strtoull(line + length + 1, NULL, 10);
    }
    return 0;
}

bool cgroup_parse_job(const char *name, char *job_id, size_t size, uint32_t *attempt)
{
    const char *dash = strrchr(name, '-');
    uint64_t number;

    if (dash == NULL || dash == name || (size_t)(dash - name) >= size ||
        !record_number(dash + 1, &number) || number == 0 || number > UINT32_MAX)
        return false;
    memcpy(job_id, name, (size_t)(dash - name));
    job_id[dash - name] = '\0';
    *attempt = (uint32_t)number;
    return true;
}
