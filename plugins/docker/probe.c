/* SPDX-License-Identifier: Apache-2.0 */
/* Is the engine there, and what can it do? */
#include "instance.h"
#include "sharing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PROBE_CALL_MS = 2000 };

static uint32_t limits_kept(const cJSON *info)
{
    /* maps-init keeps the cap on output; the output folder is sampled, by the host's guard or
     * by maps-init. */
    uint32_t mask = MAPS_LIMIT_OUTPUT | MAPS_LIMIT_DISK;

    if (json_true(info, "MemoryLimit"))
        mask |= MAPS_LIMIT_MEMORY;
    if (json_true(info, "CpuCfsQuota") || json_true(info, "CPUCfsQuota"))
        mask |= MAPS_LIMIT_CPU;
    if (json_true(info, "PidsLimit"))
        mask |= MAPS_LIMIT_PIDS;
    return mask;
}

/* "1.1.5+ds1" -> 1001005 */
static unsigned long number_of(const char *version)
{
    unsigned a = 0, b = 0, c = 0;

    return sscanf(version, "%3u.%3u.%3u", &a, &b, &c) == 3 ? (a * 1000ul + b) * 1000ul + c : 0;
}

/* CVE-2024-45310 and the ones before it. */
static bool runc_unsafe(unsigned long version)
{
    return version != 0 && (version < 1001014 || (version >= 1002000 && version < 1002008));
}

static void warn(const cJSON *version, struct engine_facts *facts)
{
    const cJSON *component;

    cJSON_ArrayForEach (component, json_item(version, "Components")) {
        const char *name = json_text(component, "Name"), *text = json_text(component, "Version");

        if (strcmp(name, "runc") == 0 && runc_unsafe(number_of(text)))
            (void)snprintf(facts->warning, sizeof(facts->warning),
                           "runc %.40s is known to be unsafe: update it to 1.1.14, 1.2.8 or "
                           "newer, unless your distribution has mended it",
                           text);
    }
}

static int get(struct maps_instance *instance, const char *path, struct engine_reply *reply,
               struct fault *fault)
{
    const struct engine_request request = { .method = "GET",
                                            .path = path,
                                            .timeout_ms = PROBE_CALL_MS };
    int rc = engine_call(instance->engine, &request, reply, fault);

    if (rc == 0 && (reply->status != 200 || reply->json == NULL))
        rc = fault_set(fault, EPROTO, "%s answers GET %s with status %ld: %s",
                       engine_name(instance->engine), path, reply->status, reply->message);
    return rc;
}

static int learn(struct maps_instance *instance, bool podman, struct fault *fault)
{
    ENGINE_REPLY_AUTO info = { 0 };
    ENGINE_REPLY_AUTO version = { 0 };
    struct engine_facts facts = { .podman = podman };
    int rc = get(instance, "/info", &info, fault);

    if (rc == 0)
        rc = get(instance, "/version", &version, fault);
    if (rc != 0)
        return rc;
    if (strcmp(json_text(info.json, "OSType"), "windows") == 0)
        return fault_set(fault, ENOTSUP, "%s runs Windows containers; Linux ones are needed",
                         engine_name(instance->engine));
    (void)snprintf(facts.id, sizeof(facts.id), "%s", json_text(info.json, "ID"));
    facts.limits_kept = limits_kept(info.json);
    facts.cpus_millis = (uint32_t)(json_number(info.json, "NCPU") * 1000);
    warn(version.json, &facts);
    pthread_mutex_lock(&instance->lock);
    if (strcmp(facts.id, instance->facts.id) != 0 || !instance->facts_known)
        instance->sharing = (struct sharing){ .mode = FILES_AUTO }; /* another engine */
    instance->facts = facts;
    instance->facts_known = true;
    pthread_mutex_unlock(&instance->lock);
    return 0;
}

static bool known(struct maps_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    bool known = instance->facts_known;

    pthread_mutex_unlock(&instance->lock);
    return known;
}

static void forget(struct maps_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    instance->facts_known = false;
    pthread_mutex_unlock(&instance->lock);
}

static void say(struct maps_instance *instance, const struct engine_version *version,
                struct maps_probe *probe)
{
    struct engine_facts facts = docker_facts(instance);

    probe->reachable = 1;
    probe->limits_soft = facts.limits_kept & MAPS_LIMIT_DISK;
    probe->limits_enforced = facts.limits_kept & ~(uint32_t)MAPS_LIMIT_DISK;
    (void)snprintf(probe->version, sizeof(probe->version), "%s%s, API %s",
                   facts.podman ? "" : "Docker ", version->engine, version->api);
    (void)snprintf(probe->message, sizeof(probe->message), "%s", facts.warning);
}

int docker_probe(struct maps_instance *instance, struct maps_probe *probe)
{
    struct engine_version version;
    struct fault fault = { "" };
    int rc = engine_negotiate(instance->engine, PROBE_CALL_MS, &version, &fault);

    if (rc == 0 && !known(instance)) {
        rc = learn(instance, version.podman, &fault);
        if (rc == 0)
            sharing_sweep(instance);
    }
    if (rc == 0) {
        say(instance, &version, probe);
        return 0;
    }
    forget(instance); /* what comes back may be another engine */
    probe->reachable = 0;
    (void)snprintf(
        probe->message, sizeof(probe->message),
        rc == -EACCES ? "%.400s. Let this user into the socket's group, or run the host as root."
        : engine_call_not_sent(rc) ? "%.400s. Start Docker, or say where it is with DOCKER_HOST."
                                   : "%.400s.",
        fault.text);
    return 0;
}
