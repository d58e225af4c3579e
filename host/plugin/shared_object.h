/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin's code in this process. */
#ifndef MAPS_HOST_PLUGIN_SHARED_OBJECT_H
#define MAPS_HOST_PLUGIN_SHARED_OBJECT_H

#include "base/error.h"

#include <maps_runtime.h>

struct shared_object {
    void *handle; /* NULL: none */
    int fd;       /* the private copy; stays open as long as the code is mapped */
    maps_entry_fn entry;
};

/* Maps the code and runs its constructors.  Takes over fd, also if it fails. */
MUST_CHECK struct error *shared_object_open(int fd, struct shared_object *object);
/* Unmaps the code.  Only if nothing of it can be running or be called any more. */
void shared_object_close(struct shared_object *object);

#endif
