/* SPDX-License-Identifier: Apache-2.0 */
#include "config/options.h"

#include <stdint.h>
#include <string.h>

#define KIB ((int64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

#define STRING_OPTION(NAME, DEFAULT, HELP)                                                         \
    {                                                                                              \
        sizeof(struct maps_option), NAME, MAPS_OPTION_STRING, 0, DEFAULT, NULL, HELP, 0, 0         \
    }
#define LIST_OPTION(NAME, DEFAULT, HELP)                                                           \
    {                                                                                              \
        sizeof(struct maps_option), NAME, MAPS_OPTION_LIST, 0, DEFAULT, NULL, HELP, 0, 0           \
    }
#define INT_OPTION(NAME, DEFAULT, MIN, MAX, HELP)                                                  \
    {                                                                                              \
        sizeof(struct maps_option), NAME, MAPS_OPTION_INT, 0, DEFAULT, NULL, HELP, MIN, MAX        \
    }
#define BYTES_OPTION(NAME, DEFAULT, MIN, MAX, HELP)                                                \
    {                                                                                              \
        sizeof(struct maps_option), NAME, MAPS_OPTION_BYTES, 0, DEFAULT, NULL, HELP, MIN, MAX      \
    }
#define NUMBER_OPTION(NAME, DEFAULT, HELP)                                                         \
    {                                                                                              \
        sizeof(struct maps_option), NAME, MAPS_OPTION_NUMBER, 0, DEFAULT, NULL, HELP, 0, 0         \
    }

#define DAY ((int64_t)24 * 3600)

/* One bound for the times of a job: 30 days. */
enum { SECONDS_MAX = 30 * 24 * 3600 };

const struct maps_option host_options[] = {
    STRING_OPTION("listen", "127.0.0.1:8000",
                  "Numeric address and port to listen on; IPv6 in brackets: \"[::1]:8000\". Port 0 "
                  "takes any free one."),
    STRING_OPTION("data_dir", NULL,
                  "Folder of the job store and of all job files. $XDG_DATA_HOME takes the place of "
                  "~/.local/share."),
    STRING_OPTION("plugin_dir", NULL,
                  "Folder of the runtime plugins (*.so). They are also found in the machine's own "
                  "library folder, such as lib/x86_64-linux-gnu."),
    STRING_OPTION("libexec_dir", NULL, "Folder of the helper programs (maps-init, supervisors)."),
    STRING_OPTION("runtime", NULL,
                  "Runtime of jobs that name none. Unset: kubernetes in a cluster, else docker. "
                  "EXECUTION_RUNTIME wins over it."),
    STRING_OPTION(
        "auth", "token",
        "\"token\": clients must send a bearer token, except on a loopback address if none is "
        "configured. \"none\": everybody who can connect is let in; it must be said explicitly."),
    { sizeof(struct maps_option), "token", MAPS_OPTION_STRING, 1, NULL, NULL,
      "The bearer token, visible ASCII without spaces. A secret: better kept in the environment "
      "than in a file. Unset on any address but loopback, the host makes one and keeps it in the "
      "data folder.",
      0, 0 },
    STRING_OPTION("log_level", "info", "Least important log lines that are written."),
    STRING_OPTION("log_format", "logfmt",
                  "Form of the log lines: key=value pairs, or one JSON object a line."),
    { sizeof(struct maps_option), "reload_on_change", MAPS_OPTION_BOOL, 0, "false", NULL,
      "Read the settings again when the configuration file or one it includes has changed.", 0, 0 },
    STRING_OPTION("default_profile", "python", "Profile of jobs that name none."),

    BYTES_OPTION("http.max_body_bytes", "16M", KIB, TIB,
                 "Largest request body; a larger one is answered with 413."),
    BYTES_OPTION("http.max_upload_bytes", "4G", KIB, TIB,
                 "Largest submission in parts (multipart/form-data), files included; a larger one "
                 "is answered with 413. What of it is kept in memory (script, request, options, "
                 "names of files) may not be larger than http.max_body_bytes."),
    BYTES_OPTION("http.max_header_bytes", "16K", KIB, MIB,
                 "Largest request header; a larger one is answered with 431."),
    INT_OPTION("http.request_timeout_seconds", "30", 1, 3600,
               "Time for a whole request to arrive, however slowly its bytes drip in."),
    INT_OPTION(
        "http.upload_timeout_seconds", "3600", 1, 86400,
        "Time for a whole submission in parts to arrive. One that stalls is given up after a "
        "minute, or after the longest of the other time-outs if that is more."),
    INT_OPTION("http.idle_timeout_seconds", "60", 1, 86400,
               "A kept-alive connection without a request is closed after this long."),
    INT_OPTION("http.max_connections", "4096", 1, 1000000,
               "Open connections, all clients together."),
    INT_OPTION("http.max_connections_per_address", "0", 0, 1000000,
               "Open connections from one client address; 0: no limit."),
    LIST_OPTION("http.allowed_hosts", NULL,
                "Further names, with or without a port, by which clients may address this host "
                "(\"Host\" header), as behind a proxy."),
    LIST_OPTION("http.allowed_origins", NULL,
                "Web pages elsewhere that may call the API: \"https://maps.example.org\"."),

    { sizeof(struct maps_option), "jobs.timeout_seconds", MAPS_OPTION_INT, 0, "600",
      "SCRIPT_TIMEOUT", "Time a script may run if its job does not say.", 1, SECONDS_MAX },
    INT_OPTION("jobs.max_timeout_seconds", "86400", 1, SECONDS_MAX,
               "The longest timeout a job may ask for."),
    INT_OPTION("jobs.concurrency", NULL, 1, 100000,
               "Jobs running at once on one runtime. Where the work is done elsewhere, as on "
               "Kubernetes, it can be much higher."),
    INT_OPTION("jobs.queue_limit", "1000", 1, 10000000,
               "Jobs waiting at once; beyond that, submissions are answered with 429."),
    INT_OPTION("jobs.max_files", "1000", 0, 100000, "Files that one submission may bring."),
    BYTES_OPTION("jobs.max_input_bytes", "4G", 0, 1024 * TIB,
                 "All files together that one job takes from its input_path."),
    LIST_OPTION(
        "jobs.readable_paths", NULL,
        "Folders of this host below which jobs may name their script_path, request_path and "
        "input_path."),
    LIST_OPTION("jobs.writable_paths", NULL,
                "Folders of this host below which jobs may name their output_path."),
    INT_OPTION("jobs.drain_seconds", "30", 0, 86400,
               "On a stop, running jobs get this long. Those left go on and are adopted at the "
               "next start."),
    INT_OPTION("jobs.start_retries", "3", 0, 100,
               "Further tries to start a job whose script has provably not started."),
    INT_OPTION("jobs.runner_uid", NULL, 1, UINT32_MAX - 1,
               "User id that scripts run as, where the runtime can choose; never 0."),
    INT_OPTION("jobs.runner_gid", NULL, 1, UINT32_MAX - 1,
               "Group id that scripts run as, where the runtime can choose; never 0."),
    LIST_OPTION("jobs.allowed_networks", NULL,
                "Networks that jobs may ask for besides \"none\", as the runtime names them."),

    NUMBER_OPTION(
        "limits.default.cpus", "1",
        "CPUs of a job that does not say, 0.01 to 1000; 0.5 is half of one. 0: no limit."),
    BYTES_OPTION("limits.default.memory_bytes", "512M", 0, 1024 * TIB,
                 "Memory and swap together of a job that does not say, /tmp and /dev/shm included. "
                 "0: no limit."),
    INT_OPTION("limits.default.pids", "256", 0, 4194304,
               "Processes and threads of a job that does not say. 0: no limit."),
    BYTES_OPTION("limits.default.disk_bytes", "1G", 0, 1024 * TIB,
                 "Everything below the output folder of a job that does not say. 0: no limit."),
    BYTES_OPTION("limits.default.output_bytes", "16M", 0, 1024 * TIB,
                 "What the script of a job that does not say may print, both streams together. 0: "
                 "no limit."),
    NUMBER_OPTION("limits.max.cpus", "0",
                  "The most CPUs a job may ask for, 0.01 to 1000. 0: no bound."),
    BYTES_OPTION("limits.max.memory_bytes", "0", 0, 1024 * TIB,
                 "The most memory a job may ask for. 0: no bound."),
    INT_OPTION("limits.max.pids", "0", 0, 4194304,
               "The most processes and threads a job may ask for. 0: no bound."),
    BYTES_OPTION("limits.max.disk_bytes", "0", 0, 1024 * TIB,
                 "The largest output folder a job may ask for. 0: no bound."),
    BYTES_OPTION("limits.max.output_bytes", "0", 0, 1024 * TIB,
                 "The most printed output a job may ask for. 0: no bound."),
    INT_OPTION("limits.disk_max_inodes", "100000", 1, INT64_MAX,
               "Files and folders below the output folder of one job."),

    INT_OPTION("retention.max_age_seconds", "2592000", 0, 100 * 366 * DAY,
               "Jobs that ended longer ago are forgotten with their files; the default is 30 days. "
               "0: no limit."),
    INT_OPTION("retention.max_jobs", "0", 0, INT64_MAX,
               "Ended jobs that are kept, the latest ones. 0: no limit."),
    BYTES_OPTION("retention.max_bytes", "0", 0, 1024 * TIB,
                 "Disk that the folders of ended jobs may take together. 0: no limit."),
    MAPS_OPTION_END,
};

const struct maps_option profile_options[] = {
    STRING_OPTION(
        "image", "py-exec:latest",
        "Image, for runtimes that have images. RUNNER_IMAGE sets that of the default profile."),
    LIST_OPTION("command", NULL,
                "Program and arguments that come before the script's path. Every profile needs "
                "one; the built-in one has it."),
    STRING_OPTION("script_name", "script",
                  "Name of the script below /job; not request.json, input or output."),
    { sizeof(struct maps_option), "environment", MAPS_OPTION_LIST, 1, NULL, NULL,
      "Variables of its scripts, each as \"NAME=value\". What a job brings as env wins. Names "
      "follow the rule of env; none may begin with MAPS_. Counts as secret.",
      0, 0 },
    STRING_OPTION("network", NULL,
                  "Network of its jobs that name none, which they may also name although "
                  "jobs.allowed_networks does not. Unset: none."),
    INT_OPTION("timeout_seconds", "0", 0, SECONDS_MAX,
               "Time a script may run. 0: as jobs.timeout_seconds."),
    NUMBER_OPTION("limits.cpus", "0", "CPUs of a job. 0: as limits.default.cpus."),
    BYTES_OPTION("limits.memory_bytes", "0", 0, 1024 * TIB,
                 "Memory of a job. 0: as limits.default.memory_bytes."),
    INT_OPTION("limits.pids", "0", 0, 4194304,
               "Processes and threads of a job. 0: as limits.default.pids."),
    BYTES_OPTION("limits.disk_bytes", "0", 0, 1024 * TIB,
                 "Size of the output folder of a job. 0: as limits.default.disk_bytes."),
    BYTES_OPTION("limits.output_bytes", "0", 0, 1024 * TIB,
                 "Printed output of a job. 0: as limits.default.output_bytes."),
    MAPS_OPTION_END,
};

const struct maps_option *option_next(const struct maps_option *option)
{
    return (const struct maps_option *)(const void *)((const char *)option + option->size);
}

bool option_needs_restart(const char *path)
{
    static const char *const fixed[] = {
        "listen",
        "data_dir",
        "plugin_dir",
        "libexec_dir",
        "runtime",
        "auth",
        "token",
        "http.max_header_bytes",
        "http.request_timeout_seconds",
        "http.idle_timeout_seconds",
        "http.max_connections",
        "http.max_connections_per_address",
        "jobs.runner_uid",
        "jobs.runner_gid",
    };

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (strcmp(fixed[i], path) == 0)
            return true;
    return false;
}

struct note {
    const char *path, *text;
};

static const char *find_note(const struct note *notes, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(notes[i].path, path) == 0)
            return notes[i].text;
    return NULL;
}

const char *option_choices(const char *path)
{
    static const struct note choices[] = {
        { "auth", "token|none" },
        { "log_level", "error|warning|info|debug" },
        { "log_format", "logfmt|json" },
    };

    return find_note(choices, sizeof(choices) / sizeof(choices[0]), path);
}

const char *option_computed_default(const char *path)
{
    static const struct note notes[] = {
        { "data_dir", "/var/lib/maps-backend as root, else ~/.local/share/maps-backend" },
        { "plugin_dir", "../lib/maps-backend/plugins beside the program" },
        { "libexec_dir", "../libexec/maps-backend beside the program" },
        { "jobs.concurrency", "twice the CPUs, at least 4" },
        { "jobs.runner_uid", "the host's own, as root 64738" },
        { "jobs.runner_gid", "the host's own, as root 64738" },
    };

    return find_note(notes, sizeof(notes) / sizeof(notes[0]), path);
}
