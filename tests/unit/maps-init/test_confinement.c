/* SPDX-License-Identifier: Apache-2.0 */
/* What the script can see and do. */
#include "init_run.h"

#include "logs/log_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* Names the folder "may" in our own as the only one, besides /dev/shm, to write to. */
static void confine_to_folder(struct init_run *run)
{
    char path[64], record[128];

    (void)snprintf(path, sizeof(path), "%s/may", run->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(record, sizeof(record), "writable=%s", path);
    init_run_set(run, record);
    init_run_set(run, "writable=/dev/shm");
    init_run_set(run, "writable=/not/there");
    (void)snprintf(record, sizeof(record), "env=TMPDIR=%s", path);
    init_run_set(run, record);
}

/* Tries to write where the file modes allow it but the spec does not, and cleans up. */
#define TRY_OUTSIDE                                                                                \
    "import os, shutil\n"                                                                          \
    "os.mkdir('may/a'); open('may/a/file', 'w').close()\n"                                         \
    "acts = (lambda: open('new', 'w'), lambda: open('out', 'a'), lambda: os.truncate('out', 0),\n" \
    "        lambda: os.mkdir('dir'), lambda: os.unlink('out'), lambda: os.rename('out', 'x'),\n"  \
    "        lambda: os.symlink('out', 'link'), lambda: os.mkfifo('pipe'),\n"                      \
    "        lambda: os.link('out', 'may/out'), lambda: os.rename('may/a', 'a'))\n"                \
    "def refused(act):\n"                                                                          \
    "    try: act()\n"                                                                             \
    "    except OSError: return 1\n"                                                               \
    "    return 0\n"                                                                               \
    "print(sum(map(refused, acts)), 'of', len(acts), 'refused')\n"                                 \
    "shutil.rmtree('may/a', True); shutil.rmtree('a', True)\n"

static bool landlock_is_missing(void)
{
    /* landlock_create_ruleset: which version is there? */
    if (syscall(444, NULL, 0, 1) >= 3)
        return false;
    print_message("skipped: this kernel has no Landlock, or none that is new enough\n");
    return true;
}

static void the_script_writes_only_where_it_may(void **state)
{
    struct init_run *run = *state;

    if (landlock_is_missing())
        skip();
    confine_to_folder(run);
    init_run_python(run, TRY_OUTSIDE "print(open('/etc/passwd').read(4), bool(os.listdir('.')))\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "10 of 10 refused\nroot True\n");
}

static void where_it_may_the_script_writes_as_ever(void **state)
{
    struct init_run *run = *state;

    confine_to_folder(run);
    init_run_python(run, "import multiprocessing as mp, os, shutil, subprocess, tempfile\n"
                         "os.chdir('may'); os.makedirs('a/b'); open('a/b/file', 'w').write('abc')\n"
                         "os.rename('a/b/file', 'file'); os.link('file', 'a/hard')\n"
                         "os.symlink('file', 'soft'); os.truncate('soft', 1); os.rename('a', 'c')\n"
                         "print(open('c/hard').read(), sorted(os.listdir('.')))\n"
                         "fd = os.open('.', os.O_TMPFILE | os.O_RDWR)\n"
                         "print(os.write(fd, b'ab'))\n"
                         "with tempfile.NamedTemporaryFile() as f: print(f.write(b'abc'))\n"
                         "with mp.Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n"
                         "with mp.Manager() as manager: print(manager.list([1])[0], flush=True)\n"
                         "open('/dev/null', 'w').write('x')\n"
                         "subprocess.run('echo all >/dev/stdout', shell=True, check=True)\n"
                         "open('/proc/self/oom_score_adj', 'w').write('1000')\n"
                         "[(shutil.rmtree if os.path.isdir(n) else os.unlink)(n)\n"
                         " for n in os.listdir('.')]\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "a ['c', 'file', 'soft']\n2\n3\n[1, 2]\n1\nall\n");
}

static void an_engine_that_refuses_landlock_runs_the_script_without(void **state)
{
    /* a filter that answers the three calls with EPERM, as that of an older engine */
    static const char *const refusing[] = {
        "/usr/bin/python3", "-c",
        "import ctypes, os, struct, sys\n"
        "steps = ((0x20, 0, 0, 0), (0x35, 0, 2, 444), (0x25, 1, 0, 446),\n"
        "         (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000))\n"
        "code = ctypes.create_string_buffer(\n"
        "    b''.join(struct.pack('HBBI', *step) for step in steps))\n"
        "program = ctypes.create_string_buffer(\n"
        "    struct.pack('HxxxxxxQ', len(steps), ctypes.addressof(code)))\n"
        "prctl = ctypes.CDLL(None).prctl\n"
        "assert prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, program, 0, 0) == 0\n"
        "os.execvp(sys.argv[1], sys.argv[1:])\n",
        NULL
    };
    struct init_run *run = *state;

    run->wrapper = refusing;
    confine_to_folder(run);
    init_run_python(run, "open('new', 'w').write('x'); print('written')\n");
    assert_int_equal(init_run(run), 0);
    assert_log(run, LOG_ALL, "written\n");
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
        TEST_BOTH(the_script_writes_only_where_it_may),
        TEST_BOTH(where_it_may_the_script_writes_as_ever),
        TEST_CHILD(an_engine_that_refuses_landlock_runs_the_script_without),
    };

    return cmocka_run_group_tests_name("maps-init confinement", tests, NULL, NULL);
}
