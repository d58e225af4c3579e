/* SPDX-License-Identifier: Apache-2.0 */
/* What the script can see and do. */
#include "init_run.h"

#include "logs/log_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void the_environment_is_exactly_the_specs(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "env=GREETING=hello world=x");
    init_run_set(run, "env=EMPTY=");
    init_run_set(run, "arg=env");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "PATH=/usr/local/bin:/usr/bin:/bin\nGREETING=hello world=x\nEMPTY=\n");
}

static void the_script_has_its_own_session_and_empty_stdin(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, "import os, sys\n"
                         "print(os.getsid(0) == os.getpid() == os.getpgid(0))\n"
                         "print(repr(sys.stdin.read()), os.readlink('/proc/self/fd/0'))\n"
                         "print(oct(os.umask(0)), os.getcwd())\n");
    assert_int_equal(init_run(run), 0);
    char expected[128];

    (void)snprintf(expected, sizeof(expected), "True\n'' /dev/null\n0o22 %s\n", run->dir);
    assert_log(run, LOG_ALL, expected);
}

/* Left open on purpose, at numbers a careless maps-init would pass on. */
static void leave_descriptors_open(int fds[2])
{
    fds[0] = open("/etc/passwd", O_RDONLY);
    fds[1] = fcntl(fds[0], F_DUPFD, 200);
    assert_true(fds[0] >= 0 && fds[1] >= 200);
}

static void the_script_inherits_no_descriptors(void **state)
{
    struct init_run *run = *state;
    int fds[2];

    leave_descriptors_open(fds);
    run->by_descriptors = true;
    init_run_shell(run, "ls /proc/self/fd | tr '\\n' ' '; exec ls /proc/self/fd");
    assert_int_equal(init_run(run), 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
    assert_log(run, LOG_ALL, "0 1 2 3 0\n1\n2\n3\n"); /* 3 is ls's own, of that folder */
    assert_true(init_run_has(run, "started-1"));
    assert_string_equal(init_run_record(run).cause, "exited");
}

static void maps_init_cannot_be_looked_into(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, "import os\n"
                         "base = '/proc/%d/' % os.getppid()\n"
                         "def refused(act):\n"
                         "    try: act()\n"
                         "    except PermissionError: return True\n"
                         "    return False\n"
                         "print(all(refused(lambda: os.readlink(base + 'fd/%d' % n))\n"
                         "          for n in range(3)))\n"
                         "print(refused(lambda: open(base + 'mem', 'r+b')))\n"
                         "print(refused(lambda: open(base + 'environ').read()))\n"
                         "print(refused(lambda: os.listdir(base + 'cwd/')))\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "True\nTrue\nTrue\nTrue\n");
}

static void privileges_are_gone(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' "
                        "/proc/self/status | tr '\\t' ' '");
    assert_int_equal(init_run(run), 0);
    if (geteuid() == 0 || run->as_pid1) /* who has CAP_SETPCAP empties the bounding set, too */
        assert_log(run, LOG_ALL,
                   "CapInh: 0000000000000000\nCapPrm: 0000000000000000\n"
                   "CapEff: 0000000000000000\nCapBnd: 0000000000000000\n"
                   "CapAmb: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n");
    char *text = init_run_log(run, LOG_ALL);

    assert_non_null(strstr(text, "CapPrm: 0000000000000000\nCapEff: 0000000000000000\n"));
    assert_non_null(strstr(text, "NoNewPrivs: 1\nSeccomp: 2\n"));
    free(text);
}

static void resource_limits_are_set(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "nofile=64");
    init_run_set(run, "fsize=4096");
    init_run_set(run, "nproc=1000");
    init_run_python(run, "import resource as r\n"
                         "for n in 'NOFILE FSIZE NPROC CORE'.split():\n"
                         "    print(n, *r.getrlimit(getattr(r, 'RLIMIT_' + n)))\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "NOFILE 64 64\nFSIZE 4096 4096\nNPROC 1000 1000\nCORE 0 0\n");
}

static void a_limit_above_the_hard_one_is_what_there_is(void **state)
{
    static const char *const few_files[] = { "prlimit", "--nofile=50:100", NULL };
    struct init_run *run = *state;

    run->wrapper = few_files;
    init_run_set(run, "nofile=1000000");
    init_run_shell(run, "ulimit -n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "100\n");
}

static void signals_are_as_a_program_expects_them(void **state)
{
    static const char *const ignoring[] = { "sh", "-c", "trap '' INT TERM HUP USR1; exec \"$@\"",
                                            "sh", NULL };
    struct init_run *run = *state;

    run->wrapper = ignoring;
    init_run_shell(run, "grep -E '^Sig(Blk|Ign):' /proc/self/status | tr '\\t' ' '");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "SigBlk: 0000000000000000\nSigIgn: 0000000000000000\n");
}

static void denied_calls_say_so(void **state)
{
    struct init_run *run = *state;

    init_run_set(run, "arg=" DENIED_CALLS_PROGRAM);
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL,
               "AF_ALG EAFNOSUPPORT\nAF_VSOCK EAFNOSUPPORT\nio_uring_setup EPERM\n"
               "unshare EPERM\nclone EPERM\nclone3 ENOSYS\nsetns EPERM\nmount EPERM\n"
               "umount2 EPERM\nfsopen EPERM\nopen_tree EPERM\nchroot EPERM\nkeyctl EPERM\n"
               "add_key EPERM\nbpf EPERM\nptrace EPERM\nprocess_vm_readv EPERM\n"
               "perf_event_open EPERM\nuserfaultfd EPERM\npersonality EPERM\nTIOCSTI EPERM\n"
               "socket OK\nunshare of files OK\nquery of personality OK\n");
}

static void python_works_with_threads_processes_and_children(void **state)
{
    struct init_run *run = *state;

    init_run_python(run, "import asyncio, concurrent.futures as cf, multiprocessing as mp\n"
                         "import subprocess, tempfile, threading\n"
                         "with cf.ThreadPoolExecutor(8) as pool:\n"
                         "    print(sum(pool.map(lambda x: x * x, range(100))))\n"
                         "for method in ('fork', 'spawn'):\n"
                         "    with mp.get_context(method).Pool(2) as pool:\n"
                         "        print(pool.map(abs, [-1, -2]))\n"
                         "print(subprocess.run(['sh', '-c', 'echo child'], capture_output=True,\n"
                         "                     text=True, check=True).stdout.strip())\n"
                         "async def main():\n"
                         "    p = await asyncio.create_subprocess_exec('true')\n"
                         "    return await p.wait()\n"
                         "print(asyncio.run(main()))\n"
                         "with tempfile.TemporaryFile() as f: print(f.write(b'abc'))\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "328350\n[1, 2]\n[1, 2]\nchild\n0\n3\n");
}

static void a_compiler_works(void **state)
{
    struct init_run *run = *state;

    init_run_shell(run, "echo 'int main(void) { return 42; }' > a.c && cc -o a.out a.c && ./a.out");
    assert_int_equal(init_run(run), 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(the_environment_is_exactly_the_specs),
        TEST_BOTH(the_script_has_its_own_session_and_empty_stdin),
        TEST_CHILD(the_script_inherits_no_descriptors),
        TEST_BOTH(maps_init_cannot_be_looked_into),
        TEST_BOTH(privileges_are_gone),
        TEST_CHILD(resource_limits_are_set),
        TEST_CHILD(a_limit_above_the_hard_one_is_what_there_is),
        TEST_CHILD(signals_are_as_a_program_expects_them),
        TEST_BOTH(denied_calls_say_so),
        TEST_BOTH(python_works_with_threads_processes_and_children),
        TEST_CHILD(a_compiler_works),
    };

    return cmocka_run_group_tests_name("maps-init confinement", tests, NULL, NULL);
}
