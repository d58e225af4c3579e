/* SPDX-License-Identifier: Apache-2.0 */
/* A script that reports its own confinement. */
#include "sandbox_suite.h"

#include <stdio.h>
#include <unistd.h>

static char *confinement_script(void)
{
    FILE *file = fopen(TEST_SOURCE_DIR "/confinement.py", "re");
    char *script = calloc(1, 8192);

    assert_non_null(file);
    assert_non_null(script);
    assert_true(fread(script, 1, 8191, file) > 0);
    fclose(file);
    return script;
}

static void assert_says(const char *report, const char *line)
{
    if (strstr(report, line) == NULL)
        fail_msg("\"%s\" is not in the report:\n%s", line, report);
}

static void assert_silent(const char *report, const char *line)
{
    if (strstr(report, line) != NULL)
        fail_msg("\"%s\" is in the report:\n%s", line, report);
}

static void check_namespaces(const char *report)
{
    static const char *const names[] = { "user", "pid", "net", "ipc", "uts", "cgroup", "mnt" };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[40], own[64] = "", line[128];

        snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
        assert_true(readlink(path, own, sizeof(own) - 1) > 0);
        snprintf(line, sizeof(line), "ns %s %s", names[i], own);
        assert_silent(report, line);
        snprintf(line, sizeof(line), "ns %s %s:[", names[i], names[i]);
        assert_says(report, line);
    }
}

static void check_report(const struct maps_run *run, const char *report)
{
    static const char *const facts[] = {
        "CapInh: 0000000000000000",
        "CapPrm: 0000000000000000",
        "CapEff: 0000000000000000",
        "CapBnd: 0000000000000000",
        "CapAmb: 0000000000000000",
        "NoNewPrivs: 1",
        "Seccomp: 2",
        "pids True",
        "interfaces ['lo']",
        "cwd /job/output",
        "fds ['0', '1', '2']",
        "job ['input', 'output', 'request.json', 'script']",
        "input Weimar",
        "alone",
        "mounts ['/job/output', '/tmp']",
    };
    char line[200];
    size_t i;

    for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        assert_says(report, facts[i]);
    snprintf(line, sizeof(line), "uid %u %u %u %u\n", run->job.runner_uid, run->job.runner_uid,
             run->job.runner_gid, run->job.runner_gid);
    assert_says(report, line);
    snprintf(line, sizeof(line), "hostname %s\n", run->object_name);
    assert_says(report, line);
    check_namespaces(report);
}

static void check_writable(const char *report)
{
    const char *line = report;
    int count = 0;

    assert_says(report, "writable /tmp\n");
    assert_says(report, "writable /dev/shm\n");
    assert_says(report, "writable /job/output\n");
    for (; (line = strstr(line, "writable ")) != NULL; line++)
        count++;
    assert_int_equal(count, 3);
    assert_silent(report, "readable ");
}

void a_script_is_confined(void **state)
{
    char *script = confinement_script(), port_text[8], *report;
    struct maps_run *run = job(suite_python, script);
    const char *const args[] = { port_text, NULL };
    size_t length;
    uint16_t port;
    int fd = listener(&port);

    (void)state;
    snprintf(port_text, sizeof(port_text), "%u", port);
    run->job.args = args;
    fake_run(run, instance);
    assert_reason(run, MAPS_REASON_EXITED);
    report = fake_log(run, 0, &length);
    check_report(run, report);
    check_writable(report);
    close(fd);
    free(report);
    free(script);
    finish(run);
}

void the_host_network_is_shared_only_if_allowed(void **state)
{
    const struct fake_option options[] = { { "allow_host_network", "true" } };
    struct maps_instance *open_minded = fake_host_configure(options, 1);
    char script[200];
    struct maps_run *run;
    uint16_t port;
    int fd = listener(&port);

    (void)state;
    assert_non_null(open_minded);
    snprintf(script, sizeof(script),
             "import socket\nsocket.create_connection(('127.0.0.1', %u), 5).close()\n", port);
    run = job(suite_python, script);
    run->job.network = "host";
    fake_run(run, open_minded);
    assert_reason(run, MAPS_REASON_EXITED);
    assert_int_equal(run->outcome.exit_code, 0);
    finish(run);
    close(fd);
    plugin->release(open_minded);
}
