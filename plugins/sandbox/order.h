/* SPDX-License-Identifier: Apache-2.0 */
/* What the plugin orders a supervisor to run: the file "order" in the runtime folder. */
#ifndef MAPS_SANDBOX_ORDER_H
#define MAPS_SANDBOX_ORDER_H

#include "cgroup.h"
#include "fault.h"

#include <maps_runtime.h>
#include <stdbool.h>
#include <stdint.h>

#define ORDER_FILE "order"
#define SPEC_FILE "spec"             /* what maps-init is started with */
#define LOCK_FILE "supervisor.lock"  /* held by the supervisor as long as it lives */
#define STDERR_FILE "sandbox.stderr" /* what bubblewrap and maps-init complain about */

/* Plugin and supervisor talk once, over a socket that is this descriptor of the supervisor:
 * it says READY (all is prepared) or FAILED and a sentence; the plugin answers GO.  Without
 * a GO, e.g. because the host died, nothing is started. */
enum { ORDER_SOCKET_FD = 3 };
#define ORDER_READY 'R'
#define ORDER_FAILED 'F'
#define ORDER_GO 'G'

/* Also the supervisor's own exit code when it could not even say FAILED. */
enum { SUPERVISOR_EXIT_FAILED = 1 };

struct order {
    uint32_t attempt;
    uint32_t uid, gid;    /* of the script; only if drop_privileges */
    bool drop_privileges; /* the host is root */
    bool host_network;
    uint64_t timeout_ms; /* 0: none */
    uint64_t tmp_bytes, shm_bytes;
    char *object_name;  /* also the sandbox's host name */
    char *bwrap, *init; /* programs */
    char *script, *script_name, *request, *input, *output, *control;
    char **readonly_paths; /* ends with NULL */
    struct maps_limits limits;
    struct cgroup_job cgroup;
};

/* The file's bytes, malloc'ed; NULL: out of memory. */
char *order_format(const struct order *order, size_t *length);
/* Copies what it needs; 0, or -EBADMSG with the fault set, or -ENOMEM. */
int order_parse(char *text, size_t length, struct order *order, struct fault *fault);
/* Reads an order from a descriptor, or the one in a runtime folder. */
int order_read(int fd, struct order *order, struct fault *fault);
int order_read_at(int runtime_fd, struct order *order, struct fault *fault);
/* True if all is there that running a job takes; a probe's order has no job. */
bool order_has_job(const struct order *order);
void order_clear(struct order *order);
#define ORDER_AUTO __attribute__((cleanup(order_clear))) struct order

#endif
