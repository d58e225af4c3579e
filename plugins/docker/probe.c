/* SPDX-License-Identifier: Apache-2.0 */
/* Is the engine there, and what can it do? */
#include "instance.h"
#include "sharing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    PROBE_MS = 4500, /* for all of it: the host waits for 5 s */
    PING_MS = 2000,
    LEARN_AGAIN_MS = 60000 /* it may be another engine by now, or another version of it */
};

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

static void warn(struct engine_facts *facts)
{
    if (runc_unsafe(number_of(facts->version.runc)))
        (void)snprintf(facts->warning, sizeof(facts->warning),
                       "runc %s is known to be unsafe: update it to 1.1.14, 1.2.8 or newer, unless "
                       "your distribution has mended it",
                       facts->version.runc);
}

/* What is left of the time for the whole probe. */
static uint64_t left_ms(uint64_t deadline_ms)
{
    uint64_t now = docker_host->now_monotonic_ms();

    return now < deadline_ms ? deadline_ms - now : 1;
}

static int ask(struct maps_instance *instance, uint64_t deadline_ms, struct engine_reply *info,
               struct fault *fault)
{
    const struct engine_request request = { .method = "GET",
                                            .path = "/info",
                                            .timeout_ms = left_ms(deadline_ms) };
    int rc = engine_call(instance->engine, &request, info, fault);

    if (rc == 0 && (info->status != 200 || info->json == NULL))
        rc = fault_set(fault, EPROTO, "%s answers GET /info with status %ld: %s",
                       engine_name(instance->engine), info->status, info->message);
    else if (rc == 0 && strcmp(json_text(info->json, "OSType"), "windows") == 0)
        rc = fault_set(fault, ENOTSUP, "%s runs Windows containers; Linux ones are needed",
                       engine_name(instance->engine));
    return rc;
}

/* True if it is an engine that was not known. */
static bool remember(struct maps_instance *instance, const struct engine_facts *facts)
{
    pthread_mutex_lock(&instance->lock);
    bool another = !instance->facts_known || strcmp(facts->id, instance->facts.id) != 0;

    if (another)
        instance->sharing = (struct sharing){ .mode = FILES_AUTO };
    instance->facts = *facts;
    instance->facts_known = true;
    instance->facts_ms = docker_host->now_monotonic_ms();
    pthread_mutex_unlock(&instance->lock);
    return another;
}

static int learn(struct maps_instance *instance, uint64_t deadline_ms, struct fault *fault)
{
    ENGINE_REPLY_AUTO info = { 0 };
    struct engine_facts facts = { 0 };
    int rc = engine_negotiate(instance->engine, left_ms(deadline_ms), &facts.version, fault);

    if (rc == 0)
        rc = ask(instance, deadline_ms, &info, fault);
    if (rc != 0)
        return rc;
    (void)snprintf(facts.id, sizeof(facts.id), "%s", json_text(info.json, "ID"));
    facts.limits_kept = limits_kept(info.json);
    facts.cpus_millis = (uint32_t)(json_number(info.json, "NCPU") * 1000);
    warn(&facts);
    if (remember(instance, &facts))
        sharing_sweep(instance);
    return 0;
}

enum knowledge { NOTHING, STALE, FRESH };

static enum knowledge knowledge(struct maps_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    bool known =
        instance->facts_known && engine_speaks(instance->engine, instance->facts.version.api);
    uint64_t age_ms = docker_host->now_monotonic_ms() - instance->facts_ms;

    pthread_mutex_unlock(&instance->lock);
    return !known ? NOTHING : age_ms < LEARN_AGAIN_MS ? FRESH : STALE;
}

static void forget(struct maps_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    instance->facts_known = false;
    pthread_mutex_unlock(&instance->lock);
}

/* An engine that is too busy to describe itself once more is what it was. */
static int look(struct maps_instance *instance, struct fault *fault)
{
    uint64_t deadline_ms = docker_host->now_monotonic_ms() + PROBE_MS;
    int rc = engine_ping(instance->engine, PING_MS, fault);
    enum knowledge known = knowledge(instance);

    if (rc != 0 || known == FRESH)
        return rc;
    rc = learn(instance, deadline_ms, fault);
    return rc == -ETIMEDOUT && known == STALE ? 0 : rc;
}

static void say(struct maps_instance *instance, struct maps_probe *probe)
{
    struct engine_facts facts = docker_facts(instance);

    probe->reachable = 1;
    probe->limits_soft = facts.limits_kept & MAPS_LIMIT_DISK;
    probe->limits_enforced = facts.limits_kept & ~(uint32_t)MAPS_LIMIT_DISK;
    (void)snprintf(probe->version, sizeof(probe->version), "%s%s, API %s",
                   facts.version.podman ? "" : "Docker ", facts.version.engine, facts.version.api);
    (void)snprintf(probe->message, sizeof(probe->message), "%s", facts.warning);
}

int docker_probe(struct maps_instance *instance, struct maps_probe *probe)
{
    struct fault fault = { "" };
    int rc = look(instance, &fault);

    if (rc == 0) {
        say(instance, probe);
        return 0;
    }
    if (rc != -ETIMEDOUT)
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
