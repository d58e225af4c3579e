/* SPDX-License-Identifier: Apache-2.0 */
/* The spec (protocol.h): what to run and how. */
#ifndef MAPS_INIT_SPEC_H
#define MAPS_INIT_SPEC_H

#include "sentence.h"

#include <stddef.h>
#include <stdint.h>

struct spec {
    uint32_t attempt;
    uint64_t timeout_ms;           /* 0: none */
    uint64_t output_bytes;         /* 0: no cap */
    uint64_t nproc, nofile, fsize; /* rlimits; 0: leave */
    uint64_t disk_bytes;           /* cap on what cwd holds; 0: none */
    bool passthrough;
    const char *cwd;
    char **arguments;   /* ends with NULL; at least one */
    char **environment; /* ends with NULL */
    char **writable;    /* paths; ends with NULL.  None: the script may write anywhere */
    char *text;         /* what the strings above point into */
};

/* Takes over text (malloc'ed, length bytes), also when it fails. */
bool spec_parse(struct spec *spec, char *text, size_t length, struct sentence *why);
/* Reads to the end of fd and parses. */
bool spec_read(struct spec *spec, int fd, struct sentence *why);
void spec_free(struct spec *spec);

#endif
