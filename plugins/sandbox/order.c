/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

#include "files.h"
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_MAX_BYTES = 256 * 1024 };

enum field_type { FIELD_TEXT, FIELD_U64, FIELD_U32, FIELD_BOOL };

/* One table for writing and reading. */
#define FIELD(type, member)                                                                        \
    {                                                                                              \
#member, type, offsetof(struct order, member)                                              \
    }
static const struct field {
    const char *key;
    enum field_type type;
    size_t offset;
} fields[] = {
    FIELD(FIELD_U32, attempt),
    FIELD(FIELD_U32, uid),
    FIELD(FIELD_U32, gid),
    FIELD(FIELD_BOOL, drop_privileges),
    FIELD(FIELD_BOOL, host_network),
    FIELD(FIELD_U64, timeout_ms),
    FIELD(FIELD_U64, tmp_bytes),
    FIELD(FIELD_U64, shm_bytes),
    FIELD(FIELD_TEXT, object_name),
    FIELD(FIELD_TEXT, bwrap),
    FIELD(FIELD_TEXT, init),
    FIELD(FIELD_TEXT, script),
    FIELD(FIELD_TEXT, script_name),
    FIELD(FIELD_TEXT, request),
    FIELD(FIELD_TEXT, input),
    FIELD(FIELD_TEXT, output),
    FIELD(FIELD_TEXT, control),
    FIELD(FIELD_U64, limits.cpu_millis),
    FIELD(FIELD_U64, limits.memory_bytes),
    FIELD(FIELD_U64, limits.pids),
    FIELD(FIELD_U64, limits.disk_bytes),
    FIELD(FIELD_U64, limits.output_bytes),
    FIELD(FIELD_U32, cgroup.mode),
    FIELD(FIELD_TEXT, cgroup.dir[CGROUP_MEMORY]),
    FIELD(FIELD_TEXT, cgroup.dir[CGROUP_PIDS]),
    FIELD(FIELD_TEXT, cgroup.dir[CGROUP_CPU]),
};
enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };
#define READONLY_KEY "readonly_path"

_Static_assert(sizeof(enum cgroup_mode) == sizeof(uint32_t), "cgroup.mode is a FIELD_U32");

static void field_write(FILE *out, const struct field *field, const struct order *order)
{
    const char *at = (const char *)order + field->offset;

    switch (field->type) {
    case FIELD_TEXT:
        if (*(char *const *)(const void *)at != NULL)
            fprintf(out, "%s=%s%c", field->key, *(char *const *)(const void *)at, '\0');
        break;
    case FIELD_U64:
        fprintf(out, "%s=%" PRIu64 "%c", field->key, *(const uint64_t *)(const void *)at, '\0');
        break;
    case FIELD_U32:
        fprintf(out, "%s=%" PRIu32 "%c", field->key, *(const uint32_t *)(const void *)at, '\0');
        break;
    case FIELD_BOOL:
        fprintf(out, "%s=%d%c", field->key, *(const bool *)at, '\0');
        break;
    }
}

char *order_format(const struct order *order, size_t *length)
{
    char *text = NULL, *const * path;
    FILE *out = open_memstream(&text, length);
    size_t i;

    if (out == NULL)
        return NULL;
    for (i = 0; i < FIELD_COUNT; i++)
        field_write(out, &fields[i], order);
    for (path = order->readonly_paths; *path != NULL; path++)
        fprintf(out, "%s=%s%c", READONLY_KEY, *path, '\0');
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int add_readonly_path(struct order *order, const char *path)
{
    size_t count = 0;
    char **larger;

    while (order->readonly_paths[count] != NULL)
        count++;
    larger = realloc(order->readonly_paths, (count + 2) * sizeof(*larger));
    if (larger == NULL)
        return -ENOMEM;
    order->readonly_paths = larger;
    larger[count + 1] = NULL;
    larger[count] = strdup(path);
    return larger[count] == NULL ? -ENOMEM : 0;
}

static int field_read(const struct field *field, const char *value, struct order *order)
{
    char *at = (char *)order + field->offset;
    uint64_t number = 0;

    if (field->type == FIELD_TEXT) {
        char **text = (char **)(void *)at;

        free(*text);
        *text = strdup(value);
        return *text == NULL ? -ENOMEM : 0;
    }
    if (!record_number(value, &number))
        return -EBADMSG;
    if (field->type == FIELD_U64)
        *(uint64_t *)(void *)at = number;
    else if (field->type == FIELD_U32)
        *(uint32_t *)(void *)at = (uint32_t)number;
    else
        *(bool *)at = number != 0;
    return 0;
}

static int record_read(const struct record *record, struct order *order)
{
    size_t i;

    if (strcmp(record->key, READONLY_KEY) == 0)
        return add_readonly_path(order, record->value);
    for (i = 0; i < FIELD_COUNT; i++) {
        if (strcmp(record->key, fields[i].key) == 0)
            return field_read(&fields[i], record->value, order);
    }
    return -EBADMSG;
}

bool order_has_job(const struct order *order)
{
    return order->attempt > 0 && order->init != NULL && order->script != NULL &&
           order->script_name != NULL && order->request != NULL && order->input != NULL &&
           order->output != NULL && order->control != NULL;
}

static bool usable(const struct order *order)
{
    return order->object_name != NULL && order->bwrap != NULL && order->cgroup.mode <= CGROUP_V2;
}

int order_parse(char *text, size_t length, struct order *order, struct fault *fault)
{
    struct record record;
    char *cursor = text;
    int rc = 0;

    memset(order, 0, sizeof(*order));
    order->readonly_paths = calloc(1, sizeof(*order->readonly_paths));
    if (order->readonly_paths == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    while (rc == 0 && record_next(&cursor, text + length, '\0', &record))
        rc = record_read(&record, order);
    order->limits.size = sizeof(order->limits);
    if (rc == -ENOMEM)
        return fault_set(fault, ENOMEM, "out of memory");
    if (rc != 0)
        return fault_set(
            fault, EBADMSG,
            "the order is damaged at \"%s\": are plugin and supervisor of one version?",
            record.key);
    if (!usable(order))
        return fault_set(fault, EBADMSG,
                         "the order is incomplete: are plugin and supervisor of one "
                         "version?");
    return 0;
}

int order_read(int fd, struct order *order, struct fault *fault)
{
    TEXT_AUTO text = malloc(ORDER_MAX_BYTES);
    ssize_t length;

    memset(order, 0, sizeof(*order));
    if (text == NULL)
        return fault_set(fault, ENOMEM, "out of memory");
    length = file_read_fd(fd, text, ORDER_MAX_BYTES);
    if (length < 0)
        return fault_set(fault, (int)-length, "cannot read the order: %s", strerror((int)-length));
    return order_parse(text, (size_t)length, order, fault);
}

int order_read_at(int runtime_fd, struct order *order, struct fault *fault)
{
    FD_AUTO fd = openat(runtime_fd, ORDER_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    memset(order, 0, sizeof(*order));
    if (fd < 0)
        return fault_errno(fault, "cannot open the order");
    return order_read(fd, order, fault);
}

void order_clear(struct order *order)
{
    char **path;
    size_t i;

    for (i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].type == FIELD_TEXT)
            free(*(char **)(void *)((char *)order + fields[i].offset));
    }
    for (path = order->readonly_paths; path != NULL && *path != NULL; path++)
        free(*path);
    free(order->readonly_paths);
    memset(order, 0, sizeof(*order));
}
