/* SPDX-License-Identifier: Apache-2.0 */
/* The defaults that depend on the machine and the user, and the built-in profile. */
#ifndef MAPS_HOST_CONFIG_DEFAULTS_H
#define MAPS_HOST_CONFIG_DEFAULTS_H

#include "config/entries.h"
#include "config/environment.h"

#include <sys/types.h>

/* What they depend on. */
struct surroundings {
    uid_t uid;
    gid_t gid;
    unsigned cpus;
    const char *home;      /* or NULL */
    const char *data_home; /* $XDG_DATA_HOME, or NULL */
    const char *prefix;    /* folder above the one of the running program */
    bool multiarch;        /* the plugins lie in the machine's own library folder */
};

/* Asks the system. */
void defaults_look_around(struct surroundings *around, struct pool *pool,
                          const struct environment *environment, const char *executable_dir);
/* Adds them to the lowest layer.  Pure. */
void defaults_add(struct entries *entries, struct pool *pool, const struct surroundings *around);
/* Where `cmake --install` puts the configuration: <prefix>/etc/..., for /usr /etc/... */
char *defaults_config_file(struct pool *pool, const char *prefix);

#endif
