/* SPDX-License-Identifier: Apache-2.0 */
#include "admission_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const python_command[] = { "python3", "-u", NULL };
static const char *const bash_command[] = { "bash", NULL };
static char default_profile[] = "python", internal[] = "internal";
static char language[] = "LANG=C.UTF-8", proxy[] = "PROXY=http://p:3128/?a=b";
static char *environment[] = { language, proxy, NULL };
static char online[] = "online";
static char *networks[] = { internal, NULL };

static struct profile profiles[] = {
    { .public = { .size = sizeof(struct maps_profile),
                  .name = "python",
                  .image = "py-exec:latest",
                  .command = python_command,
                  .script_name = "script.py" } },
    { .public = { .size = sizeof(struct maps_profile),
                  .name = "bash",
                  .image = "",
                  .command = bash_command,
                  .script_name = "script.sh" },
      .limits = { .memory_bytes = 128 << 20 },
      .timeout_ms = 30000 },
    { .public = { .size = sizeof(struct maps_profile),
                  .name = "fetch",
                  .image = "",
                  .command = bash_command,
                  .script_name = "script.sh" },
      .environment = environment,
      .network = online },
};

static const struct settings settings = {
    .job_timeout_ms = 600000,
    .job_max_timeout_ms = 3600000,
    .job_max_files = 3,
    .job_allowed_networks = networks,
    .limits_default = { .cpu_millis = 1000, .memory_bytes = 256 << 20, .pids = 64 },
    .limits_max = { .cpu_millis = 2000, .memory_bytes = 1 << 30 },
    .profiles = profiles,
    .profile_count = 3,
    .default_profile = default_profile,
};

static bool find_runtime(void *context, const char *name, struct admission_runtime *runtime)
{
    static const struct admission_runtime known[] = {
        { "sandbox", "SandboxRunner", true, MAPS_LIMIT_MEMORY | MAPS_LIMIT_PIDS | MAPS_LIMIT_OUTPUT,
          MAPS_LIMIT_DISK },
        { "docker", "DockerRunner", false, 0, 0 },
    };

    (void)context;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, name) == 0) {
            *runtime = known[i];
            return true;
        }
    }
    return false;
}

const struct admission_rules fixture_rules = {
    .settings = &settings,
    .default_runtime = "sandbox",
    .runtime = find_runtime,
    .runtime_names = "docker, sandbox",
};

struct submission *fixture_accept(const char *body)
{
    struct submission *submission = NULL;
    struct error *err = admission_parse(body, strlen(body), &fixture_rules, &submission);

    if (err != NULL)
        fail_msg("%s\nrefused: %s", body, err->message);
    assert_non_null(submission);
    return submission;
}

static char *with(const char *fields)
{
    char *body = NULL;

    assert_true(asprintf(&body, "{\"script_content\": \"x\", %s}", fields) > 0);
    return body;
}

struct submission *fixture_accept_with(const char *fields)
{
    char *body = with(fields);
    struct submission *submission = fixture_accept(body);

    free(body);
    return submission;
}

void fixture_refuse(const char *body, enum error_kind kind, const char *field, const char *words)
{
    struct submission *submission = NULL;
    ERROR_AUTO err = admission_parse(body, strlen(body), &fixture_rules, &submission);

    if (err == NULL)
        fail_msg("accepted: %s", body);
    assert_null(submission);
    if (err->kind != kind || strstr(err->message, words) == NULL)
        fail_msg("%s\nkind %d, \"%s\": expected kind %d and \"%s\"", body, (int)err->kind,
                 err->message, (int)kind, words);
    if (field == NULL ? err->field != NULL : err->field == NULL || strcmp(err->field, field) != 0)
        fail_msg("%s\nfield %s instead of %s", body, err->field == NULL ? "(none)" : err->field,
                 field == NULL ? "(none)" : field);
}

void fixture_refuse_with(const char *fields, const char *field, const char *words)
{
    char *body = with(fields);

    fixture_refuse(body, ERROR_INVALID, field, words);
    free(body);
}
