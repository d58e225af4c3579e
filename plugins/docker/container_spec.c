/* SPDX-License-Identifier: Apache-2.0 */
#include "container_spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LOG_MIN_BYTES = 1 << 20,
    LOG_UNCAPPED_BYTES = 100 << 20, /* of a job without a cap on its output */
};

/* ---- short of memory, a spec is not to lack a part of its confinement: what could not be added
 * leaves its mark on the object, and the whole is thrown away ---- */

static void mark(cJSON *object, bool added)
{
    if (!added && object != NULL)
        object->type = cJSON_Invalid;
}

static void put_text(cJSON *object, const char *name, const char *text)
{
    mark(object, cJSON_AddStringToObject(object, name, text) != NULL);
}

static void put_number(cJSON *object, const char *name, double number)
{
    mark(object, cJSON_AddNumberToObject(object, name, number) != NULL);
}

static void put_bool(cJSON *object, const char *name, bool value)
{
    mark(object, cJSON_AddBoolToObject(object, name, value) != NULL);
}

static cJSON *put_object(cJSON *object, const char *name)
{
    cJSON *member = cJSON_AddObjectToObject(object, name);

    mark(object, member != NULL);
    return member;
}

static cJSON *put_array(cJSON *object, const char *name)
{
    cJSON *member = cJSON_AddArrayToObject(object, name);

    mark(object, member != NULL);
    return member;
}

static void put_item(cJSON *array, cJSON *item)
{
    mark(array, cJSON_AddItemToArray(array, item));
}

static bool is_whole(const cJSON *json)
{
    const cJSON *member;

    if (json == NULL || cJSON_IsInvalid(json))
        return false;
    cJSON_ArrayForEach (member, json) {
        if (!is_whole(member))
            return false;
    }
    return true;
}

/* ---- who it is ---- */

static void add_labels(cJSON *spec, const struct maps_job *job)
{
    cJSON *labels = put_object(spec, "Labels");
    char attempt[16];

    put_text(labels, LABEL_OWNER, job->owner);
    put_text(labels, LABEL_JOB, job->job_id);
    (void)snprintf(attempt, sizeof(attempt), "%" PRIu32, job->attempt);
    put_text(labels, LABEL_ATTEMPT, attempt);
}

static void add_user(cJSON *spec, const struct maps_job *job)
{
    char user[32];

    (void)snprintf(user, sizeof(user), "%" PRIu32 ":%" PRIu32, job->runner_uid, job->runner_gid);
    put_text(spec, "User", user);
}

static void add_strings(cJSON *object, const char *name, const char *const *strings)
{
    cJSON *array = put_array(object, name);

    for (; *strings != NULL; strings++)
        put_item(array, cJSON_CreateString(*strings));
}

static void add_command(cJSON *spec)
{
    const char *const entrypoint[] = { INSIDE_INIT, "--spec",       INSIDE_SPEC,
                                       "--control", INSIDE_CONTROL, NULL };
    const char *const none[] = { NULL };

    add_strings(spec, "Entrypoint", entrypoint);
    add_strings(spec, "Cmd", none);
    put_text(spec, "WorkingDir", "/");
}

/* ---- files ---- */

static void add_mount(cJSON *mounts, const char *source, const char *target, bool readonly)
{
    cJSON *mount = cJSON_CreateObject();

    put_text(mount, "Type", source != NULL ? "bind" : "volume");
    if (source != NULL)
        put_text(mount, "Source", source);
    put_text(mount, "Target", target);
    put_bool(mount, "ReadOnly", readonly);
    put_item(mounts, mount);
}

static void add_mounts(cJSON *host_config, const struct container_plan *plan)
{
    const struct container_files *files = plan->files;
    cJSON *mounts = put_array(host_config, "Mounts");
    char script[300];

    if (files == NULL) { /* who owns what keeps the script from writing to it */
        add_mount(mounts, NULL, "/job", false);
        add_mount(mounts, NULL, "/maps", false);
        return;
    }
    (void)snprintf(script, sizeof(script), "/job/%s", plan->job->profile->script_name);
    add_mount(mounts, files->init, INSIDE_INIT, true);
    add_mount(mounts, files->spec, INSIDE_SPEC, true);
    add_mount(mounts, files->control, INSIDE_CONTROL, false);
    add_mount(mounts, files->script, script, true);
    add_mount(mounts, files->request, "/job/request.json", true);
    add_mount(mounts, files->input, "/job/input", true);
    add_mount(mounts, files->output, "/job/output", false);
    if (files->hosts != NULL)
        add_mount(mounts, files->hosts, "/etc/hosts", true);
}

static void add_tmp(cJSON *host_config, const struct container_settings *settings)
{
    char options[80];

    (void)snprintf(options, sizeof(options), "rw,nosuid,nodev,mode=1777,size=%" PRIu64,
                   settings->tmp_bytes);
    put_text(put_object(host_config, "Tmpfs"), "/tmp", options);
    put_number(host_config, "ShmSize", (double)settings->shm_bytes);
}

/* ---- limits ---- */

static uint64_t kept(const struct container_plan *plan, uint32_t bit, uint64_t value)
{
    return (plan->limits_kept & bit) != 0 ? value : 0;
}

static void add_ulimit(cJSON *ulimits, const char *name, uint64_t value)
{
    cJSON *ulimit = cJSON_CreateObject();

    put_text(ulimit, "Name", name);
    put_number(ulimit, "Soft", (double)value);
    put_number(ulimit, "Hard", (double)value);
    put_item(ulimits, ulimit);
}

/* A default of more CPUs than there are is no reason to refuse a job: it gets all. */
static uint64_t cpu_millis(const struct container_plan *plan)
{
    uint64_t millis = kept(plan, MAPS_LIMIT_CPU, plan->job->limits->cpu_millis);
    bool asked = (plan->job->limits_required & MAPS_LIMIT_CPU) != 0;

    if (!asked && plan->cpus_millis_max != 0 && millis > plan->cpus_millis_max)
        millis = plan->cpus_millis_max;
    return millis;
}

static void add_limits(cJSON *host_config, const struct container_plan *plan)
{
    const struct maps_limits *limits = plan->job->limits;
    uint64_t memory = kept(plan, MAPS_LIMIT_MEMORY, limits->memory_bytes);
    uint64_t pids = kept(plan, MAPS_LIMIT_PIDS, limits->pids);
    cJSON *ulimits = put_array(host_config, "Ulimits");

    if (memory != 0) {
        put_number(host_config, "Memory", (double)memory);
        put_number(host_config, "MemorySwap", (double)memory);
    }
    if (pids != 0)
        put_number(host_config, "PidsLimit", (double)pids);
    if (cpu_millis(plan) != 0)
        put_number(host_config, "NanoCpus", (double)cpu_millis(plan) * 1e6);
    add_ulimit(ulimits, "nofile", plan->settings->open_files);
    add_ulimit(ulimits, "core", 0);
}

/* Room for all that maps-init lets pass, so that rotation never eats a line of it. */
static void add_log(cJSON *host_config, const struct container_plan *plan)
{
    uint64_t output = plan->job->limits->output_bytes;
    uint64_t size = output == 0 ? LOG_UNCAPPED_BYTES : 2 * output + LOG_MIN_BYTES;
    cJSON *log = put_object(host_config, "LogConfig");
    cJSON *config;
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRIu64 "k", size / 1024);
    put_text(log, "Type", plan->podman ? "k8s-file" : "local");
    config = put_object(log, "Config");
    put_text(config, "max-size", text);
    if (!plan->podman) {
        put_text(config, "max-file", "2");
        put_text(config, "compress", "false");
    }
}

/* ---- confinement ---- */

static void add_confinement(cJSON *host_config, const struct container_settings *settings)
{
    const char *const all[] = { "ALL", NULL };
    const char *security[3] = { "no-new-privileges:true" };
    char apparmor[200];

    if (settings->apparmor_profile[0] != '\0') {
        (void)snprintf(apparmor, sizeof(apparmor), "apparmor=%s", settings->apparmor_profile);
        security[1] = apparmor;
    }
    put_bool(host_config, "Privileged", false);
    put_bool(host_config, "ReadonlyRootfs", true);
    add_strings(host_config, "CapDrop", all);
    add_strings(host_config, "SecurityOpt", security);
    put_text(host_config, "IpcMode", "private");
    put_text(host_config, "CgroupnsMode", "private");
    if (settings->runtime[0] != '\0')
        put_text(host_config, "Runtime", settings->runtime);
}

/* Docker is fastest with NetworkDisabled, which Podman passes over.  It makes no /etc/hosts then:
 * without one of ours it would have to do without "localhost". */
static void add_network(cJSON *spec, cJSON *host_config, const struct container_plan *plan)
{
    const char *network = plan->job->network;
    bool none = strcmp(network, "none") == 0;

    put_bool(spec, "NetworkDisabled", none && plan->files != NULL);
    put_text(host_config, "NetworkMode", network);
}

cJSON *container_spec(const struct container_plan *plan)
{
    const struct maps_job *job = plan->job;
    cJSON *spec = cJSON_CreateObject();
    cJSON *host_config = put_object(spec, "HostConfig");
    cJSON *restart = put_object(host_config, "RestartPolicy");

    put_text(spec, "Image", job->profile->image);
    add_user(spec, job);
    put_bool(spec, "Tty", false);
    put_text(spec, "Hostname", "runner");
    add_command(spec);
    add_labels(spec, job);
    add_network(spec, host_config, plan);
    add_mounts(host_config, plan);
    add_tmp(host_config, plan->settings);
    add_limits(host_config, plan);
    add_log(host_config, plan);
    add_confinement(host_config, plan->settings);
    put_text(restart, "Name", "no");
    put_bool(host_config, "AutoRemove", false);
    if (is_whole(spec))
        return spec;
    cJSON_Delete(spec);
    return NULL;
}
