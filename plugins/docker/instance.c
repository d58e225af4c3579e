/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include "endpoint.h"
#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *option(const struct maps_config *config, const char *name)
{
    const char *value = docker_host->option_string(config, name);

    return value != NULL ? value : "";
}

static const char *option_or_null(const struct maps_config *config, const char *name)
{
    const char *value = option(config, name);

    return value[0] != '\0' ? value : NULL;
}

/* The index of the option's value among these; -EINVAL. */
static int choice(const struct maps_config *config, const char *name, const char *const *choices)
{
    const char *value = option(config, name);

    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(value, choices[i]) == 0)
            return i;
    }
    docker_host->set_error("docker.%s: \"%s\" is none of %s, %s and %s", name, value, choices[0],
                           choices[1], choices[2]);
    return -EINVAL;
}

static int choose(const struct maps_config *config, struct maps_instance *instance)
{
    static const char *const pulls[] = { "never", "missing", "always", NULL };
    static const char *const files[] = { "auto", "shared", "archive", NULL };
    int pull = choice(config, "pull", pulls);
    int mode = pull < 0 ? pull : choice(config, "files", files);

    if (mode < 0)
        return mode;
    instance->pull = (enum pull_policy)pull;
    instance->files = (enum files_mode)mode;
    return 0;
}

static int check_absolute(const char *name, const char *path)
{
    if (path[0] == '\0' || path[0] == '/')
        return 0;
    docker_host->set_error("docker.%s: \"%s\" is not an absolute path", name, path);
    return -EINVAL;
}

static int make_engine(const struct maps_config *config, struct maps_instance *instance)
{
    const struct endpoint_wish wish = {
        .host = option_or_null(config, "host"),
        .cert_path = option_or_null(config, "cert_path"),
        .tls = option_or_null(config, "tls_verify") != NULL,
        .runtime_dir = getenv("XDG_RUNTIME_DIR"),
    };
    struct endpoint endpoint;
    struct fault fault = { "" };
    int rc = endpoint_find(&wish, &endpoint, &fault);

    if (rc == 0) {
        instance->engine = engine_new(&endpoint, &fault);
        endpoint_clear(&endpoint);
    }
    if (instance->engine != NULL)
        return 0;
    docker_host->set_error("%s", fault.text);
    return rc != 0 ? rc : -ENOMEM;
}

static int copy_strings(const struct maps_config *config, struct maps_instance *instance)
{
    const char *owner = docker_host->info("owner");
    const char *init = docker_host->info("init_path");

    if (owner == NULL || init == NULL) {
        docker_host->set_error("this host does not say its owner label and init_path: install "
                               "plugin and host of one version");
        return -ENOTSUP;
    }
    instance->owner = strdup(owner);
    instance->init_path = strdup(init);
    instance->project_dir = strdup(option(config, "project_dir"));
    instance->project_mount = strdup(option(config, "project_mount"));
    instance->config_file = strdup(option(config, "config_file"));
    instance->runtime = strdup(option(config, "runtime"));
    instance->apparmor_profile = strdup(option(config, "apparmor_profile"));
    if (instance->owner == NULL || instance->init_path == NULL || instance->project_dir == NULL ||
        instance->project_mount == NULL || instance->config_file == NULL ||
        instance->runtime == NULL || instance->apparmor_profile == NULL) {
        docker_host->set_error("out of memory");
        return -ENOMEM;
    }
    int rc = check_absolute("project_dir", instance->project_dir);

    return rc == 0 ? check_absolute("project_mount", instance->project_mount) : rc;
}

static int fill(const struct maps_config *config, struct maps_instance *instance)
{
    int rc = copy_strings(config, instance);

    if (rc == 0)
        rc = choose(config, instance);
    if (rc != 0)
        return rc;
    instance->settings = (struct container_settings){
        .runtime = instance->runtime,
        .apparmor_profile = instance->apparmor_profile,
        .tmp_bytes = (uint64_t)docker_host->option_int(config, "tmp_bytes"),
        .shm_bytes = (uint64_t)docker_host->option_int(config, "shm_bytes"),
        .open_files = (uint64_t)docker_host->option_int(config, "open_files"),
    };
    instance->allow_host_network = docker_host->option_bool(config, "allow_host_network") != 0;
    instance->root = geteuid() == 0;
    return make_engine(config, instance);
}

int docker_configure(const struct maps_config *config, struct maps_instance **instance)
{
    struct maps_instance *made = calloc(1, sizeof(*made));

    if (made == NULL) {
        docker_host->set_error("out of memory");
        return -ENOMEM;
    }
    pthread_mutex_init(&made->lock, NULL);
    int rc = fill(config, made);

    if (rc == 0)
        *instance = made;
    else
        docker_release(made);
    return rc;
}

void docker_release(struct maps_instance *instance)
{
    engine_free(instance->engine);
    path_map_clear(&instance->paths);
    free(instance->owner);
    free(instance->init_path);
    free(instance->project_dir);
    free(instance->project_mount);
    free(instance->config_file);
    free(instance->runtime);
    free(instance->apparmor_profile);
    pthread_mutex_destroy(&instance->lock);
    free(instance);
}

struct engine_facts docker_facts(struct maps_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    struct engine_facts facts = instance->facts;

    pthread_mutex_unlock(&instance->lock);
    return facts;
}

struct sharing docker_sharing(struct maps_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    struct sharing sharing = instance->sharing;

    pthread_mutex_unlock(&instance->lock);
    return sharing;
}
