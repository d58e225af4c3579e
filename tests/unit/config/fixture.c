/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "fake_plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL)
        return -1;
    strcpy(fixture->folder, "/tmp/maps-config-XXXXXX");
    *state = fixture;
    return mkdtemp(fixture->folder) == NULL ? -1 : 0;
}

static void path_in(const struct fixture *fixture, const char *name, char path[static 128])
{
    snprintf(path, 128, "%s/%s", fixture->folder, name);
}

static void unload(struct fixture *fixture)
{
    settings_unref(fixture->settings);
    config_free(fixture->config);
    config_free(fixture->running);
    fixture->running = NULL;
    fixture->settings = NULL;
    fixture->config = NULL;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    char part[128], file[128];

    unload(fixture);
    path_in(fixture, "part.conf", part);
    path_in(fixture, "maps-backend.conf", file);
    unlink(part);
    unlink(file);
    int status = rmdir(fixture->folder);
    free(fixture);
    return status;
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

void fixture_load(struct fixture *fixture, const struct given *given)
{
    char *none[] = { NULL };
    char part[128];
    struct config_source source = {
        .overrides = given->overrides,
        .environment = given->environment == NULL ? none : (char **)(uintptr_t)given->environment,
        .executable_dir = "/opt/maps/bin",
    };

    unload(fixture);
    if (given->text != NULL) {
        path_in(fixture, "maps-backend.conf", fixture->file);
        write_file(fixture->file, given->text);
        source.file = fixture->file;
    }
    if (given->included != NULL) {
        path_in(fixture, "part.conf", part);
        write_file(part, given->included);
    }
    while (source.override_count < 4 && given->overrides[source.override_count].path != NULL)
        source.override_count++;
    fixture->config = config_load(&source);
    assert_non_null(fixture->config);
    fixture->accepted = config_check(fixture->config, fake_plugins(), &fixture->settings);
    assert_true(fixture->accepted == (fixture->settings != NULL));
}

void fixture_reload(struct fixture *fixture, const char *text)
{
    struct config *running = fixture->config;

    write_file(fixture->file, text);
    fixture->config = NULL;
    unload(fixture);
    fixture->running = running;
    fixture->config = config_load_again(running);
    assert_non_null(fixture->config);
    fixture->accepted =
        config_check_reload(fixture->config, running, fake_plugins(), &fixture->settings);
}

void fixture_accepted(const struct fixture *fixture)
{
    config_print_problems(fixture->config, stderr);
    assert_true(fixture->accepted);
}

static bool is_at(const struct config_problem *problem, const char *place, int line)
{
    size_t length = strlen(problem->file), wanted = strlen(place);

    return problem->line == line && length >= wanted &&
           strcmp(problem->file + length - wanted, place) == 0;
}

const struct config_problem *fixture_problem(const struct fixture *fixture, const char *place,
                                             int line, const char *part)
{
    for (size_t i = 0; i < config_problem_count(fixture->config); i++) {
        const struct config_problem *problem = config_problem_at(fixture->config, i);
        if (is_at(problem, place, line) && strstr(problem->message, part) != NULL)
            return problem;
    }
    fprintf(stderr, "no problem \"%s\" at %s:%d among:\n", part, place, line);
    config_print_problems(fixture->config, stderr);
    fail();
    return NULL;
}

char *fixture_printed(const struct fixture *fixture)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    config_print(fixture->config, fake_plugins(), out);
    config_print_problems(fixture->config, out);
    assert_int_equal(fclose(out), 0);
    return text;
}
