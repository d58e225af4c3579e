/* SPDX-License-Identifier: Apache-2.0 */
#include "init_run.h"

#include "logs/log_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_SECONDS = 60, MOST_WORDS = 24 };

/* Where the descriptors go in by_descriptors mode. */
enum { SPEC_FD = 7, CONTROL_FD = 9 };

bool init_run_child, init_run_pid1 = true;

int init_run_begin(void **state)
{
    struct init_run *run = calloc(1, sizeof(*run));

    assert_non_null(run);
    run->as_pid1 = *(const bool *)*state;
    run->stdout_fd = run->stderr_fd = -1;
    (void)snprintf(run->dir, sizeof(run->dir), "/tmp/maps-test-XXXXXX");
    assert_non_null(mkdtemp(run->dir));
    init_run_set(run, "maps-init-spec=1");
    init_run_set(run, "attempt=1");
    init_run_set(run, "env=PATH=/usr/local/bin:/usr/bin:/bin");
    (void)snprintf(run->spec + run->spec_length, sizeof(run->spec) - run->spec_length, "cwd=%s",
                   run->dir);
    run->spec_length += strlen(run->spec + run->spec_length) + 1;
    *state = run;
    return 0;
}

static void path_of(const struct init_run *run, const char *name, char path[static 96])
{
    (void)snprintf(path, 96, "%s/%s", run->dir, name);
}

static void remove_folder(const char *dir)
{
    DIR *open_dir = opendir(dir);
    const struct dirent *entry;

    while (open_dir != NULL && (entry = readdir(open_dir)) != NULL) {
        if (unlinkat(dirfd(open_dir), entry->d_name, 0) != 0)
            (void)unlinkat(dirfd(open_dir), entry->d_name, AT_REMOVEDIR);
    }
    if (open_dir != NULL)
        (void)closedir(open_dir);
    (void)rmdir(dir);
}

int init_run_end(void **state)
{
    struct init_run *run = *state;

    if (run->pid > 0) { /* a test has failed before it ended */
        (void)kill(run->pid, SIGKILL);
        (void)waitpid(run->pid, NULL, 0);
    }
    remove_folder(run->dir);
    free(run);
    return 0;
}

void init_run_set(struct init_run *run, const char *record)
{
    size_t length = strlen(record) + 1;

    assert_true(run->spec_length + length <= sizeof(run->spec));
    memcpy(run->spec + run->spec_length, record, length);
    run->spec_length += length;
}

static void set_argument(struct init_run *run, const char *word)
{
    char record[8192];

    assert_true(snprintf(record, sizeof(record), "arg=%s", word) < (int)sizeof(record));
    init_run_set(run, record);
}

void init_run_shell(struct init_run *run, const char *script)
{
    set_argument(run, "sh");
    set_argument(run, "-c");
    set_argument(run, script);
}

void init_run_python(struct init_run *run, const char *script)
{
    set_argument(run, "/usr/bin/python3");
    set_argument(run, "-c");
    set_argument(run, script);
}

/* ---- starting and waiting ---- */

static void append_words(const char **words, const char *const *more)
{
    while (*words != NULL)
        words++;
    while (*more != NULL)
        *words++ = *more++;
    *words = NULL;
}

static void build_command(const struct init_run *run, const char *spec_path, const char **words)
{
    static const char *const pid_namespace[] = { "unshare", "-Urpf", "--mount-proc", NULL };
    static const char *const by_descriptors[] = { "--spec-fd", "7", "--control-fd", "9", NULL };
    const char *const spec[] = { "--spec", spec_path, NULL };
    const char *const control[] = { "--control", run->dir, NULL };
    const char *const program[] = { MAPS_INIT_PROGRAM, NULL };

    words[0] = NULL;
    if (run->wrapper != NULL)
        append_words(words, run->wrapper);
    if (run->as_pid1)
        append_words(words, pid_namespace);
    append_words(words, program);
    append_words(words, run->by_descriptors ? by_descriptors : spec);
    if (!run->by_descriptors && !run->without_control)
        append_words(words, control);
}

static int output_fd(const struct init_run *run, int fd, const char *name)
{
    char path[96];

    path_of(run, name, path);
    return fd >= 0 ? fd : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static _Noreturn void become_init(const struct init_run *run, const char *spec_path,
                                  const char **words)
{
    (void)dup2(output_fd(run, run->stdout_fd, "out"), STDOUT_FILENO);
    (void)dup2(output_fd(run, run->stderr_fd, "err"), STDERR_FILENO);
    if (run->by_descriptors) {
        (void)dup2(open(spec_path, O_RDONLY), SPEC_FD);
        (void)dup2(open(run->dir, O_RDONLY | O_DIRECTORY), CONTROL_FD);
    }
    (void)execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(99);
}

void init_run_start(struct init_run *run)
{
    const char *words[MOST_WORDS];
    char spec_path[96];

    path_of(run, "spec", spec_path);
    int fd = open(spec_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, run->spec, run->spec_length), run->spec_length);
    (void)close(fd);
    build_command(run, spec_path, words);
    run->pid = fork();
    assert_true(run->pid >= 0);
    if (run->pid == 0)
        become_init(run, spec_path, words);
}

static void pause_shortly(void)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

int init_run_wait(struct init_run *run)
{
    time_t give_up = time(NULL) + DEADLINE_SECONDS;
    int status = 0;
    pid_t ended;

    while ((ended = waitpid(run->pid, &status, WNOHANG)) == 0 && time(NULL) < give_up)
        pause_shortly();
    if (ended != run->pid)
        fail_msg("maps-init has not ended after %d seconds", DEADLINE_SECONDS);
    run->pid = 0;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int init_run(struct init_run *run)
{
    init_run_start(run);
    return init_run_wait(run);
}

void init_run_await(bool (*done)(const struct init_run *run), const struct init_run *run)
{
    time_t give_up = time(NULL) + DEADLINE_SECONDS;

    while (!done(run)) {
        if (time(NULL) >= give_up)
            fail_msg("what was waited for has not come after %d seconds", DEADLINE_SECONDS);
        pause_shortly();
    }
}

/* ---- looking at what it left ---- */

struct init_exit init_run_record(const struct init_run *run)
{
    struct init_exit record;

    assert_int_equal(init_exit_read(run->dir, &record), 0);
    return record;
}

/* Nothing but whole frames. */
static void assert_sound(const char *path)
{
    struct log_reader *reader = NULL;
    char piece[4096];

    assert_null(log_reader_open(path, LOG_ALL, 0, &reader));
    while (log_reader_read(reader, piece, sizeof(piece)) > 0) {
    }
    assert_false(log_reader_damaged(reader));
    assert_false(log_reader_incomplete(reader));
    log_reader_close(reader);
}

char *init_run_log(const struct init_run *run, unsigned streams)
{
    char path[96], *text = NULL;
    size_t length;
    bool truncated;

    path_of(run, "log", path);
    assert_sound(path);
    assert_null(log_read_all(path, streams, 64u << 20, &text, &length, &truncated));
    assert_false(truncated);
    return text;
}

char *init_run_file(const struct init_run *run, const char *name)
{
    char path[96], *text = calloc(1, 65536);

    path_of(run, name, path);
    FILE *file = fopen(path, "re");

    assert_non_null(text);
    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) < 65535);
    (void)fclose(file);
    return text;
}

bool init_run_has(const struct init_run *run, const char *name)
{
    char path[96];

    path_of(run, name, path);
    return access(path, F_OK) == 0;
}

void assert_log(const struct init_run *run, unsigned streams, const char *expected)
{
    char *text = init_run_log(run, streams);

    assert_string_equal(text, expected);
    free(text);
}

void assert_file(const struct init_run *run, const char *name, const char *expected)
{
    char *text = init_run_file(run, name);

    assert_string_equal(text, expected);
    free(text);
}
