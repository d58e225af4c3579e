/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration in a folder of its own, loaded and checked. */
#ifndef MAPS_TESTS_CONFIG_FIXTURE_H
#define MAPS_TESTS_CONFIG_FIXTURE_H

#include "config/config.h"

struct fixture {
    char folder[64];
    char file[128]; /* the main file, "" if there is none */
    struct config *config;
    struct config *running; /* after fixture_reload(): the one before */
    struct settings *settings;
    bool accepted;
};

/* What to load; all may be left out. */
struct given {
    const char *text;                    /* of the main file; NULL: no file */
    const char *included;                /* of "part.conf" beside it */
    char *const *environment;            /* NULL: empty */
    struct config_override overrides[4]; /* those with a path */
};

/* cmocka's set-up and tear-down: *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

void fixture_load(struct fixture *fixture, const struct given *given);
/* Writes the main file anew, and checks it to take the place of what was loaded.  The former
 * configuration stays in `running`. */
void fixture_reload(struct fixture *fixture, const char *text);
/* Fails the test unless it was accepted, printing the problems. */
void fixture_accepted(const struct fixture *fixture);
/* The problem at that place ("maps-backend.conf", "part.conf", "environment", "command
 * line") whose message contains all of `part`; fails the test if there is none. */
const struct config_problem *fixture_problem(const struct fixture *fixture, const char *place,
                                             int line, const char *part);
/* What one of the print functions writes; caller frees. */
char *fixture_printed(const struct fixture *fixture);

#endif
