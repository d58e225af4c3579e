/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "../../../runner_image/maps-init/protocol.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OWNER "maps-sandbox-test"

enum { GENEROUS_MS = 30000, RUNNER_UID = 64001, STACK_BYTES = 256 * 1024 };

static const struct maps_runtime_plugin *plugin;
static const char *programs_dir;
static _Thread_local char last_error[512];

struct maps_config {
    const struct fake_option *options;
    size_t count;
};

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void nap(void)
{
    const struct timespec time = { 0, 5000000 };

    nanosleep(&time, NULL);
}

/* ---- services ---- */

static void host_log(struct maps_run *run, int level, const char *format, ...)
{
    (void)run, (void)level, (void)format;
}

MAPS_PRINTF(1, 2) static void host_set_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(last_error, sizeof(last_error), format, args);
    va_end(args);
}

const char *fake_host_error(void)
{
    return last_error;
}

static const char *host_option(const struct maps_config *config, const char *name)
{
    const struct maps_option *option;
    size_t i;

    for (i = 0; i < config->count; i++) {
        if (strcmp(config->options[i].name, name) == 0)
            return config->options[i].value;
    }
    for (option = plugin->options; option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0)
            return option->default_value;
    }
    abort(); /* the plugin asks for an option that it does not declare */
}

static int64_t host_option_int(const struct maps_config *config, const char *name)
{
    char *end;
    int64_t number = strtoll(host_option(config, name), &end, 10);

    return *end == 'K' ? number << 10 : *end == 'M' ? number << 20 : number;
}

static int host_option_bool(const struct maps_config *config, const char *name)
{
    return strcmp(host_option(config, name), "true") == 0;
}

static double host_option_number(const struct maps_config *config, const char *name)
{
    return strtod(host_option(config, name), NULL);
}

/* Lists of one item are all that the tests need. */
static const char *const *host_option_list(const struct maps_config *config, const char *name)
{
    static const char *list[2];

    list[0] = host_option(config, name);
    return list;
}

static const char *host_info(const char *key)
{
    static char init[256];

    if (strcmp(key, "owner") == 0)
        return OWNER;
    if (strcmp(key, "libexec_dir") == 0)
        return programs_dir;
    if (strcmp(key, "init_path") != 0)
        return NULL;
    snprintf(init, sizeof(init), "%s/maps-init", programs_dir);
    return init;
}

static int host_phase(struct maps_run *run, int phase)
{
    int rc;

    pthread_mutex_lock(&run->lock);
    rc = run->refuse_phase == phase ? -EIO : 0;
    if (rc == 0)
        run->phases |= 1u << phase;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    return rc;
}

static int host_set_handle(struct maps_run *run, const char *handle)
{
    snprintf(run->handle, sizeof(run->handle), "%s", handle);
    return 0;
}

static int host_log_file(struct maps_run *run)
{
    run->log_file = true;
    return 0;
}

static int host_is_cancelled(struct maps_run *run)
{
    int cancelled;

    pthread_mutex_lock(&run->lock);
    cancelled = run->cancelled;
    pthread_mutex_unlock(&run->lock);
    return cancelled;
}

static void host_set_run_data(struct maps_run *run, void *data)
{
    pthread_mutex_lock(&run->lock);
    run->run_data = data;
    pthread_mutex_unlock(&run->lock);
}

static int host_finish(struct maps_run *run, const struct maps_outcome *outcome)
{
    bool first;

    pthread_mutex_lock(&run->lock);
    first = run->finished++ == 0;
    if (first) {
        run->outcome = *outcome;
        snprintf(run->message, sizeof(run->message), "%s",
                 outcome->message != NULL ? outcome->message : "");
        run->outcome.message = run->message;
    }
    pthread_cond_broadcast(&run->changed); /* whoever waits for a phase may wait in vain */
    pthread_mutex_unlock(&run->lock);
    return first ? 0 : -EALREADY;
}

static const struct maps_host host = {
    .size = sizeof(host),
    .abi_version = MAPS_ABI_VERSION,
    .log = host_log,
    .set_error = host_set_error,
    .now_monotonic_ms = now_ms,
    .option_string = host_option,
    .option_int = host_option_int,
    .option_bool = host_option_bool,
    .option_number = host_option_number,
    .option_list = host_option_list,
    .info = host_info,
    .phase = host_phase,
    .set_handle = host_set_handle,
    .log_file = host_log_file,
    .is_cancelled = host_is_cancelled,
    .set_run_data = host_set_run_data,
    .finish = host_finish,
};

/* ---- the plugin ---- */

const struct maps_runtime_plugin *fake_host_load(const char *programs)
{
    char path[300];
    maps_entry_fn entry;
    void *library;

    if (plugin != NULL)
        return plugin;
    programs_dir = programs;
    snprintf(path, sizeof(path), "%s/sandbox.so", programs);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return NULL;
    }
    *(void **)(void *)&entry = dlsym(library, MAPS_ENTRY_NAME);
    plugin = entry != NULL ? entry() : NULL;
    if (plugin != NULL && plugin->load(&host) != 0)
        plugin = NULL;
    return plugin;
}

struct maps_instance *fake_host_configure(const struct fake_option *options, size_t count)
{
    const struct maps_config config = { options, count };
    struct maps_instance *instance = NULL;

    return plugin->configure(&config, &instance) == 0 ? instance : NULL;
}

/* ---- jobs ---- */

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, 0644) != 0)
        abort();
    close(fd);
}

static void make_dir(const struct maps_run *run, char *path, size_t size, const char *name,
                     bool runners)
{
    snprintf(path, size, "%s/%s", run->folder, name);
    if (mkdir(path, 0755) != 0 || chmod(path, 0755) != 0)
        abort();
    if (runners && geteuid() == 0 && chown(path, run->job.runner_uid, run->job.runner_gid) != 0)
        abort();
}

static void make_folder(struct maps_run *run, const char *parent, const char *script)
{
    char text[300];

    snprintf(run->folder, sizeof(run->folder), "%s/%s", parent, run->job_id);
    if (mkdir(run->folder, 0700) != 0) /* unreachable for the runner's uid, as a host may do */
        abort();
    make_dir(run, run->input_dir, sizeof(run->input_dir), "input", false);
    make_dir(run, run->output_dir, sizeof(run->output_dir), "output", true);
    make_dir(run, run->control_dir, sizeof(run->control_dir), "control", true);
    make_dir(run, run->runtime_dir, sizeof(run->runtime_dir), "runtime", false);
    snprintf(run->script_file, sizeof(run->script_file), "%s/script", run->folder);
    snprintf(run->request_file, sizeof(run->request_file), "%s/request.json", run->folder);
    write_text(run->script_file, script);
    write_text(run->request_file, "{\"answer\": 42}");
    snprintf(text, sizeof(text), "%s/city", run->input_dir);
    write_text(text, "Weimar");
}

static void fill_job(struct maps_run *run)
{
    static const char *const nothing[] = { NULL };
    bool root = geteuid() == 0;

    run->job = (struct maps_job){ .size = sizeof(run->job),
                                  .job_id = run->job_id,
                                  .object_name = run->object_name,
                                  .owner = OWNER,
                                  .attempt = 1,
                                  .runner_uid = root ? RUNNER_UID : geteuid(),
                                  .runner_gid = root ? RUNNER_UID : getegid(),
                                  .profile = &run->profile,
                                  .limits = &run->limits,
                                  .timeout_ms = GENEROUS_MS,
                                  .args = nothing,
                                  .env = nothing,
                                  .network = "none",
                                  .script_file = run->script_file,
                                  .request_file = run->request_file,
                                  .input_dir = run->input_dir,
                                  .output_dir = run->output_dir,
                                  .control_dir = run->control_dir,
                                  .runtime_dir = run->runtime_dir };
}

void fake_run_init(struct maps_run *run, const char *parent, const char *const *command,
                   const char *script)
{
    static unsigned count;

    memset(run, 0, sizeof(*run));
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->changed, NULL);
    snprintf(run->job_id, sizeof(run->job_id), "t%d-%u", (int)getpid(), ++count);
    snprintf(run->object_name, sizeof(run->object_name), "runner-%s", run->job_id);
    run->limits.size = sizeof(run->limits);
    run->profile = (struct maps_profile){ .size = sizeof(run->profile),
                                          .name = "test",
                                          .image = "",
                                          .command = command,
                                          .script_name = "script" };
    fill_job(run);
    make_folder(run, parent, script);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void fake_run_clear(struct maps_run *run)
{
    nftw(run->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    pthread_mutex_destroy(&run->lock);
    pthread_cond_destroy(&run->changed);
}

struct call {
    struct maps_run *run;
    struct maps_instance *instance;
    bool recover;
};

static pthread_t thread;

static void *call_plugin(void *context)
{
    struct call call = *(struct call *)context;

    free(context);
    if (call.recover)
        call.run->result =
            plugin->recover(call.instance, call.run, &call.run->job, call.run->handle);
    else
        call.run->result = plugin->run_script(call.instance, call.run, &call.run->job);
    return NULL;
}

void fake_run_begin(struct maps_run *run, struct maps_instance *instance, bool recover)
{
    struct call *call = malloc(sizeof(*call));
    pthread_attr_t attributes;

    if (call == NULL)
        abort();
    *call = (struct call){ run, instance, recover };
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(&thread, &attributes, call_plugin, call) != 0)
        abort();
    pthread_attr_destroy(&attributes);
}

void fake_run_end(struct maps_run *run)
{
    (void)run;
    pthread_join(thread, NULL);
}

void fake_run(struct maps_run *run, struct maps_instance *instance)
{
    fake_run_begin(run, instance, false);
    fake_run_end(run);
}

void fake_cancel(struct maps_run *run, struct maps_instance *instance)
{
    pthread_mutex_lock(&run->lock);
    run->cancelled = true;
    if (run->run_data != NULL)
        plugin->cancel(instance, run, run->run_data);
    pthread_mutex_unlock(&run->lock);
}

bool fake_await_phase(struct maps_run *run, int phase)
{
    struct timespec deadline;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += GENEROUS_MS / 1000;
    pthread_mutex_lock(&run->lock);
    while (rc == 0 && run->finished == 0 && (run->phases & 1u << phase) == 0)
        rc = pthread_cond_timedwait(&run->changed, &run->lock, &deadline);
    rc = (run->phases & 1u << phase) != 0;
    pthread_mutex_unlock(&run->lock);
    return rc != 0;
}

bool fake_await_file(const char *folder, const char *name)
{
    uint64_t deadline = now_ms() + GENEROUS_MS;
    char path[300];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    while (access(path, F_OK) != 0) {
        if (now_ms() > deadline)
            return false;
        nap();
    }
    return true;
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "re");
    char *bytes = NULL, part[4096];
    FILE *out;
    size_t got;

    if (file == NULL)
        return NULL;
    out = open_memstream(&bytes, length);
    while ((got = fread(part, 1, sizeof(part), file)) > 0)
        fwrite(part, 1, got, out);
    fclose(out);
    fclose(file);
    return bytes;
}

char *fake_log(const struct maps_run *run, int stream, size_t *length)
{
    char path[300], *bytes, *text = NULL;
    size_t size = 0, at = 0;
    struct maps_frame frame;
    FILE *out;

    snprintf(path, sizeof(path), "%s/" MAPS_INIT_LOG, run->control_dir);
    bytes = read_file(path, &size);
    out = open_memstream(&text, length);
    while (bytes != NULL && at + sizeof(frame) <= size) {
        memcpy(&frame, bytes + at, sizeof(frame));
        at += sizeof(frame);
        if (frame.magic != MAPS_FRAME_MAGIC || frame.length > size - at)
            break;
        if (stream == 0 || frame.stream == stream)
            fwrite(bytes + at, 1, frame.length, out);
        at += frame.length;
    }
    fclose(out);
    free(bytes);
    return text;
}

char *fake_output(const struct maps_run *run, const char *name)
{
    char path[300];
    size_t length;

    snprintf(path, sizeof(path), "%s/%s", run->output_dir, name);
    return read_file(path, &length);
}

static bool command_line_has(const char *pid, const char *word)
{
    char path[300], *bytes;
    size_t length = 0;
    bool has;

    snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
    bytes = read_file(path, &length);
    has = bytes != NULL && memmem(bytes, length, word, strlen(word)) != NULL;
    free(bytes);
    return has;
}

int fake_processes(const struct maps_run *run)
{
    struct dirent *entry;
    int count = 0;
    DIR *proc = opendir("/proc");

    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            command_line_has(entry->d_name, run->job_id))
            count++;
    }
    closedir(proc);
    return count;
}

static const char *sought;
static int sought_count;

static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    if (type == FTW_D && strstr(path + ftw->base, sought) == path + ftw->base)
        sought_count++;
    return 0;
}

int fake_cgroups(const struct maps_run *run)
{
    sought = run->job_id;
    sought_count = 0;
    nftw("/sys/fs/cgroup", look_at, 16, FTW_PHYS);
    return sought_count;
}
