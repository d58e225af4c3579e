/* SPDX-License-Identifier: Apache-2.0 */
/* The job document: a job record as REST shows it. */
#ifndef MAPS_HOST_JOB_JOB_JSON_H
#define MAPS_HOST_JOB_JOB_JSON_H

#include "job/jobs.h"

#include <cjson/cJSON.h>

/* What goes into the document besides the record; any may be NULL. */
struct job_json_extras {
    const char *progress; /* message while the job has none */
    const char *logs;     /* text, valid UTF-8 or made so */
    size_t logs_length;
    bool logs_cut;                   /* more logs than `logs` holds */
    const struct output_file *files; /* NULL and has_files false: key left out */
    size_t file_count;
    bool has_files;     /* the list was read; it may be empty */
    bool files_more;    /* more files than `files` holds */
    const char *result; /* text of output/result.json, or NULL; left out unless JSON */
    size_t result_length;
};

/* NULL: out of memory. */
cJSON *job_json(const struct job_record *record, const struct job_json_extras *extras);

/* {"cpus", "memory_bytes", "pids", "disk_bytes", "output_bytes"}, null where unset. */
cJSON *limits_json(const struct maps_limits *limits);
/* [{"path", "size", "modified_at"}].  Each NULL: out of memory. */
cJSON *output_files_json(const struct output_file *files, size_t count);

#endif
