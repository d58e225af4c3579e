/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the host and its supervisors go on v2, so that the group above may have children
 * with limits. */
#define LEAF "maps-host"

const char *const cgroup_controller_names[CGROUP_CONTROLLERS] = { "memory", "pids", "cpu" };
static const uint32_t controller_limits[CGROUP_CONTROLLERS] = { MAPS_LIMIT_MEMORY, MAPS_LIMIT_PIDS,
                                                                MAPS_LIMIT_CPU };

struct tables {
    char *own; /* /proc/self/cgroup */
    char *mountinfo;
};

static void tables_clear(struct tables *tables)
{
    free(tables->own);
    free(tables->mountinfo);
}

static bool tables_read(const char *root, struct tables *tables)
{
    TEXT_AUTO own = text_format("%s/proc/self/cgroup", root);
    TEXT_AUTO mountinfo = text_format("%s/proc/self/mountinfo", root);

    tables->own = own != NULL ? file_slurp(own) : NULL;
    tables->mountinfo = mountinfo != NULL ? file_slurp(mountinfo) : NULL;
    return tables->own != NULL && tables->mountinfo != NULL;
}

/* A place in a hierarchy where groups may be made. */
struct place {
    struct cgroup_mount mount;
    char *point; /* the mount's point below the root prefix */
    char *own;   /* the own group, or NULL if it is not visible */
};

static void place_clear(struct place *place)
{
    cgroup_mount_clear(&place->mount);
    free(place->point);
    free(place->own);
}

static bool place_find(const struct tables *tables, const char *root, const char *controller,
                       struct place *place)
{
    TEXT_AUTO path = cgroup_own_path(tables->own, controller);
    TEXT_AUTO visible = NULL;

    memset(place, 0, sizeof(*place));
    if (!cgroup_find_mount(tables->mountinfo, controller, &place->mount))
        return false;
    visible = path != NULL ? cgroup_visible_path(&place->mount, path) : NULL;
    place->own = visible != NULL ? text_format("%s%s", root, visible) : NULL;
    place->point = text_format("%s%s", root, place->mount.point);
    return place->point != NULL;
}

/* "<base>/maps-backend", made if need be, if groups can be made there; else NULL. */
static char *make_top(const char *base)
{
    TEXT_AUTO top = text_format("%s/" CGROUP_TOP, base);
    char *result;

    if (top == NULL || (mkdir(top, 0755) != 0 && errno != EEXIST) || access(top, W_OK) != 0)
        return NULL;
    result = top;
    top = NULL;
    return result;
}

/* Root takes the top of the hierarchy, where a restart of the host's own service cannot
 * touch the jobs; others what was delegated to them. */
static char *v1_parent(const struct place *place, const char *wished)
{
    char *top;

    if (wished[0] != '\0') {
        TEXT_AUTO base = text_format("%s/%s", place->point, wished);

        return base != NULL ? make_top(base) : NULL;
    }
    top = make_top(place->point);
    if (top == NULL && place->own != NULL)
        top = make_top(place->own);
    return top;
}

static bool v1_find(const struct cgroup_wish *wish, const struct tables *tables,
                    struct cgroup_layout *layout)
{
    bool any = false;
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        struct place place __attribute__((cleanup(place_clear)));

        if (!place_find(tables, wish->root, cgroup_controller_names[i], &place))
            continue;
        layout->parent[i] = v1_parent(&place, wish->parent);
        any = any || layout->parent[i] != NULL;
    }
    return any;
}

static char *read_in(const char *dir, const char *name)
{
    TEXT_AUTO path = text_format("%s/%s", dir, name);

    return path != NULL ? file_slurp(path) : NULL;
}

static bool exists_in(const char *dir, const char *name)
{
    TEXT_AUTO path = text_format("%s/%s", dir, name);

    return path != NULL && access(path, F_OK) == 0;
}

/* Lets the children of a group have the controllers that it has itself; -EBUSY if processes
 * in the group are in the way. */
static int v2_enable(const char *dir)
{
    TEXT_AUTO path = text_format("%s/cgroup.subtree_control", dir);
    TEXT_AUTO available = read_in(dir, "cgroup.controllers");
    TEXT_AUTO enabled = read_in(dir, "cgroup.subtree_control");
    int i, rc;

    if (path == NULL || available == NULL || enabled == NULL)
        return -ENOENT;
    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        const char *name = cgroup_controller_names[i];
        char word[16] = "+";

        if (!cgroup_has_word(available, name) || cgroup_has_word(enabled, name))
            continue;
        rc = file_write(path, strcat(word, name));
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Moves every process of a group into a child of it.  Several rounds: some may fork. */
static int v2_vacate(const char *dir)
{
    TEXT_AUTO leaf = text_format("%s/" LEAF, dir);
    TEXT_AUTO target = text_format("%s/" LEAF "/cgroup.procs", dir);
    int round;

    if (leaf == NULL || target == NULL || (mkdir(leaf, 0755) != 0 && errno != EEXIST))
        return -errno;
    for (round = 0; round < 10; round++) {
        TEXT_AUTO pids = read_in(dir, "cgroup.procs");
        char *pid, *rest = NULL;

        if (pids == NULL || pids[0] == '\0')
            return pids == NULL ? -EIO : 0;
        for (pid = strtok_r(pids, "\n", &rest); pid != NULL; pid = strtok_r(NULL, "\n", &rest))
            file_write(target, pid);
    }
    return -EBUSY;
}

static int v2_prepare(const char *base, bool own)
{
    int rc = v2_enable(base);

    if (rc == -EBUSY && own) {
        rc = v2_vacate(base);
        if (rc == 0)
            rc = v2_enable(base);
    }
    return rc;
}

static void v2_fill(char *top, struct cgroup_layout *layout)
{
    TEXT_AUTO enabled = read_in(top, "cgroup.subtree_control");
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (enabled != NULL && cgroup_has_word(enabled, cgroup_controller_names[i]))
            layout->parent[i] = strdup(top);
    }
}

/* Sets up "<base>/maps-backend"; true if at least one controller works there. */
static bool v2_try(const char *base, bool own, struct cgroup_layout *layout)
{
    TEXT_AUTO top = NULL;
    int i;

    if (!exists_in(base, "cgroup.controllers"))
        return false;
    top = make_top(base);
    if (top == NULL)
        return false;
    if (v2_prepare(base, own) == 0 && v2_enable(top) == 0)
        v2_fill(top, layout);
    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (layout->parent[i] != NULL)
            return true;
    }
    rmdir(top);
    return false;
}

/* A host that was started from where an earlier one had moved its processes belongs to the
 * group above. */
static bool leave_leaf(char *own)
{
    size_t length = strlen(own), leaf = strlen("/" LEAF);

    if (length <= leaf || strcmp(own + length - leaf, "/" LEAF) != 0)
        return false;
    own[length - leaf] = '\0';
    return true;
}

static bool is_service(const char *own)
{
    size_t length = strlen(own), suffix = strlen(".service");

    return length > suffix && strcmp(own + length - suffix, ".service") == 0;
}

/* Below the own group, where an ordinary user is left to. */
static bool v2_try_own(const char *own, bool in_leaf, struct cgroup_layout *layout)
{
    if (!v2_try(own, true, layout))
        return false;
    layout->in_own_service = !in_leaf && is_service(own);
    return true;
}

/* The same order as on v1, and for the same reasons. */
static bool v2_find(const struct cgroup_wish *wish, const struct tables *tables,
                    struct cgroup_layout *layout)
{
    struct place place __attribute__((cleanup(place_clear)));
    bool in_leaf;

    if (!place_find(tables, wish->root, "", &place))
        return false;
    in_leaf = place.own != NULL && leave_leaf(place.own);
    if (wish->parent[0] != '\0') {
        TEXT_AUTO base = text_format("%s/%s", place.point, wish->parent);

        return base != NULL &&
               v2_try(base, place.own != NULL && strcmp(base, place.own) == 0, layout);
    }
    return v2_try(place.point, place.own != NULL && strcmp(place.point, place.own) == 0, layout) ||
           (place.own != NULL && v2_try_own(place.own, in_leaf, layout));
}

void cgroup_layout_find(const struct cgroup_wish *wish, struct cgroup_layout *layout,
                        struct fault *fault)
{
    struct tables tables __attribute__((cleanup(tables_clear))) = { NULL, NULL };

    memset(layout, 0, sizeof(*layout));
    if (!tables_read(wish->root, &tables))
        fault_errno(fault, "/proc/self/cgroup cannot be read");
    else if (wish->allow_v1 && v1_find(wish, &tables, layout))
        layout->mode = CGROUP_V1;
    else if (wish->allow_v2 && v2_find(wish, &tables, layout))
        layout->mode = CGROUP_V2;
    else
        fault_set(fault, ENOENT,
                  "no control group with the memory, pids or cpu controller is writable for this "
                  "user: run the host as root or with a delegated control group (systemd: "
                  "Delegate=yes)");
}

void cgroup_layout_clear(struct cgroup_layout *layout)
{
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++)
        free(layout->parent[i]);
    memset(layout, 0, sizeof(*layout));
}

uint32_t cgroup_layout_limits(const struct cgroup_layout *layout)
{
    uint32_t mask = 0;
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (layout->parent[i] != NULL)
            mask |= controller_limits[i];
    }
    return mask;
}

int cgroup_layout_list(const struct cgroup_layout *layout, const char *owner, maps_owned_fn found,
                       void *context)
{
    TEXT_AUTO path = NULL;
    struct dirent *entry;
    DIR *dir;
    int i;

    for (i = 0; i < CGROUP_CONTROLLERS && layout->parent[i] == NULL; i++)
        ;
    if (i == CGROUP_CONTROLLERS)
        return 0;
    path = text_format("%s/%s", layout->parent[i], owner);
    if (path == NULL)
        return -ENOMEM;
    dir = opendir(path);
    if (dir == NULL)
        return errno == ENOENT ? 0 : -errno;
    while ((entry = readdir(dir)) != NULL) {
        char job_id[64];
        uint32_t attempt;

        if (cgroup_parse_job(entry->d_name, job_id, sizeof(job_id), &attempt))
            found(context, job_id, attempt, "");
    }
    closedir(dir);
    return 0;
}
