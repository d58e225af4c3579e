/* SPDX-License-Identifier: Apache-2.0 */
#include "pull.h"

#include "files.h"
#include "image_reference.h"
#include "pull_progress.h"
#include "registry_auth.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
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
    const char *file = instance->config_file;
    TEXT_AUTO config = file[0] == '\0' ? NULL : file_slurp(file);
    TEXT_AUTO value = NULL;
    struct fault fault = { "it cannot be read" };

    if (file[0] == '\0')
        return NULL;
    int rc =
        config == NULL ? -ENOENT : registry_auth_find(config, strlen(config), name, &value, &fault);

    if (rc != 0 && (rc != -ENOENT || config == NULL))
        docker_host->log(run, MAPS_LOG_WARNING, "docker.config_file %s: %s", file, fault.text);
    return value == NULL ? NULL : text_format("X-Registry-Auth: %s", value);
}

static char *pull_path(const char *name)
{
    struct image_reference reference;
    char *path = NULL;

    if (!image_reference_parse(name, &reference))
        return NULL;
    char *from = curl_easy_escape(NULL, reference.name, 0);
    char *tag =
        curl_easy_escape(NULL, reference.digest[0] != '\0' ? reference.digest : reference.tag, 0);

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
