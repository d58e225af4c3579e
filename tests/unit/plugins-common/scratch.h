/* SPDX-License-Identifier: Apache-2.0 */
/* A folder per test, which is the state, and what the tests ask about what is in it. */
#ifndef MAPS_TESTS_SCRATCH_H
#define MAPS_TESTS_SCRATCH_H

#include <stddef.h>
#include <sys/types.h>

struct scratch {
    char path[32];
    int fd;
};

int scratch_setup(void **state);
int scratch_teardown(void **state);

void scratch_write(const struct scratch *scratch, const char *name, const void *bytes,
                   size_t length);
void scratch_folder(const struct scratch *scratch, const char *name);
/* The file there has these bytes and is no link. */
void scratch_holds(const struct scratch *scratch, const char *name, const char *text);
void scratch_lacks(const struct scratch *scratch, const char *name);
mode_t scratch_mode(const struct scratch *scratch, const char *name);

#endif
