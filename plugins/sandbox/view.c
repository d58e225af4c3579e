/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include "files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Links into /usr on today's systems, folders on those of old. */
static const char *const root_entries[] = {
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"
};
/* Nothing here tells about this machine's users or secrets. */
static const char *const etc_entries[] = {
    "/etc/ld.so.cache", "/etc/alternatives",         "/etc/localtime",
    "/etc/ssl/certs",   "/etc/ca-certificates.conf", "/etc/mime.types"
};
static const char *const network_entries[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/services",
                                               "/etc/protocols" };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add(struct view *view, enum view_kind kind, const char *source, const char *target)
{
    struct view_item *larger = realloc(view->items, (view->count + 1) * sizeof(*larger));
    struct view_item *item;

    if (larger == NULL) {
        view->failed = true;
        return;
    }
    view->items = larger;
    item = &larger[view->count++];
    item->kind = kind;
    item->source = strdup(source);
    item->target = strdup(target);
    if (item->source == NULL || item->target == NULL)
        view->failed = true;
}

static void add_root_entry(struct view *view, const char *path)
{
    char link[PATH_MAX];
    struct stat st;
    ssize_t length;

    if (lstat(path, &st) != 0)
        return;
    if (S_ISDIR(st.st_mode))
        add(view, VIEW_READONLY, path, path);
    if (!S_ISLNK(st.st_mode))
        return;
    length = readlink(path, link, sizeof(link) - 1);
    if (length <= 0)
        return;
    link[length] = '\0';
    add(view, VIEW_SYMLINK, link, path);
}

static void add_present(struct view *view, const char *const *paths, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (access(paths[i], R_OK) == 0)
            add(view, VIEW_READONLY, paths[i], paths[i]);
    }
}

int view_add_system(struct view *view, char *const *readonly_paths, bool host_network,
                    struct fault *fault)
{
    size_t i;

    for (; *readonly_paths != NULL; readonly_paths++) {
        if (access(*readonly_paths, F_OK) != 0)
            return fault_errno(fault, "%s, which sandbox.readonly_paths names, is not usable",
                               *readonly_paths);
        add(view, VIEW_READONLY, *readonly_paths, *readonly_paths);
    }
    for (i = 0; i < COUNT(root_entries); i++)
        add_root_entry(view, root_entries[i]);
    add_present(view, etc_entries, COUNT(etc_entries));
    if (host_network)
        add_present(view, network_entries, COUNT(network_entries));
    return view->failed ? fault_set(fault, ENOMEM, "out of memory") : 0;
}

void view_add_job(struct view *view, const struct order *order)
{
    TEXT_AUTO script = text_format("/job/%s", order->script_name);

    if (script == NULL) {
        view->failed = true;
        return;
    }
    add(view, VIEW_READONLY, order->init, VIEW_INIT);
    add(view, VIEW_READONLY, order->script, script);
    add(view, VIEW_READONLY, order->request, "/job/request.json");
    add(view, VIEW_READONLY, order->input, "/job/input");
    add(view, VIEW_WRITABLE, order->output, "/job/output");
}

void view_clear(struct view *view)
{
    size_t i;

    for (i = 0; i < view->count; i++) {
        free(view->items[i].source);
        free(view->items[i].target);
    }
    free(view->items);
    memset(view, 0, sizeof(*view));
}
