/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include "files.h"
#include "identity.h"
#include "order.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    if (posix_spawnattr_setsigdefault(attributes, &all) != 0 ||
        posix_spawnattr_setsigmask(attributes, &none) != 0)
        return -EINVAL;
    return -posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                     POSIX_SPAWN_SETSID);
}

static int add_fd(posix_spawn_file_actions_t *actions, int from, int to)
{
    if (from >= 0)
        return -posix_spawn_file_actions_adddup2(actions, from, to);
    return -posix_spawn_file_actions_addopen(actions, to, "/dev/null", O_RDWR, 0);
}

/* The socket last: until then its place may hold one of the others. */
static int set_fds(posix_spawn_file_actions_t *actions, const struct program_fds *fds)
{
    int rc = add_fd(actions, fds->in, STDIN_FILENO);

    if (rc == 0)
        rc = add_fd(actions, fds->out, STDOUT_FILENO);
    if (rc == 0)
        rc = add_fd(actions, fds->err, STDERR_FILENO);
    if (rc == 0 && fds->socket >= 0)
        rc = add_fd(actions, fds->socket, ORDER_SOCKET_FD);
    return rc;
}

int program_spawn(const char *const *argv, const struct program_fds *fds, pid_t *pid)
{
    static char *const no_environment[] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return -ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -ENOMEM;
    }
    rc = set_attributes(&attributes);
    if (rc == 0)
        rc = set_fds(&actions, fds);
    if (rc == 0)
        rc = -posix_spawn(pid, argv[0], &actions, &attributes, (char *const *)argv, no_environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

int program_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return status;
}

/* Reads until the other side closes, keeping what fits; false when time is up. */
static bool collect(int fd, long long deadline_ms, char *said, size_t size)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    char overflow[256];
    size_t length = 0;

    said[0] = '\0';
    for (;;) {
        long long left = deadline_ms - boottime_ms();
        bool room = length + 1 < size;
        ssize_t got;

        if (left <= 0 || poll(&poll_fd, 1, (int)left) == 0)
            return false;
        got =
            read(fd, room ? said + length : overflow, room ? size - 1 - length : sizeof(overflow));
        if (got == 0 || (got < 0 && errno != EINTR))
            return true;
        if (got > 0 && room)
            length += (size_t)got;
        said[length] = '\0';
    }
}

int program_capture(const char *const *argv, int in, int timeout_ms, char *said, size_t size)
{
    FD_AUTO reader = -1;
    struct program_fds fds = { .in = in, .socket = -1 };
    int pipe_fds[2], rc;
    bool in_time;
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return -errno;
    reader = pipe_fds[0];
    fds.out = fds.err = pipe_fds[1];
    rc = program_spawn(argv, &fds, &pid);
    close(pipe_fds[1]);
    if (rc != 0)
        return rc;
    in_time = collect(reader, boottime_ms() + timeout_ms, said, size);
    if (!in_time)
        kill(pid, SIGKILL);
    rc = program_wait(pid);
    return in_time ? rc : -ETIMEDOUT;
}
