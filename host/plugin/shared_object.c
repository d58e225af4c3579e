/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/shared_object.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 32 };

static void format_path(char path[static PATH_BYTES], int fd)
{
    (void)snprintf(path, PATH_BYTES, "/proc/self/fd/%d", fd);
}

/* The loader names the file by our private path, which tells an operator nothing. */
static const char *without_path(const char *message, const char *path)
{
    size_t length = strlen(path);

    if (message == NULL)
        return "the loader gave no reason";
    if (strncmp(message, path, length) == 0 && strncmp(message + length, ": ", 2) == 0)
        return message + length + 2;
    return message;
}

struct error *shared_object_open(int fd, struct shared_object *object)
{
    char path[PATH_BYTES];
    void *symbol;

    format_path(path, fd);
    *object = (struct shared_object){ .handle = dlopen(path, RTLD_NOW | RTLD_LOCAL), .fd = fd };
    if (object->handle == NULL) {
        struct error *err = error_new(
            ERROR_INVALID, NULL,
            "It cannot be loaded: %s. Install what it needs, or build it for this system.",
            without_path(dlerror(), path));
        (void)close(fd);
        return err;
    }
    symbol = dlsym(object->handle, MAPS_ENTRY_NAME);
    if (symbol == NULL) {
        shared_object_close(object);
        return error_new(ERROR_INVALID, NULL,
                         "It does not export %s. A plugin says MAPS_REGISTER_RUNTIME(...) once and "
                         "lets its version script keep that function.",
                         MAPS_ENTRY_NAME);
    }
    memcpy(&object->entry, &symbol, sizeof(object->entry));
    return NULL;
}

void shared_object_close(struct shared_object *object)
{
    char path[PATH_BYTES];
    void *still_there;

    if (object->handle == NULL)
        return;
    format_path(path, object->fd);
    (void)dlclose(object->handle);
    /* Some objects cannot be unmapped.  Then the loader still knows the path, and would
     * answer with the old code for the next file that gets this number: keep it taken. */
    still_there = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    if (still_there != NULL)
        (void)dlclose(still_there);
    else
        (void)close(object->fd);
    *object = (struct shared_object){ .handle = NULL, .fd = -1 };
}
