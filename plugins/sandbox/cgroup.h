/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups, version 1 and 2, behind one face.  A job's groups are called
 * maps-backend/<owner>/<job_id>-<attempt>: on v1 one below each controller's mount, on v2
 * one for all.
 *   cgroup_table.c   reads /proc/self/cgroup and mountinfo (pure)
 *   cgroup_layout.c  finds or makes the place for this host's jobs
 *   cgroup_job.c     makes, limits, kills and removes one job's groups
 */
#ifndef MAPS_SANDBOX_CGROUP_H
#define MAPS_SANDBOX_CGROUP_H

#include "fault.h"

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

enum cgroup_mode { CGROUP_NONE, CGROUP_V1, CGROUP_V2 };
enum cgroup_controller { CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CPU, CGROUP_CONTROLLERS };

#define CGROUP_TOP "maps-backend"

/* "memory", "pids", "cpu" */
extern const char *const cgroup_controller_names[CGROUP_CONTROLLERS];

/* Where jobs get their groups. */
struct cgroup_layout {
    enum cgroup_mode mode;
    char *parent[CGROUP_CONTROLLERS]; /* ".../maps-backend"; NULL: controller not to be had */
    bool in_own_service; /* inside the group that systemd starts this very service in: it cannot
                            start it again while a job runs there */
};

struct cgroup_wish {
    bool allow_v1, allow_v2;
    const char *parent; /* below the mount; "": choose */
    const char *root;   /* prefix of all system paths: "", or a test's folder */
};

/* With CGROUP_NONE the fault says why.  On v2 this may move the processes of the own group
 * into a leaf, because a group with controllers for its children must be empty. */
void cgroup_layout_find(const struct cgroup_wish *wish, struct cgroup_layout *layout,
                        struct fault *fault);
void cgroup_layout_clear(struct cgroup_layout *layout);
/* Mask of maps_limit_bit. */
uint32_t cgroup_layout_limits(const struct cgroup_layout *layout);

struct cgroup_job {
    enum cgroup_mode mode;
    char *dir[CGROUP_CONTROLLERS]; /* on v2 all the same; NULL: none */
};

/* 0 or -ENOMEM. */
int cgroup_job_name(const struct cgroup_layout *layout, const char *owner, const char *job_id,
                    uint32_t attempt, struct cgroup_job *job);
void cgroup_job_clear(struct cgroup_job *job);

/* Makes the groups and sets the limits; on failure nothing is left.  0 or -errno. */
int cgroup_job_create(const struct cgroup_job *job, const struct maps_limits *limits,
                      struct fault *fault);
/* Moves the calling process in. */
int cgroup_job_enter(const struct cgroup_job *job, struct fault *fault);
/* Kills everything inside until nothing is left; -ETIMEDOUT if something stays. */
int cgroup_job_kill(const struct cgroup_job *job, int timeout_ms);
uint64_t cgroup_job_oom_kills(const struct cgroup_job *job);
/* Removes the groups, and the owner's folder if it is empty now.  Absent is success;
 * -EBUSY if processes are inside. */
int cgroup_job_remove(const struct cgroup_job *job);

/* Calls found() for each job that has a group here.  0 or -errno. */
int cgroup_layout_list(const struct cgroup_layout *layout, const char *owner, maps_owned_fn found,
                       void *context);

/* ---- reading the kernel's tables (pure) ---- */

/* Path of the own group in the hierarchy with that controller ("" for v2), out of the text
 * of /proc/self/cgroup; malloc'ed, or NULL. */
char *cgroup_own_path(const char *proc_cgroup, const char *controller);

struct cgroup_mount {
    char *point; /* where it is mounted */
    char *root;  /* which group of the hierarchy is seen there: "/" outside of containers */
};
/* The mount of that controller ("" for v2), out of the text of /proc/self/mountinfo. */
bool cgroup_find_mount(const char *mountinfo, const char *controller, struct cgroup_mount *mount);
void cgroup_mount_clear(struct cgroup_mount *mount);
/* Where the group `path` of the hierarchy is seen in the file system; malloc'ed, or NULL if
 * it is not below what is mounted. */
char *cgroup_visible_path(const struct cgroup_mount *mount, const char *path);

/* True if a list of words ("cpu memory pids") holds the word. */
bool cgroup_has_word(const char *words, const char *word);
/* The number after a key at the start of a line ("oom_kill 3"); 0 if there is none. */
uint64_t cgroup_counter(const char *text, const char *key);
/* "<job_id>-<attempt>" taken apart; false if it is not one. */
bool cgroup_parse_job(const char *name, char *job_id, size_t size, uint32_t *attempt);

#endif
