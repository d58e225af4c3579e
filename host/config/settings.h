/* SPDX-License-Identifier: Apache-2.0 */
/* The host's effective settings, typed, checked and immutable.  Made by config_check()
 * from command line, environment, file and defaults; every room reads its part here.
 * Counted: those that hold now are in a struct current_settings (current_settings.h), and
 * whoever works with them keeps a reference for the time of one job or request. */
#ifndef MAPS_HOST_CONFIG_SETTINGS_H
#define MAPS_HOST_CONFIG_SETTINGS_H

#include <maps_runtime.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One kind of script.  The strings of `public` point into this struct's own memory. */
struct profile {
    struct maps_profile public; /* as plugins see it */
    struct maps_limits limits;  /* defaults of this profile; 0: the general default */
    uint64_t timeout_ms;        /* 0: the general default */
    char **environment;         /* "NAME=value"; NULL-terminated */
    char *network;              /* of jobs that name none; NULL: none */
};

struct settings {
    atomic_uint references; /* for settings_ref() and settings_unref() only */

    /* general */
    char *listen_address; /* numeric IPv4 or IPv6 */
    uint16_t listen_port; /* 0: any free port (for tests) */
    char *data_dir;       /* absolute */
    char *plugin_dir;     /* absolute */
    char *libexec_dir;    /* absolute: maps-init, supervisors */
    char *runtime;        /* configured runtime, or NULL: detect */
    bool auth_none;       /* auth = "none" was said */
    char *token;          /* from MAPS_TOKEN, or NULL */
    char *log_level;      /* "error", "warning", "info", "debug" */
    char *log_format;     /* "logfmt", "json" */
    char *config_file;    /* that was read, or NULL */
    bool reload_on_change;

    /* http */
    uint64_t http_max_body_bytes;
    uint64_t http_max_upload_bytes; /* of a multipart body */
    uint64_t http_max_header_bytes;
    uint64_t http_request_timeout_ms; /* absolute deadline for a whole request to arrive */
    uint64_t http_upload_timeout_ms;  /* likewise, for a multipart body */
    uint64_t http_idle_timeout_ms;    /* keep-alive connection without a request */
    uint32_t http_max_connections;
    uint32_t http_max_connections_per_address; /* 0: no limit */
    char **http_allowed_hosts;   /* further Host names that are accepted; NULL-terminated */
    char **http_allowed_origins; /* Origins that may submit; NULL-terminated */

    /* jobs */
    uint64_t job_timeout_ms;      /* default (SCRIPT_TIMEOUT) */
    uint64_t job_max_timeout_ms;  /* the most a caller may ask for */
    uint32_t job_concurrency;     /* jobs running at once on one runtime */
    uint32_t job_queue_limit;     /* queued jobs before 429 */
    uint32_t job_max_files;       /* files in one submission */
    uint64_t job_max_input_bytes; /* below one input_path */
    char **job_readable_paths;    /* folders for script, request and input; NULL-terminated */
    char **job_writable_paths;    /* folders for outputs; NULL-terminated */
    uint64_t job_drain_ms;        /* grace for running jobs on SIGTERM */
    uint32_t job_start_retries;   /* further tries while nothing has started */
    uid_t runner_uid;             /* what scripts run as where the host may choose */
    gid_t runner_gid;
    char **job_allowed_networks; /* besides "none"; NULL-terminated */
    struct maps_limits limits_default;
    struct maps_limits limits_max; /* 0: no upper bound */
    uint64_t disk_max_inodes;      /* files and folders below /job/output */

    /* retention of jobs that have ended; 0: no limit */
    uint64_t retention_max_age_ms;
    uint64_t retention_max_jobs;
    uint64_t retention_max_bytes;

    struct profile *profiles; /* "python" is always there */
    size_t profile_count;
    char *default_profile;
};

/* One more reference, to be given back with settings_unref(); any thread. */
const struct settings *settings_ref(const struct settings *settings);
/* The last reference frees them; NULL is fine. */
void settings_unref(const struct settings *settings);
void settings_unref_at(const struct settings **settings);
/* A reference that is given back at the end of the block. */
#define SETTINGS_AUTO __attribute__((cleanup(settings_unref_at))) const struct settings *

const struct profile *settings_profile(const struct settings *settings, const char *name);

#endif
