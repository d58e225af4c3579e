/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of bubblewrap for one sandbox.  Pure. */
#ifndef MAPS_SANDBOX_BWRAP_ARGS_H
#define MAPS_SANDBOX_BWRAP_ARGS_H

#include "view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bwrap_wish {
    const struct view *view;
    const char *stage; /* folder where item i of the view lies as "<stage>/<i>", or NULL:
                          the items lie where they say */
    const char *hostname;
    bool host_network;
    uint64_t tmp_bytes, shm_bytes;
    int passwd_fd, group_fd; /* texts for /etc */
    int nsswitch_fd;
    int hosts_fd;               /* -1: the machine's own is in the view */
    int info_fd;                /* where bubblewrap writes the PID of the sandbox's PID 1; -1 */
    const char *const *command; /* ends with NULL */
};

struct bwrap_args {
    char **argv; /* ends with NULL */
    size_t count;
    bool failed; /* out of memory */
};

void bwrap_args_build(const struct bwrap_wish *wish, struct bwrap_args *args);
void bwrap_args_clear(struct bwrap_args *args);

#endif
