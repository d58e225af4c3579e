/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps_backend.h: run scripts as jobs from a C or C++ program, without a server.
 *
 *     struct maps_runner *runner;
 *     struct maps_result *result;
 *     char *error;
 *
 *     if (maps_get_runner(NULL, &runner, &error) != 0)
 *         ...error says why...
 *     struct maps_run_params run = { .size = sizeof(run), .script_path = "hello.py" };
 *     if (maps_run_script(runner, &run, &result, &error) == 0)
 *         printf("%s\n%s", maps_result_status(result), maps_result_logs(result, NULL));
 *
 * Build with: cc program.c $(pkg-config --cflags --libs maps-backend)
 *
 * A job here is what it is over REST: the same statuses, reasons, limits and job document
 * (docs/api.md), from the same settings (docs/configuration.md).
 *
 * Errors.  Functions that can fail return 0 or a negative errno value, and then set *error
 * (unless error is NULL) to a sentence for a person, to be freed with maps_free():
 *   -EINVAL   an argument, a setting or a field of the job is not acceptable
 *   -E2BIG    the same, because it is too large, or newer than this library
 *   -EEXIST   there is a job with this id
 *   -EAGAIN   the runtime cannot be reached, or there are too many jobs at once
 *   -ENOSPC   the data folder cannot be written to
 *   -EIO      anything else, such as too little memory
 * That a script failed, ran out of time or was cancelled is a result, not an error.
 *
 * Strings that are passed in are borrowed for the call: UTF-8, or names of files.  Strings that a
 * maps_runner or maps_result returns belong to it and live as long as it does.
 *
 * Threads.  All functions may be called from any thread; what is passed a struct says what may go
 * on with it at the same time.  The library makes threads of its own, in which all signals are
 * blocked; it changes no signal handler, folder, environment or umask, and never ends the process.
 * It reads the environment and must not be called while another thread changes it.  The sandbox
 * starts programs and waits for them: SIGCHLD must not be ignored.  Warnings go to standard error
 * as log lines; the setting log_level says from which level on.
 *
 * Compatibility.  Structs begin with their size and only ever grow at the end: set them to zero,
 * then .size to sizeof.  A library that is older than the program refuses (-E2BIG) what it does
 * not know only if it is set.
 */
#ifndef MAPS_BACKEND_H
#define MAPS_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MAPS_BACKEND_API __attribute__((visibility("default")))
#else
#define MAPS_BACKEND_API
#endif

/* The library's version, "0.1.0".  Since 0.1. */
MAPS_BACKEND_API const char *maps_backend_version(void);

/* Frees a string that was set by this library; NULL is fine.  Since 0.1. */
MAPS_BACKEND_API void maps_free(void *text);

/* ---- the host --------------------------------------------------------- */

/* Where settings come from.  Everywhere NULL stands for: all zero. */
struct maps_host_params {
    size_t size;
    const char *config_file;     /* NULL: $MAPS_CONFIG, else the installed file, else none */
    const char *const *settings; /* "key=value", above environment and file; ends with NULL; or
                                    NULL: none.  data_dir is the one most often wanted */
    const char *runtime;         /* "docker", "sandbox", ...; NULL: maps_detect_runtime() */
};

/* The name of the runtime that scripts run on: $EXECUTION_RUNTIME, else the configured one, else
 * kubernetes in a cluster, else docker.  Not whether there is one.  Free *runtime.  Since 0.1. */
MAPS_BACKEND_API int maps_detect_runtime(const struct maps_host_params *host, char **runtime,
                                         char **error);

/* That runtime's effective settings, a JSON object: "runtime", "runner_type", "detected_by",
 * "plugin_version", "image", "timeout" (seconds) and "settings", an object with every option of
 * the plugin; secrets read "(hidden)".  -EINVAL if there is no such plugin.  Free *json.
 * Since 0.1. */
MAPS_BACKEND_API int maps_get_runtime_config(const struct maps_host_params *host, char **json,
                                             char **error);

/* ---- runners ---------------------------------------------------------- */

/* A connection to one runtime.  Any number of threads may run scripts on one runner at once;
 * jobs.concurrency of them run, the others wait.  A process may have several runners. */
struct maps_runner;

/* Opens the runtime, and waits until it has answered: a tenth of a second, some seconds if it
 * does not.  Files of jobs lie in <data_dir>/oneshot/ while they run; what a killed process left
 * there is cancelled and removed in the background.  Since 0.1. */
MAPS_BACKEND_API int maps_get_runner(const struct maps_host_params *host,
                                     struct maps_runner **runner, char **error);

/* "sandbox" and "SandboxRunner".  Since 0.1. */
MAPS_BACKEND_API const char *maps_runner_runtime(const struct maps_runner *runner);
MAPS_BACKEND_API const char *maps_runner_type(const struct maps_runner *runner);

/* No call of maps_run_script() may be under way with it.  0; or -EBUSY if a thread hangs in the
 * runtime's plugin: then that thread and the runner's memory stay, and the process does best to
 * end with _exit().  NULL is fine.  Since 0.1. */
MAPS_BACKEND_API int maps_runner_free(struct maps_runner *runner);

/* ---- cancelling ------------------------------------------------------- */

/* A wish that runs can be started with, so that it cannot come too early or too late. */
struct maps_cancel;

/* NULL: out of memory or descriptors.  Since 0.1. */
MAPS_BACKEND_API struct maps_cancel *maps_cancel_new(void);
/* Cancels all runs that have this wish, now and later.  Any thread, also a signal handler;
 * idempotent.  Since 0.1. */
MAPS_BACKEND_API void maps_cancel_request(struct maps_cancel *cancel);
/* No run may have it any more; NULL is fine.  Since 0.1. */
MAPS_BACKEND_API void maps_cancel_free(struct maps_cancel *cancel);

/* ---- running ---------------------------------------------------------- */

enum maps_log_stream { MAPS_LOG_STDOUT = 1, MAPS_LOG_STDERR = 2 };

/* What the script prints, as it comes: the bytes of both streams in the order in which they
 * arrived, never mixed in one call.  On the thread that called maps_run_script(), which reads no
 * further meanwhile.  bytes live until it returns.  Nonzero cancels the run; it is not called
 * again for it. */
typedef int (*maps_log_fn)(void *context, int stream, const void *bytes, size_t length);

/* What to run.  Exactly one of script_path and script_content is needed; if both are there, the
 * content counts.  Relative paths begin at the working directory. */
struct maps_run_params {
    size_t size;
    const char *job_id; /* a DNS label of at most 50 characters; NULL: one is made */
    const char *script_path;
    const char *script_content;
    const char *request_path; /* becomes /job/request.json; NULL: {} */
    const char *request_json; /* JSON text, instead */
    const char *input_path;   /* a folder whose copy is /job/input; NULL: empty */
    const char *output_path;  /* a folder into which /job/output is copied at the end, made if it
                                 is missing; NULL: what the script leaves is lost, but for
                                 result.json */
    uint64_t timeout_ms;      /* from the start of the script; 0: the configured one */
    const char *options;      /* further fields of POST /api/jobs, as JSON text: {"limits": {...},
                                 "env": {...}, "args": [...], "profile", "network", "labels",
                                 "files", "priority"}; NULL: none */
    maps_log_fn log;          /* NULL: the logs are kept for maps_result_logs() */
    void *log_context;
    struct maps_cancel *cancel; /* or NULL */
};

struct maps_result;

/* Runs one script to its end and forgets the job.  Blocks: at most for the timeout and what the
 * runtime needs, from the moment the script could be started.  0: *result is set, whatever became
 * of the script.  Since 0.1. */
MAPS_BACKEND_API int maps_run_script(struct maps_runner *runner, const struct maps_run_params *run,
                                     struct maps_result **result, char **error);

/* A result may be read by several threads at once.  All since 0.1. */

/* "success", "error", "timeout", "cancelled" or "lost". */
MAPS_BACKEND_API const char *maps_result_status(const struct maps_result *result);
/* Why: "exited", "signaled", "oom", "output_limit", "timeout", "cancelled", ... (docs/api.md). */
MAPS_BACKEND_API const char *maps_result_reason(const struct maps_result *result);
MAPS_BACKEND_API const char *maps_result_job_id(const struct maps_result *result);
/* 0 to 255 if it exited, else -1. */
MAPS_BACKEND_API int maps_result_exit_code(const struct maps_result *result);
/* The number of the signal that ended it, else 0. */
MAPS_BACKEND_API int maps_result_signal(const struct maps_result *result);
/* Evidence, a sentence for a person; may be "". */
MAPS_BACKEND_API const char *maps_result_message(const struct maps_result *result);
/* All that the script printed, both streams in order of arrival, with a NUL behind it that
 * *length (may be NULL) does not count; empty if it went to a log function. */
MAPS_BACKEND_API const char *maps_result_logs(const struct maps_result *result, size_t *length);
/* The job document, JSON text: the same as from GET /api/jobs/{id}?logs=true, with at most the
 * first MiB of the logs. */
MAPS_BACKEND_API const char *maps_result_document(const struct maps_result *result);
/* What could not be copied to output_path, and why; "" if all was. */
MAPS_BACKEND_API const char *maps_result_output_error(const struct maps_result *result);
/* NULL is fine. */
MAPS_BACKEND_API void maps_result_free(struct maps_result *result);

#ifdef __cplusplus
}
#endif
#endif
