/* SPDX-License-Identifier: Apache-2.0 */
#include "descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
    pid_t pid, parent;
    bool descends;
};
struct processes {
    struct process *items;
    size_t count, capacity;
};

bool descendants_parse_parent(const char *stat, pid_t *parent)
{
    /* "pid (name) state parent ...": the name may hold anything, parentheses too */
    enum { TO_PARENT = 4 }; /* ") S " */
    const char *name_end = strrchr(stat, ')');
    char *end;

    if (name_end == NULL || strlen(name_end) <= TO_PARENT)
        return false;
    *parent = (pid_t)strtol(name_end + TO_PARENT, &end, 10);
    return end != name_end + TO_PARENT;
}

static bool read_parent(int proc_fd, const char *pid, pid_t *parent)
{
    char text[512], name[32];

    (void)snprintf(name, sizeof(name), "%.16s/stat", pid);
    int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof(text) - 1);

    (void)close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return descendants_parse_parent(text, parent);
}

static void add(struct processes *processes, pid_t pid, pid_t parent)
{
    if (processes->count == processes->capacity) {
        size_t capacity = processes->capacity * 2 + 64;
        struct process *grown = realloc(processes->items, capacity * sizeof(*grown));

        if (grown == NULL)
            return; /* the next round finds fewer */
        processes->items = grown;
        processes->capacity = capacity;
    }
    processes->items[processes->count++] = (struct process){ pid, parent, false };
}

static void scan(DIR *proc, struct processes *processes)
{
    const struct dirent *entry;

    while ((entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        pid_t parent;

        if (pid > 0 && read_parent(dirfd(proc), entry->d_name, &parent))
            add(processes, pid, parent);
    }
}

static bool descends_from(const struct processes *processes, pid_t parent, pid_t ancestor)
{
    if (parent == ancestor)
        return true;
    for (size_t i = 0; i < processes->count; i++) {
        if (processes->items[i].pid == parent)
            return processes->items[i].descends;
    }
    return false;
}

/* Parents may come after their children in the list: go over it until nothing is new. */
static void kill_marked(struct processes *processes, pid_t ancestor)
{
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < processes->count; i++) {
            struct process *process = &processes->items[i];

            if (process->descends || !descends_from(processes, process->parent, ancestor))
                continue;
            process->descends = found = true;
            (void)kill(process->pid, SIGKILL);
        }
    }
}

/* Another PID namespace's /proc would give us strangers' numbers. */
static bool proc_is_ours(void)
{
    char text[32];
    ssize_t n = readlink("/proc/self", text, sizeof(text) - 1);

    if (n <= 0)
        return false;
    text[n] = '\0';
    return strtol(text, NULL, 10) == getpid();
}

void descendants_kill(void)
{
    struct processes processes = { NULL, 0, 0 };
    DIR *proc = proc_is_ours() ? opendir("/proc") : NULL;

    if (proc == NULL)
        return;
    scan(proc, &processes);
    (void)closedir(proc);
    kill_marked(&processes, getpid());
    free(processes.items);
}
