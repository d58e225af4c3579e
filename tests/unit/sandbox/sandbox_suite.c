/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox_suite.h"

#include <netinet/in.h>
#include <sys/socket.h>

const char *const suite_shell[] = { "/bin/sh", NULL };
const char *const suite_python[] = { "python3", NULL };
const struct maps_runtime_plugin *plugin;
struct maps_instance *instance;
char jobs_dir[64];

struct maps_run *job(const char *const *command, const char *script)
{
    struct maps_run *run = malloc(sizeof(*run));

    assert_non_null(run);
    fake_run_init(run, jobs_dir, command, script);
    return run;
}

void done(struct maps_run *run)
{
    assert_int_equal(fake_processes(run), 0);
    assert_int_equal(fake_cgroups(run), 0);
    assert_int_equal(plugin->cleanup(instance, &run->job, run->handle), 0);
    assert_int_equal(plugin->cleanup(instance, &run->job, run->handle), 0);
    assert_int_equal(fake_cgroups(run), 0);
    fake_run_clear(run);
    free(run);
}

void finish(struct maps_run *run)
{
    assert_int_equal(run->finished, 1);
    done(run);
}

void assert_reason(const struct maps_run *run, unsigned reason)
{
    if (run->result == 0 && run->finished == 1 && run->outcome.reason == reason)
        return;
    fail_msg("result %d (%s), finished %d, reason %u instead of %u, exit %d, signal %d: %s",
             run->result, fake_host_error(), run->finished, run->outcome.reason, reason,
             run->outcome.exit_code, run->outcome.signal, run->message);
}

void assert_log(const struct maps_run *run, int stream, const char *expected)
{
    size_t length;
    char *text = fake_log(run, stream, &length);

    assert_string_equal(text, expected);
    free(text);
}

int listener(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}
