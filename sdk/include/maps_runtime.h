/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps_runtime.h - the interface between maps-backend and a runtime plugin.
 *
 * A runtime plugin is a shared object that runs scripts on something that can
 * isolate them.  It exports one function, stamped by MAPS_REGISTER_RUNTIME(),
 * that returns its struct maps_runtime_plugin.  It includes this header, the
 * C library and whatever its engine needs; it links to nothing of the host.
 *
 * Life of a plugin, in order:
 *
 *   load(host)                      once, before any other callback
 *   configure(config) -> instance   once per accepted configuration
 *     probe(instance)               any time, concurrent with runs
 *     run_script(instance, run)     one call per job, on a thread of its own
 *     recover(instance, run)        instead of run_script after a host restart
 *     cancel(instance, run, data)   during run_script or recover
 *     cleanup(instance, job)        after the outcome is committed
 *     list_owned(instance)          any time
 *   release(instance)               after the last run bound to it ended
 *   unload()                        only if no job ever ran in this plugin
 *
 * Rules for every callback
 *  - Return 0 for success or a negative errno value.  Before returning a
 *    negative value, say why with host->set_error(): one sentence that tells
 *    an operator what to do.
 *  - Strings and structs passed in belong to the host and stay valid until the
 *    callback returns.  Bytes handed to the host are copied before the service
 *    returns.  No memory is ever freed on the other side.
 *  - Every struct begins with its size.  Fields are only ever appended; read
 *    or write a field only if the struct's size covers it (MAPS_HAS()).
 *  - A plugin never forks without exec, and never changes signal handlers,
 *    the working directory, the environment or the process's uid, and never
 *    calls exit().  Threads it makes block all signals.
 *  - The host loads a private copy of the file: a run path of $ORIGIN does not
 *    lead to the folder that the file lies in.
 *
 * Since: every declaration is part of ABI version 1 unless it says otherwise.
 */
#ifndef MAPS_RUNTIME_H
#define MAPS_RUNTIME_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this interface.  It changes only if an old plugin could no longer
 * work; appended fields do not change it. */
#define MAPS_ABI_VERSION 1u

/* True if the struct that P points to, as its owner compiled it, has FIELD. */
#define MAPS_HAS(P, TYPE, FIELD) ((P)->size >= offsetof(TYPE, FIELD) + sizeof(((TYPE *)0)->FIELD))

#if defined(__GNUC__)
#define MAPS_EXPORT __attribute__((visibility("default")))
#define MAPS_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define MAPS_EXPORT
#define MAPS_PRINTF(text, first)
#endif

/* Opaque to plugins. */
struct maps_run;    /* one execution of one job, owned by the host */
struct maps_config; /* settings for one configure() call, owned by the host */

/* Opaque to the host: the plugin defines it. */
struct maps_instance;

/* ---- limits ----------------------------------------------------------- */

/* Bits for masks of limits. */
enum maps_limit_bit {
    MAPS_LIMIT_CPU = 1u << 0,
    MAPS_LIMIT_MEMORY = 1u << 1,
    MAPS_LIMIT_PIDS = 1u << 2,
    MAPS_LIMIT_DISK = 1u << 3,
    MAPS_LIMIT_OUTPUT = 1u << 4
};

/* What a job may use.  0 = not asked for. */
struct maps_limits {
    size_t size;
    uint64_t cpu_millis;   /* thousandths of one CPU: 1500 is one and a half */
    uint64_t memory_bytes; /* memory and swap together, /tmp and /dev/shm count */
    uint64_t pids;         /* processes and threads, PID 1 included */
    uint64_t disk_bytes;   /* everything below /job/output */
    uint64_t output_bytes; /* stdout and stderr together */
};

/* ---- options ---------------------------------------------------------- */

enum maps_option_type {
    MAPS_OPTION_STRING = 1,
    MAPS_OPTION_INT = 2,   /* a decimal integer, signed 64 bits */
    MAPS_OPTION_BOOL = 3,  /* "true" or "false" */
    MAPS_OPTION_LIST = 4,  /* list of strings; in the environment: comma-separated */
    MAPS_OPTION_BYTES = 5, /* an integer, or one with the suffix K, M, G or T (1024) */
    MAPS_OPTION_NUMBER = 6 /* a decimal number, e.g. 1.5 */
};

/* One setting of a plugin, "<plugin>.<name>" in the configuration.  The table
 * ends with an entry whose name is NULL.  From it the host checks the file and
 * the environment and prints help, documentation and effective values.
 * Strings are static in the plugin. */
struct maps_option {
    size_t size;
    const char *name;          /* [a-z][a-z0-9_]*, units in the name: "start_timeout_seconds" */
    uint32_t type;             /* enum maps_option_type */
    uint32_t secret;           /* 1: never printed or logged */
    const char *default_value; /* as text; NULL: unset.  LIST: comma-separated */
    const char *environment;   /* a further well-known variable, or NULL.  The name
                                  MAPS_<PLUGIN>_<NAME> always works and wins. */
    const char *help;          /* plain sentences, the first a short one: --help and manuals */
    int64_t min, max;          /* INT and BYTES: allowed range; both 0: any */
};
#define MAPS_OPTION_END                                                                            \
    {                                                                                              \
        sizeof(struct maps_option), NULL, 0, 0, NULL, NULL, NULL, 0, 0                             \
    }

/* ---- jobs ------------------------------------------------------------- */

/* What kind of script a job is: which image it runs in and what starts it. */
struct maps_profile {
    size_t size;
    const char *name;
    const char *image;          /* for runtimes that have images; may be "" */
    const char *const *command; /* argv before the script's path; ends with NULL */
    const char *script_name;    /* "script.py": the script lies at /job/<this> */
};

/* One job, ready to be started.  Paths are absolute, on the host, and exist. */
struct maps_job {
    size_t size;
    const char *job_id;       /* a DNS label of at most 50 characters */
    const char *object_name;  /* "runner-<job_id>": the name of the remote object */
    const char *owner;        /* this host's owner label, a DNS label */
    uint32_t attempt;         /* 1 for the first start; part of the handle's identity */
    uint32_t runner_uid;      /* the script runs as this uid ... */
    uint32_t runner_gid;      /* ... and this gid; control_dir and output_dir are theirs */
    uint32_t limits_required; /* mask of maps_limit_bit that the caller asked for by name:
                                 refuse the job if one cannot be enforced.  The others
                                 are defaults and may be best effort. */
    const struct maps_profile *profile;
    const struct maps_limits *limits;
    uint64_t timeout_ms;      /* from the start of the script */
    const char *const *args;  /* after the script's path; ends with NULL */
    const char *const *env;   /* "NAME=value"; ends with NULL */
    const char *network;      /* "none", or a network the operator allowed */
    const char *script_file;  /* shown to the script as /job/<script_name> */
    const char *request_file; /* /job/request.json */
    const char *input_dir;    /* /job/input, read-only */
    const char *output_dir;   /* /job/output, writable */
    const char *control_dir;  /* for maps-init: start marker, log, exit record */
    const char *runtime_dir;  /* the plugin's own, survives host restarts, removed with the job */
};

/* Why a run ended.  The host derives the job's status from it. */
enum maps_reason {
    MAPS_REASON_EXITED = 1,   /* exit_code is valid; 0 is success */
    MAPS_REASON_SIGNALED = 2, /* signal is valid */
    MAPS_REASON_OOM = 3,      /* the memory limit killed it; evidence in message */
    MAPS_REASON_OUTPUT_LIMIT = 4,
    MAPS_REASON_TIMEOUT = 5,   /* the whole process tree is gone */
    MAPS_REASON_CANCELLED = 6, /* likewise, because the host asked */
    MAPS_REASON_IMAGE_UNAVAILABLE = 7,
    MAPS_REASON_UNSCHEDULABLE = 8,
    MAPS_REASON_EVICTED = 9,
    MAPS_REASON_REJECTED = 10, /* the runtime cannot run this job as asked */
    MAPS_REASON_RUNTIME_UNAVAILABLE = 11,
    MAPS_REASON_RUNTIME_LOST = 12 /* it may have run; nobody can know */
};

struct maps_outcome {
    size_t size;
    uint32_t reason;         /* enum maps_reason */
    int32_t exit_code;       /* EXITED: 0-255; otherwise -1 */
    int32_t signal;          /* SIGNALED and OOM: the signal's number; otherwise 0 */
    uint32_t logs_truncated; /* 1: some of the script's output is known to be missing, other
                                than by what emit() has told the host */
    const char *message;     /* evidence, one sentence for a person; may be NULL */
    int64_t started_ms;      /* when the script started, wall clock, milliseconds since 1970;
                                0: not known better than by the phase RUNNING */
};

enum maps_phase {
    MAPS_PHASE_PREPARE = 1,         /* creating the remote object */
    MAPS_PHASE_START_ATTEMPTED = 2, /* durable when phase() returns 0: announce it right
                                       before the act that may start the script.  The host
                                       retries a job only before this phase. */
    MAPS_PHASE_RUNNING = 3,         /* the script has started */
    MAPS_PHASE_COLLECT = 4          /* it has ended; evidence is being read */
};

enum maps_stream { MAPS_STDOUT = 1, MAPS_STDERR = 2, MAPS_COMBINED = 3 };

enum maps_log_level {
    MAPS_LOG_ERROR = 3,
    MAPS_LOG_WARNING = 4,
    MAPS_LOG_INFO = 6,
    MAPS_LOG_DEBUG = 7
};

/* What probe() found.  The plugin fills in the fields; text is cut to fit. */
struct maps_probe {
    size_t size;
    uint32_t reachable;       /* 1: runs can be started now */
    uint32_t limits_enforced; /* mask of maps_limit_bit: kept exactly */
    uint32_t limits_soft;     /* mask: kept by sampling, may be overshot for a moment */
    uint32_t reserved;
    char version[128]; /* of the engine, e.g. "bubblewrap 0.8.0" */
    char message[512]; /* why it is not reachable and what to do, or a warning */
};

/* ---- services --------------------------------------------------------- */

/* Handed to load(); valid until unload() returns.  All are thread-safe unless
 * they say otherwise.  `run` is only valid inside run_script or recover (and
 * inside cancel), on any thread the plugin waits for before it returns. */
struct maps_host {
    size_t size;
    uint32_t abi_version;
    uint32_t reserved;

    /* Writes one log line with the plugin's name (and the job's, if run is not
     * NULL).  level: enum maps_log_level. */
    void (*log)(struct maps_run *run, int level, const char *format, ...) MAPS_PRINTF(3, 4);

    /* The sentence that goes with the negative value this callback is about to
     * return.  Per thread; copied. */
    void (*set_error)(const char *format, ...) MAPS_PRINTF(1, 2);

    /* Milliseconds on a clock that never jumps (CLOCK_MONOTONIC). */
    uint64_t (*now_monotonic_ms)(void);

    /* Values of the plugin's own options, checked and with defaults applied.
     * Only inside configure().  Strings live until configure() returns.
     * option_string: NULL if unset.  option_list: ends with NULL, never NULL. */
    const char *(*option_string)(const struct maps_config *config, const char *name);
    int64_t (*option_int)(const struct maps_config *config, const char *name); /* INT, BYTES */
    int (*option_bool)(const struct maps_config *config, const char *name);
    double (*option_number)(const struct maps_config *config, const char *name);
    const char *const *(*option_list)(const struct maps_config *config, const char *name);

    /* The profiles that jobs may name, e.g. to pull their images early.  Only inside
     * configure(); live until it returns.  Ends with NULL. */
    const struct maps_profile *const *(*profiles)(const struct maps_config *config);

    /* About the host.  Keys: "owner" (its owner label), "data_dir", "libexec_dir"
     * (its helper programs), "init_path" (maps-init, a static program).  NULL for
     * a key this host does not know.  Lives until unload(). */
    const char *(*info)(const char *key);

    /* Announces a phase (enum maps_phase).  0, or a negative errno value: then
     * do not go on; clean up and return it. */
    int (*phase)(struct maps_run *run, int phase);

    /* Remembers how to find the remote object again: any text up to 4096 bytes.
     * Durable at the latest when phase(START_ATTEMPTED) returns 0; after that
     * phase, durable when set_handle returns 0. */
    int (*set_handle)(struct maps_run *run, const char *handle);

    /* Shows what is going on ("pulling image x: 40 %") as the job's message until
     * it ends.  Not durable; copied. */
    void (*progress)(struct maps_run *run, const char *sentence);

    /* Hands over log bytes read from the engine.  source_offset counts the bytes
     * of that stream from its beginning: what the host already holds is dropped,
     * a gap sets logs_truncated.  0; -EDQUOT once the job's output limit is
     * reached: kill the job and finish with OUTPUT_LIMIT. */
    int (*emit)(struct maps_run *run, int stream, uint64_t source_offset, const void *bytes,
                size_t length);

    /* Says that maps-init appends the log in control_dir, instead of emit().
     * Call it before the script can start, in run_script and in recover. */
    int (*log_file)(struct maps_run *run);

    /* 1 once the host wants the run to stop (cancelled, or over a limit). */
    int (*is_cancelled)(struct maps_run *run);

    /* Pointer that cancel() gets for this run.  Set it to NULL before what it
     * points to goes away: when this returns, no cancel() is using the old one.
     * So hold no lock here that cancel() takes.  Ask is_cancelled() after setting
     * it: a cancel that came while it was NULL is not repeated. */
    void (*set_run_data)(struct maps_run *run, void *data);

    /* Reports how the run ended.  Exactly once per run, before returning 0.
     * 0; -EALREADY for a second call (which changes nothing); -EINVAL for an outcome
     * that cannot be (which does not count).  After it, the other services that
     * change the run answer -EALREADY. */
    int (*finish)(struct maps_run *run, const struct maps_outcome *outcome);
};

/* ---- the plugin ------------------------------------------------------- */

/* recover(): nothing of this run is left, and it cannot be told how it ended. */
#define MAPS_GONE 1

/* run_script() and recover(): it is proven that the script of this attempt has not started
 * and never will, also after START_ATTEMPTED (not after RUNNING): nothing is left that could
 * still start it.  finish() was not called; set_error() says why.  The host removes what is
 * left with cleanup(), and may try again: run_script() with the next attempt.  A host that
 * does not know it yet takes it for a failure. */
#define MAPS_NOT_STARTED 2

/* One object that carries this host's owner label. */
typedef void (*maps_owned_fn)(void *context, const char *job_id, uint32_t attempt,
                              const char *handle);

struct maps_runtime_plugin {
    size_t size;          /* stamped by MAPS_REGISTER_RUNTIME */
    uint32_t abi_version; /* likewise */
    uint32_t reserved;
    const char *name; /* likewise: [a-z][a-z0-9_]*, at most 32 characters */

    const char *version;               /* of the plugin, e.g. "1.0.0" */
    const char *runner_type;           /* as /api/system/info says it, e.g. "SandboxRunner" */
    const char *description;           /* one line */
    const struct maps_option *options; /* or NULL */

    /* Keep the pointer to the services.  Main thread.  Optional. */
    int (*load)(const struct maps_host *host);

    /* Main thread, after the last instance was released.  Optional. */
    void (*unload)(void);

    /* Makes an instance from checked settings.  No network traffic, no waiting:
     * an engine that is down is for probe() to say.  Main thread.  Required. */
    int (*configure)(const struct maps_config *config, struct maps_instance **instance);

    /* Frees an instance.  No run, probe or other call uses it any more.  Required. */
    void (*release)(struct maps_instance *instance);

    /* Is the engine there, and what can it do?  Must return within 5 seconds;
     * runs concurrently with everything else.  0 with reachable = 0 is a normal
     * answer.  Required. */
    int (*probe)(struct maps_instance *instance, struct maps_probe *probe);

    /* Runs one job to its end.  A thread of its own (256 KiB of stack); may block.
     * 0: finish() was called.  Negative: the infrastructure failed; finish() was
     * not called; if START_ATTEMPTED was not announced the host may try again
     * later.  MAPS_NOT_STARTED: see there.  Nothing of the run may be executing any more when it
     * returns, unless it returns negative after START_ATTEMPTED because it cannot know. Leaves the
     * remote object in place for cleanup().  Required. */
    int (*run_script)(struct maps_instance *instance, struct maps_run *run,
                      const struct maps_job *job);

    /* Wakes run_script so that it kills the job.  Any thread; returns at once;
     * may come several times; never after run_script has returned, never while
     * run data is NULL (then run_script sees is_cancelled()).  Optional for
     * plugins that poll is_cancelled(). */
    void (*cancel)(struct maps_instance *instance, struct maps_run *run, void *run_data);

    /* After a host restart: find the run again by object_name, owner, attempt and
     * handle ("" if none was saved), wait for its end, report as run_script does.
     * MAPS_GONE if nothing of it is left; MAPS_NOT_STARTED: see there.  Never starts
     * the script.  Required. */
    int (*recover)(struct maps_instance *instance, struct maps_run *run, const struct maps_job *job,
                   const char *handle);

    /* Calls found() for every object on the engine with this host's owner label.
     * Optional. */
    int (*list_owned)(struct maps_instance *instance, maps_owned_fn found, void *context);

    /* Removes whatever is left of one job on the engine, killing it if it still
     * runs.  Idempotent: absent is success.  Any thread.  Required. */
    int (*cleanup)(struct maps_instance *instance, const struct maps_job *job, const char *handle);
};

/* Name of the one exported function. */
#define MAPS_ENTRY_NAME "maps_runtime_plugin_entry"
typedef const struct maps_runtime_plugin *(*maps_entry_fn)(void);

/* The ELF note that the host reads before it maps any of the file's code. */
#define MAPS_NOTE_SECTION ".note.maps.abi"
#define MAPS_NOTE_OWNER "MAPS"
#define MAPS_NOTE_TYPE 1u
struct maps_abi_note {
    uint32_t owner_size, value_size, type;
    char owner[8];
    uint32_t abi_version;
};

#ifdef __cplusplus
#define MAPS_EXTERN_C extern "C"
#else
#define MAPS_EXTERN_C
#endif

/* Put this once into a plugin, after the definition of its (non-const, static)
 * struct maps_runtime_plugin:  MAPS_REGISTER_RUNTIME("sandbox", plugin) */
#define MAPS_REGISTER_RUNTIME(NAME, PLUGIN)                                                        \
    __attribute__((                                                                                \
        used, aligned(4),                                                                          \
        section(MAPS_NOTE_SECTION))) static const struct maps_abi_note maps_abi_note_ = {          \
        5, 4, MAPS_NOTE_TYPE, MAPS_NOTE_OWNER, MAPS_ABI_VERSION                                    \
    };                                                                                             \
    MAPS_EXTERN_C MAPS_EXPORT const struct maps_runtime_plugin *maps_runtime_plugin_entry(void);   \
    const struct maps_runtime_plugin *maps_runtime_plugin_entry(void)                              \
    {                                                                                              \
        (PLUGIN).size = sizeof(PLUGIN);                                                            \
        (PLUGIN).abi_version = MAPS_ABI_VERSION;                                                   \
        (PLUGIN).name = (NAME);                                                                    \
        return &(PLUGIN);                                                                          \
    }

#ifdef __cplusplus
}
#endif
#endif
