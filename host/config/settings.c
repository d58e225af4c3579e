/* SPDX-License-Identifier: Apache-2.0 */
/* From effective values to typed settings. */
#include "config/settings.h"

#include "config/address.h"
#include "config/config_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that a struct settings points to lies in its pool. */
struct owned_settings {
    struct settings settings; /* first: settings_unref() gets its address */
    struct pool pool;
};

static uint64_t number_of(const struct resolved *resolved)
{
    int64_t number = 0;

    if (resolved == NULL || resolved->value.text == NULL ||
        !value_parse_int(resolved->value.text, &number) || number < 0)
        return 0;
    return (uint64_t)number;
}

static uint64_t number_at(const struct config *config, const char *path)
{
    return number_of(resolved_find(config, path));
}

static uint64_t thousandths_of(const struct resolved *resolved)
{
    double number = 0;

    if (resolved == NULL || !value_parse_number(resolved->value.text, &number))
        return 0;
    return (uint64_t)llround(number * 1000);
}

static char *text_at(const struct config *config, struct pool *pool, const char *path)
{
    return pool_copy(pool, resolved_text(config, path));
}

static bool truth_at(const struct config *config, const char *path)
{
    const char *text = resolved_text(config, path);
    bool truth = false;

    return text != NULL && value_parse_bool(text, &truth) && truth;
}

static char **copy_items(struct pool *pool, const struct resolved *resolved)
{
    size_t count = resolved == NULL ? 0 : resolved->value.item_count;
    char **items = pool_alloc(pool, (count + 1) * sizeof(*items));

    for (size_t i = 0; i < count && items != NULL; i++)
        items[i] = pool_copy(pool, resolved->value.items[i]);
    return items;
}

static char **items_at(const struct config *config, struct pool *pool, const char *path)
{
    return copy_items(pool, resolved_find(config, path));
}

static struct maps_limits limits_at(const struct config *config, struct pool *pool, size_t section,
                                    const char *prefix)
{
    const char *const names[] = { "cpus", "memory_bytes", "pids", "disk_bytes", "output_bytes" };
    const struct resolved *found[sizeof(names) / sizeof(names[0])] = { NULL };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *name = pool_format(pool, "%s%s", prefix, names[i]);
        if (name != NULL)
            found[i] = resolved_in(config, section, name);
    }
    return (struct maps_limits){
        .size = sizeof(struct maps_limits),
        .cpu_millis = thousandths_of(found[0]),
        .memory_bytes = number_of(found[1]),
        .pids = number_of(found[2]),
        .disk_bytes = number_of(found[3]),
        .output_bytes = number_of(found[4]),
    };
}

static char *network_in(const struct config *config, struct pool *pool, size_t section)
{
    const struct resolved *network = resolved_in(config, section, "network");

    if (network == NULL || network->value.text == NULL || network->value.text[0] == '\0')
        return NULL;
    return pool_copy(pool, network->value.text);
}

static void fill_profile(const struct config *config, struct pool *pool, size_t section,
                         struct profile *profile)
{
    const struct resolved *image = resolved_in(config, section, "image");
    const struct resolved *script_name = resolved_in(config, section, "script_name");

    profile->public = (struct maps_profile){
        .size = sizeof(struct maps_profile),
        .name = pool_copy(pool, config->sections[section].name),
        .image = pool_copy(pool, image == NULL ? "" : image->value.text),
        .command = (const char *const *)copy_items(pool, resolved_in(config, section, "command")),
        .script_name = pool_copy(pool, script_name == NULL ? "" : script_name->value.text),
    };
    profile->environment = copy_items(pool, resolved_in(config, section, "environment"));
    profile->network = network_in(config, pool, section);
    profile->limits = limits_at(config, pool, section, "limits.");
    profile->timeout_ms = 1000 * number_of(resolved_in(config, section, "timeout_seconds"));
}

static struct profile *make_profiles(const struct config *config, struct pool *pool, size_t *count)
{
    struct profile *profiles = pool_alloc(pool, (config->section_count + 1) * sizeof(*profiles));

    *count = 0;
    for (size_t i = 0; i < config->section_count && profiles != NULL; i++)
        if (config->sections[i].kind == SECTION_PROFILE)
            fill_profile(config, pool, i, &profiles[(*count)++]);
    return profiles;
}

const struct maps_profile **settings_make_profiles(const struct config *config, struct pool *pool)
{
    size_t count = 0;
    const struct profile *profiles = make_profiles(config, pool, &count);
    const struct maps_profile **public = pool_alloc(pool, (count + 1) * sizeof(*public));

    for (size_t i = 0; i < count && public != NULL; i++)
    public[i] = &profiles[i].public;
    return public;
}

static void fill_general(const struct config *config, struct pool *pool, struct settings *settings)
{
    char address[INET6_ADDRSTRLEN] = "";
    const char *listen = resolved_text(config, "listen");
    const char *auth = resolved_text(config, "auth");
    const char *runtime = resolved_text(config, "runtime");

    if (listen != NULL && address_parse(listen, address, &settings->listen_port))
        settings->listen_address = pool_copy(pool, address);
    settings->data_dir = pool_copy(pool, config->data_dir);
    settings->plugin_dir = pool_copy(pool, config->plugin_dir);
    settings->libexec_dir = pool_copy(pool, config->libexec_dir);
    settings->runtime = runtime == NULL || runtime[0] == '\0' ? NULL : pool_copy(pool, runtime);
    settings->auth_none = auth != NULL && strcmp(auth, "none") == 0;
    settings->token = text_at(config, pool, "token");
    settings->log_level = text_at(config, pool, "log_level");
    settings->log_format = text_at(config, pool, "log_format");
    settings->config_file = pool_copy(pool, config->file);
    settings->reload_on_change = truth_at(config, "reload_on_change");
    settings->default_profile = text_at(config, pool, "default_profile");
}

static void fill_http(const struct config *config, struct pool *pool, struct settings *settings)
{
    settings->http_max_body_bytes = number_at(config, "http.max_body_bytes");
    settings->http_max_upload_bytes = number_at(config, "http.max_upload_bytes");
    settings->http_max_header_bytes = number_at(config, "http.max_header_bytes");
    settings->http_request_timeout_ms = 1000 * number_at(config, "http.request_timeout_seconds");
    settings->http_upload_timeout_ms = 1000 * number_at(config, "http.upload_timeout_seconds");
    settings->http_idle_timeout_ms = 1000 * number_at(config, "http.idle_timeout_seconds");
    settings->http_max_connections = (uint32_t)number_at(config, "http.max_connections");
    settings->http_max_connections_per_address =
        (uint32_t)number_at(config, "http.max_connections_per_address");
    settings->http_allowed_hosts = items_at(config, pool, "http.allowed_hosts");
    settings->http_allowed_origins = items_at(config, pool, "http.allowed_origins");
}

static void fill_jobs(const struct config *config, struct pool *pool, struct settings *settings)
{
    settings->job_timeout_ms = 1000 * number_at(config, "jobs.timeout_seconds");
    settings->job_max_timeout_ms = 1000 * number_at(config, "jobs.max_timeout_seconds");
    settings->job_concurrency = (uint32_t)number_at(config, "jobs.concurrency");
    settings->job_queue_limit = (uint32_t)number_at(config, "jobs.queue_limit");
    settings->job_max_files = (uint32_t)number_at(config, "jobs.max_files");
    settings->job_max_input_bytes = number_at(config, "jobs.max_input_bytes");
    settings->job_readable_paths = items_at(config, pool, "jobs.readable_paths");
    settings->job_writable_paths = items_at(config, pool, "jobs.writable_paths");
    settings->job_drain_ms = 1000 * number_at(config, "jobs.drain_seconds");
    settings->job_start_retries = (uint32_t)number_at(config, "jobs.start_retries");
    settings->runner_uid = (uid_t)number_at(config, "jobs.runner_uid");
    settings->runner_gid = (gid_t)number_at(config, "jobs.runner_gid");
    settings->job_allowed_networks = items_at(config, pool, "jobs.allowed_networks");
    /* The host's section is always the first. */
    settings->limits_default = limits_at(config, pool, 0, "limits.default.");
    settings->limits_max = limits_at(config, pool, 0, "limits.max.");
    settings->disk_max_inodes = number_at(config, "limits.disk_max_inodes");
}

static void fill_retention(const struct config *config, struct settings *settings)
{
    settings->retention_max_age_ms = 1000 * number_at(config, "retention.max_age_seconds");
    settings->retention_max_jobs = number_at(config, "retention.max_jobs");
    settings->retention_max_bytes = number_at(config, "retention.max_bytes");
}

struct settings *settings_make(const struct config *config)
{
    struct owned_settings *owned = calloc(1, sizeof(*owned));

    if (owned == NULL)
        return NULL;
    fill_general(config, &owned->pool, &owned->settings);
    fill_http(config, &owned->pool, &owned->settings);
    fill_jobs(config, &owned->pool, &owned->settings);
    fill_retention(config, &owned->settings);
    owned->settings.profiles = make_profiles(config, &owned->pool, &owned->settings.profile_count);
    atomic_init(&owned->settings.references, 1);
    if (!owned->pool.failed)
        return &owned->settings;
    settings_unref(&owned->settings);
    return NULL;
}

/* The count is the one thing that changes in settings that are const to everybody. */
static atomic_uint *count_of(const struct settings *settings)
{
    return &((struct settings *)(uintptr_t)settings)->references;
}

const struct settings *settings_ref(const struct settings *settings)
{
    (void)atomic_fetch_add(count_of(settings), 1);
    return settings;
}

void settings_unref(const struct settings *settings)
{
    if (settings == NULL || atomic_fetch_sub(count_of(settings), 1) != 1)
        return;

    struct owned_settings *owned = (struct owned_settings *)(uintptr_t)settings;
    pool_free(&owned->pool);
    free(owned);
}

void settings_unref_at(const struct settings **settings)
{
    settings_unref(*settings);
}

const struct profile *settings_profile(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->profile_count; i++)
        if (strcmp(settings->profiles[i].public.name, name) == 0)
            return &settings->profiles[i];
    return NULL;
}
