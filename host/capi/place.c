/* SPDX-License-Identifier: Apache-2.0 */
/* Where this code lies: plugins and helper programs are found from there. */
#include "capi/parts.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void cut_last(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash != NULL)
        *slash = '\0';
}

/* <prefix>/<library folder>/libmaps-backend.so.0 -> <prefix>/bin */
static char *beside_library(char *path)
{
    static const char folder[] = "/" MAPS_INSTALL_LIBDIR;
    char *bin = NULL;

    cut_last(path);
    size_t length = strlen(path), tail = strlen(folder);
    if (length >= tail && strcmp(path + length - tail, folder) == 0)
        path[length - tail] = '\0';
    else
        cut_last(path);
    return asprintf(&bin, "%s/bin", path) < 0 ? NULL : bin;
}

/* The loader knows the file of a library; the program itself has no name there. */
static char *library_path(void)
{
    const struct link_map *map = NULL;
    Dl_info info;

    if (dladdr1((const void *)&api_result, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 ||
        map == NULL || map->l_name == NULL || map->l_name[0] == '\0')
        return NULL;
    return realpath(map->l_name, NULL);
}

char *api_executable_dir(void)
{
    char *path = library_path();
    char *bin;

    if (path == NULL) {
        path = realpath("/proc/self/exe", NULL);
        if (path != NULL)
            cut_last(path);
        return path;
    }
    bin = beside_library(path);
    free(path);
    return bin;
}
