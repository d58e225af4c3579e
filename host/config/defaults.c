/* SPDX-License-Identifier: Apache-2.0 */
#include "config/defaults.h"

#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEDICATED_ID = 64738 }; /* in the range Debian leaves to local use */

static unsigned usable_cpus(void)
{
    cpu_set_t set;

    /* Not the machine's: a container or cpuset may have fewer. */
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

static const char *home_folder(struct pool *pool, const struct environment *environment)
{
    const char *home = environment_get(environment, "HOME");
    char buffer[4096];
    struct passwd entry, *found = NULL;

    if (home != NULL)
        return home;
    if (getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
        return NULL;
    return pool_copy(pool, entry.pw_dir);
}

static char *parent_folder(struct pool *pool, const char *folder)
{
    size_t length = strlen(folder);

    while (length > 1 && folder[length - 1] == '/')
        length--;
    while (length > 0 && folder[length - 1] != '/')
        length--;
    while (length > 1 && folder[length - 1] == '/')
        length--;
    return pool_copy_bytes(pool, folder, length);
}

static char *plugin_folder(struct pool *pool, const char *prefix, const char *library_folder)
{
    return pool_format(pool, "%s/%s/maps-backend/plugins", prefix, library_folder);
}

void defaults_look_around(struct surroundings *around, struct pool *pool,
                          const struct environment *environment, const char *executable_dir)
{
    const char *data_home = environment_get(environment, "XDG_DATA_HOME");

    *around = (struct surroundings){
        .uid = getuid(),
        .gid = getgid(),
        .cpus = usable_cpus(),
        .home = home_folder(pool, environment),
        /* The XDG specification has relative paths ignored. */
        .data_home = data_home != NULL && data_home[0] == '/' ? data_home : NULL,
        .prefix = parent_folder(pool, executable_dir == NULL ? "/usr/bin" : executable_dir),
    };
    const char *plain = plugin_folder(pool, around->prefix, "lib");
    const char *multiarch = plugin_folder(pool, around->prefix, MAPS_INSTALL_LIBDIR);
    around->multiarch = plain != NULL && multiarch != NULL && access(plain, F_OK) != 0 &&
                        access(multiarch, F_OK) == 0;
}

static void add_text(struct entries *entries, struct pool *pool, const char *path, const char *text)
{
    const struct entry entry = { .path = path, .kind = ENTRY_TEXT, .text = text };

    if (text != NULL)
        entries_add(entries, pool, &entry);
}

static void add_number(struct entries *entries, struct pool *pool, const char *path,
                       unsigned number)
{
    add_text(entries, pool, path, pool_format(pool, "%u", number));
}

static const char *data_folder(struct pool *pool, const struct surroundings *around)
{
    if (around->uid == 0)
        return "/var/lib/maps-backend";
    if (around->data_home != NULL)
        return pool_format(pool, "%s/maps-backend", around->data_home);
    if (around->home != NULL)
        return pool_format(pool, "%s/.local/share/maps-backend", around->home);
    return NULL;
}

void defaults_add(struct entries *entries, struct pool *pool, const struct surroundings *around)
{
    unsigned concurrency = 2 * around->cpus;

    add_text(entries, pool, "data_dir", data_folder(pool, around));
    add_text(entries, pool, "plugin_dir",
             plugin_folder(pool, around->prefix, around->multiarch ? MAPS_INSTALL_LIBDIR : "lib"));
    add_text(entries, pool, "libexec_dir",
             pool_format(pool, "%s/libexec/maps-backend", around->prefix));
    /* Most scripts wait for files and pages part of their time, so two a CPU. */
    add_number(entries, pool, "jobs.concurrency", concurrency < 4 ? 4 : concurrency);
    add_number(entries, pool, "jobs.runner_uid", around->uid == 0 ? DEDICATED_ID : around->uid);
    /* A user may well have root's group; scripts must not. */
    add_number(entries, pool, "jobs.runner_gid",
               around->uid == 0 || around->gid == 0 ? DEDICATED_ID : around->gid);
    /* Unbuffered, so that logs can be followed and both streams keep their order. */
    add_text(entries, pool, "profiles.python.command", "/usr/bin/python3,-u");
    add_text(entries, pool, "profiles.python.script_name", "script.py");
}

char *defaults_config_file(struct pool *pool, const char *prefix)
{
    if (strcmp(prefix, "/usr") == 0 || strcmp(prefix, "/") == 0)
        prefix = "";
    return pool_format(pool, "%s/etc/maps-backend/maps-backend.conf", prefix);
}
