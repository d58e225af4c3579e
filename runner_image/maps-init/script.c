/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEFAULT_UMASK = 022 };

/* The step at which the child gave up, sent to the parent. */
enum step { STEP_STREAMS, STEP_LIMITS, STEP_FOLDER, STEP_EXECUTE };
struct failure {
    enum step step;
    int errnum;
};

struct pipes {
    int out[2], err[2], report[2];
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void pipes_close(struct pipes *pipes)
{
    for (int end = 0; end < 2; end++) {
        close_end(&pipes->out[end]);
        close_end(&pipes->err[end]);
        close_end(&pipes->report[end]);
    }
}

static bool pipes_make(struct pipes *pipes)
{
    *pipes = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
    return pipe2(pipes->out, O_CLOEXEC) == 0 && pipe2(pipes->err, O_CLOEXEC) == 0 &&
           pipe2(pipes->report, O_CLOEXEC) == 0 && fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(pipes->err[0], F_SETFL, O_NONBLOCK) == 0;
}

/* ---- in the child ---- */

static void reset_signals(void)
{
    struct sigaction default_action = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int signal = 1; signal < NSIG; signal++)
        (void)sigaction(signal, &default_action, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool set_streams(const struct pipes *pipes)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(pipes->out[1], STDOUT_FILENO) >= 0 &&
           dup2(pipes->err[1], STDERR_FILENO) >= 0;
}

/* glibc makes the resource an enum of its own, musl an int. */
#ifdef __GLIBC__
typedef __rlimit_resource_t resource;
#else
typedef int resource;
#endif

/* Never above the hard limit that is there already. */
static bool lower_limit(resource which, rlim_t wanted)
{
    struct rlimit limit;

    if (getrlimit(which, &limit) != 0)
        return false;
    if (limit.rlim_max > wanted)
        limit.rlim_max = wanted;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(which, &limit) == 0;
}

static bool set_limits(const struct spec *spec)
{
    return lower_limit(RLIMIT_CORE, 0) &&
           (spec->nofile == 0 || lower_limit(RLIMIT_NOFILE, (rlim_t)spec->nofile)) &&
           (spec->fsize == 0 || lower_limit(RLIMIT_FSIZE, (rlim_t)spec->fsize)) &&
           (spec->nproc == 0 || lower_limit(RLIMIT_NPROC, (rlim_t)spec->nproc));
}

/* Returns only if something fails. */
static enum step become_script(const struct spec *spec, const struct pipes *pipes)
{
    (void)setsid();
    (void)umask(DEFAULT_UMASK);
    reset_signals();
    /* Should maps-init die, nobody would guard or log the script any more. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!set_streams(pipes))
        return STEP_STREAMS;
    if (!set_limits(spec))
        return STEP_LIMITS;
    if (chdir(spec->cwd) != 0)
        return STEP_FOLDER;
    landlock_confine(spec->writable);
    environ = spec->environment; /* execvp(3) searches the script's PATH, not ours */
    (void)execvp(spec->arguments[0], spec->arguments);
    return STEP_EXECUTE;
}

static _Noreturn void run_child(const struct spec *spec, const struct pipes *pipes)
{
    struct failure failure = { .step = become_script(spec, pipes) };

    failure.errnum = errno;
    (void)!write(pipes->report[1], &failure, sizeof(failure));
    _exit(127);
}

/* ---- in the parent ---- */

static bool explain(const struct spec *spec, const struct failure *failure, struct sentence *why)
{
    const char *reason = strerror(failure->errnum);

    switch (failure->step) {
    case STEP_STREAMS:
        return sentence_set(why, "The script's standard streams cannot be set up: %s.", reason);
    case STEP_LIMITS:
        return sentence_set(why, "The script's resource limits cannot be set: %s.", reason);
    case STEP_FOLDER:
        return sentence_set(why, "The script's working directory \"%.80s\" cannot be entered: %s.",
                            spec->cwd, reason);
    case STEP_EXECUTE:
        break;
    }
    return sentence_set(why,
                        "The command \"%.80s\" could not be started: %s.  Check the profile's "
                        "command and that it is there where the script runs.",
                        spec->arguments[0], reason);
}

/* The report pipe closes when execve(2) succeeds. */
static bool has_started(const struct spec *spec, int report_fd, struct sentence *why)
{
    struct failure failure;
    ssize_t n;

    do {
        n = read(report_fd, &failure, sizeof(failure));
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return true;
    if (n != (ssize_t)sizeof(failure))
        return sentence_set(why, "It cannot be told whether the script has started.");
    return explain(spec, &failure, why);
}

bool script_start(const struct spec *spec, struct script *script, struct sentence *why)
{
    struct pipes pipes;
    bool made = pipes_make(&pipes);
    pid_t pid = made ? fork() : -1;

    if (pid == 0)
        run_child(spec, &pipes);
    if (pid < 0) {
        (void)sentence_set(why, "No process can be made for the script: %s.", strerror(errno));
        pipes_close(&pipes);
        return false;
    }
    close_end(&pipes.report[1]);
    bool started = has_started(spec, pipes.report[0], why);

    if (started) {
        *script = (struct script){ pid, pipes.out[0], pipes.err[0] };
        pipes.out[0] = pipes.err[0] = -1;
    } else {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    pipes_close(&pipes);
    return started;
}
