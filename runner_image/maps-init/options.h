/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of maps-init (protocol.h). */
#ifndef MAPS_INIT_OPTIONS_H
#define MAPS_INIT_OPTIONS_H

#include "sentence.h"

struct options {
    const char *spec_file;   /* or NULL: */
    int spec_fd;             /* -1: none */
    const char *control_dir; /* or NULL: */
    int control_fd;          /* -1: none */
};

bool options_parse(struct options *options, int argc, char **argv, struct sentence *why);

#endif
