/* SPDX-License-Identifier: Apache-2.0 */
#include "bwrap_args.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void push(struct bwrap_args *args, const char *text)
{
    char **larger = realloc(args->argv, (args->count + 2) * sizeof(*larger));

    if (larger == NULL) {
        args->failed = true;
        return;
    }
    args->argv = larger;
    larger[args->count] = strdup(text);
    if (larger[args->count] == NULL)
        args->failed = true;
    else
        args->count++;
    larger[args->count] = NULL;
}

/* Ends with NULL. */
static void push_all(struct bwrap_args *args, ...)
{
    const char *text;
    va_list list;

    va_start(list, args);
    while ((text = va_arg(list, const char *)) != NULL)
        push(args, text);
    va_end(list);
}

static void push_number(struct bwrap_args *args, const char *option, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    push_all(args, option, text, (char *)NULL);
}

/* Everything is unshared by name, so that a kernel that lacks one is an error and not a
 * hole. */
static void push_namespaces(struct bwrap_args *args, const struct bwrap_wish *wish)
{
    push_all(args, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
             "--unshare-cgroup", (char *)NULL);
    if (!wish->host_network)
        push(args, "--unshare-net");
    push_all(args, "--hostname", wish->hostname, "--die-with-parent", "--as-pid-1", "--new-session",
             (char *)NULL);
}

static void push_view(struct bwrap_args *args, const struct view *view, const char *stage)
{
    size_t i;

    for (i = 0; i < view->count; i++) {
        const struct view_item *item = &view->items[i];
        char staged[64];

        snprintf(staged, sizeof(staged), "%s/%zu", stage != NULL ? stage : "", i);
        if (item->kind == VIEW_SYMLINK)
            push_all(args, "--symlink", item->source, item->target, (char *)NULL);
        else
            push_all(args, item->kind == VIEW_WRITABLE ? "--bind" : "--ro-bind",
                     stage != NULL ? staged : item->source, item->target, (char *)NULL);
    }
}

static void push_etc_file(struct bwrap_args *args, int fd, const char *path)
{
    push_all(args, "--perms", "0444", (char *)NULL);
    push_number(args, "--file", (uint64_t)fd);
    push(args, path);
}

static void push_tmpfs(struct bwrap_args *args, const char *path, uint64_t bytes)
{
    push_all(args, "--perms", "1777", (char *)NULL);
    push_number(args, "--size", bytes);
    push_all(args, "--tmpfs", path, (char *)NULL);
}

void bwrap_args_build(const struct bwrap_wish *wish, struct bwrap_args *args)
{
    const char *const *word;

    memset(args, 0, sizeof(*args));
    push(args, "bwrap");
    push_namespaces(args, wish);
    push_all(args, "--proc", "/proc", "--dev", "/dev", (char *)NULL);
    push_tmpfs(args, "/dev/shm", wish->shm_bytes);
    push_tmpfs(args, "/tmp", wish->tmp_bytes);
    push_view(args, wish->view, wish->stage);
    push_etc_file(args, wish->passwd_fd, "/etc/passwd");
    push_etc_file(args, wish->group_fd, "/etc/group");
    push_etc_file(args, wish->nsswitch_fd, "/etc/nsswitch.conf");
    if (wish->hosts_fd >= 0)
        push_etc_file(args, wish->hosts_fd, "/etc/hosts");
    /* Last, because everything above was made on these. */
    push_all(args, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", (char *)NULL);
    if (wish->info_fd >= 0)
        push_number(args, "--info-fd", (uint64_t)wish->info_fd);
    push(args, "--");
    for (word = wish->command; *word != NULL; word++)
        push(args, *word);
}

void bwrap_args_clear(struct bwrap_args *args)
{
    size_t i;

    for (i = 0; i < args->count; i++)
        free(args->argv[i]);
    free(args->argv);
    memset(args, 0, sizeof(*args));
}
