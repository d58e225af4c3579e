/* SPDX-License-Identifier: Apache-2.0 */
/* Admission: how long a job may run and how much it may use. */
#include "job/admission_parts.h"

#include <math.h>
#include <stdio.h>

#define MIB (UINT64_C(1) << 20)
/* Whole numbers up to here are exact in JSON. */
#define EXACT_MAX (UINT64_C(1) << 53)

/* Parts of a thousandth are rounded up, but 1.1 * 1000 is 1100. */
static double in_thousandths(double number)
{
    return ceil(number * 1000 - 1e-6);
}

/* The least values are those below which no engine starts a process: Docker refuses less
 * than 6 MiB and 0.01 CPUs; PID 1, its supervisor, the script and one child are 4. */
static const struct limit {
    const char *name;
    uint32_t bit;
    size_t offset; /* in struct maps_limits */
    uint64_t least, most;
} limits[] = {
    { "cpus", MAPS_LIMIT_CPU, offsetof(struct maps_limits, cpu_millis), 10, 1000000 },
    { "memory_bytes", MAPS_LIMIT_MEMORY, offsetof(struct maps_limits, memory_bytes), 6 * MIB,
      EXACT_MAX },
    { "pids", MAPS_LIMIT_PIDS, offsetof(struct maps_limits, pids), 4, 4194304 },
    { "disk_bytes", MAPS_LIMIT_DISK, offsetof(struct maps_limits, disk_bytes), 4096, EXACT_MAX },
    { "output_bytes", MAPS_LIMIT_OUTPUT, offsetof(struct maps_limits, output_bytes), 1, EXACT_MAX },
};
enum { LIMIT_COUNT = sizeof(limits) / sizeof(limits[0]) };

static uint64_t value_in(const struct maps_limits *from, const struct limit *limit)
{
    return *(const uint64_t *)((const char *)from + limit->offset);
}

static void put_value(struct maps_limits *into, const struct limit *limit, uint64_t value)
{
    *(uint64_t *)((char *)into + limit->offset) = value;
}

/* ---- timeout ---- */

struct error *admission_read_timeout(struct admission *admission)
{
    const struct settings *settings = admission->rules->settings;
    const cJSON *member = admission_member(admission->root, "timeout");
    uint64_t *timeout_ms = &admission->out->record->timeout_ms;

    if (member == NULL) {
        uint64_t own = admission->profile->timeout_ms;

        *timeout_ms = own == 0 ? settings->job_timeout_ms : own;
        return NULL;
    }
    double ms = cJSON_IsNumber(member) ? in_thousandths(member->valuedouble) : 0;
    if (!(ms >= 1 && ms <= (double)settings->job_max_timeout_ms))
        return error_new(ERROR_INVALID, "timeout",
                         "timeout must be a number of seconds above 0 and at most %g.",
                         (double)settings->job_max_timeout_ms / 1000);
    *timeout_ms = (uint64_t)ms;
    return NULL;
}

/* ---- limits ---- */

static struct error *out_of_range(const struct limit *limit, uint64_t most)
{
    char field[64];

    (void)snprintf(field, sizeof(field), "limits.%s", limit->name);
    if (limit->bit == MAPS_LIMIT_CPU)
        return error_new(ERROR_INVALID, field, "%s must be a number of CPUs from %g to %g.", field,
                         (double)limit->least / 1000, (double)most / 1000);
    return error_new(ERROR_INVALID, field, "%s must be a whole number from %llu to %llu.", field,
                     (unsigned long long)limit->least, (unsigned long long)most);
}

static struct error *parse_limit(const struct admission *admission, const struct limit *limit,
                                 const cJSON *member, uint64_t *value)
{
    uint64_t most = value_in(&admission->rules->settings->limits_max, limit);
    bool is_cpu = limit->bit == MAPS_LIMIT_CPU;
    double number = cJSON_IsNumber(member) ? member->valuedouble : -1;

    if (most == 0 || most > limit->most)
        most = limit->most;
    if (is_cpu)
        number = in_thousandths(number);
    if (!(number >= (double)limit->least && number <= (double)most) || number != floor(number))
        return out_of_range(limit, most);
    *value = (uint64_t)number;
    return NULL;
}

static bool cannot_be_kept(const struct admission_runtime *runtime, const struct limit *limit)
{
    return runtime->probed && ((runtime->limits_enforced | runtime->limits_soft) & limit->bit) == 0;
}

static struct error *read_asked(struct admission *admission, const struct limit *limit,
                                const cJSON *member)
{
    struct job_record *record = admission->out->record;
    uint64_t value = 0;
    char field[64];
    struct error *err = parse_limit(admission, limit, member, &value);

    if (err != NULL)
        return err;
    (void)snprintf(field, sizeof(field), "limits.%s", limit->name);
    if (cannot_be_kept(&admission->runtime, limit))
        return error_new(ERROR_INVALID, field,
                         "The runtime \"%s\" cannot enforce %s on this host. Leave it out, or "
                         "choose another runtime.",
                         admission->runtime.name, field);
    put_value(&record->limits, limit, value);
    record->limits_required |= limit->bit;
    return NULL;
}

static void take_default(struct admission *admission, const struct limit *limit)
{
    struct job_record *record = admission->out->record;
    uint64_t value = value_in(&admission->profile->limits, limit);

    if (value == 0)
        value = value_in(&admission->rules->settings->limits_default, limit);
    put_value(&record->limits, limit, value);
    if (value != 0 && cannot_be_kept(&admission->runtime, limit))
        record->limits_best_effort |= limit->bit;
}

struct error *admission_read_limits(struct admission *admission)
{
    const char *known[LIMIT_COUNT + 1] = { NULL };
    const cJSON *asked = admission_member(admission->root, "limits");

    for (size_t i = 0; i < LIMIT_COUNT; i++)
        known[i] = limits[i].name;
    if (asked != NULL && !cJSON_IsObject(asked))
        return error_new(ERROR_INVALID, "limits",
                         "limits must be an object, such as {\"memory_bytes\": 268435456}.");
    struct error *err = asked == NULL ? NULL : admission_check_keys(asked, known, "limits.");
    for (size_t i = 0; i < LIMIT_COUNT && err == NULL; i++) {
        const cJSON *member = admission_member(asked, limits[i].name);

        if (member == NULL)
            take_default(admission, &limits[i]);
        else
            err = read_asked(admission, &limits[i], member);
    }
    return err;
}
