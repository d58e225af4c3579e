/* SPDX-License-Identifier: Apache-2.0 */
#include "pull.h"

#include "files.h"
#include "pull_progress.h"
#include "registry_auth.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PULL_MS = 3600000 };

struct pull {
    struct maps_run *run;
    const char *name;
    struct pull_progress progress;
    int shown; /* percent */
};

static int take(void *context, const void *bytes, size_t length)
{
    struct pull *pull = context;
    char sentence[200];

    pull_progress_take(&pull->progress, bytes, length);
    int percent = pull_progress_percent(&pull->progress);

    if (percent == pull->shown)
        return 0;
    pull->shown = percent;
    (void)snprintf(sentence, sizeof(sentence), "Pulling the image %.120s: %d %%", pull->name,
                   percent);
    docker_host->progress(pull->run, sentence);
    return 0;
}

/* The X-Registry-Auth header for the image, or NULL if there are no credentials for it. */
static char *credentials(const struct maps_instance *instance, struct maps_run *run,
                         const char *name)
{
    TEXT_AUTO config = instance->config_file[0] == '\0' ? NULL : file_slurp(instance->config_file);
    char *value = NULL;

    if (instance->config_file[0] == '\0')
        return NULL;
    enum registry_auth_result found =
        config == NULL ? REGISTRY_AUTH_DAMAGED : registry_auth_find(config, name, &value);

    if (found == REGISTRY_AUTH_DAMAGED)
        docker_host->log(run, MAPS_LOG_WARNING,
                         "docker.config_file: %s cannot be read as a Docker config.json",
                         instance->config_file);
    if (found == REGISTRY_AUTH_HELPER)
        docker_host->log(run, MAPS_LOG_WARNING,
                         "docker.config_file: %s keeps its credentials in a helper program, "
                         "which is not run: write them into a file with \"auths\"",
                         instance->config_file);
    char *header = value == NULL ? NULL : text_format("X-Registry-Auth: %s", value);

    free(value);
    return header;
}

static char *pull_path(const char *name)
{
    struct image_reference reference;
    char *path = NULL;

    if (!image_reference_parse(name, &reference))
        return NULL;
    char *from = curl_easy_escape(NULL, reference.from_image, 0);
    char *tag = curl_easy_escape(NULL, reference.tag, 0);

    if (from != NULL && tag != NULL)
        path = text_format("/images/create?fromImage=%s&tag=%s", from, tag);
    curl_free(from);
    curl_free(tag);
    return path;
}

static int unavailable(const char *name, const char *why, struct fault *fault)
{
    fault_set(fault, ENOENT,
              "The image \"%s\" cannot be pulled: %.300s. Check its name, and the credentials in "
              "docker.config_file; or build it and set docker.pull to \"never\".",
              name, why);
    return IMAGE_UNAVAILABLE;
}

int image_pull(struct maps_instance *instance, struct maps_run *run, const char *name,
               struct http_waker *waker, struct fault *fault)
{
    ENGINE_REPLY_AUTO reply = { 0 };
    TEXT_AUTO path = pull_path(name);
    TEXT_AUTO header = credentials(instance, run, name);
    const char *const headers[] = { header, NULL };
    struct pull pull = { .run = run, .name = name, .shown = -1 };
    const struct engine_request request = { .method = "POST",
                                            .path = path,
                                            .headers = headers,
                                            .timeout_ms = PULL_MS,
                                            .waker = waker,
                                            .take_body = take,
                                            .context = &pull };

    if (path == NULL)
        return unavailable(name, "it is not the name of an image", fault);
    int rc = engine_call(instance->engine, &request, &reply, fault);

    if (rc != 0)
        return rc;
    if (reply.status >= 300)
        return unavailable(name, reply.message, fault);
    return pull.progress.error[0] == '\0' ? IMAGE_READY
                                          : unavailable(name, pull.progress.error, fault);
}
