/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps-sandbox-supervisor: one small process per job, between the host and the sandbox.  It
 * outlives the host, so that a script goes on when the host dies, and leaves the result
 * where the next host finds it.
 *
 *   maps-sandbox-supervisor run RUNTIME_DIR      with a socket as descriptor 3
 *   maps-sandbox-supervisor probe                does a sandbox work here?  order on stdin
 */
#include "order.h"
#include "sandbox_start.h"
#include "supervisor_job.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a host leaks must not reach a job, nor keep the host's sockets open after its end. */
static void close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0U, 0) == 0)
        return;
    for (; first < 65536; first++)
        close((int)first);
}

static int run_supervisor(const char *runtime_dir)
{
    pid_t pid;

    close_from(ORDER_SOCKET_FD + 1);
    fcntl(ORDER_SOCKET_FD, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    if (chdir("/") != 0)
        return SUPERVISOR_EXIT_FAILED;
    umask(0077);
    /* Away from the host: it need not reap us, and its end does not concern us. */
    pid = fork();
    if (pid != 0)
        return pid < 0 ? SUPERVISOR_EXIT_FAILED : 0;
    return supervise(runtime_dir);
}

static int run_probe(void)
{
    ORDER_AUTO order = { 0 };
    struct fault fault;

    close_from(STDERR_FILENO + 1);
    if (order_read(STDIN_FILENO, &order, &fault) == 0)
        sandbox_probe(&order, &fault);
    fprintf(stderr, "%s\n", fault.text);
    return SUPERVISOR_EXIT_FAILED;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "run") == 0)
        return run_supervisor(argv[2]);
    if (argc == 2 && strcmp(argv[1], "probe") == 0)
        return run_probe();
    fprintf(stderr, "This program is started by maps-backend's sandbox plugin.\n");
    return 2;
}
