/* SPDX-License-Identifier: Apache-2.0 */
/* A job record in the form that plugins get: struct maps_job with all it points to. */
#ifndef MAPS_HOST_JOB_JOB_REQUEST_H
#define MAPS_HOST_JOB_JOB_REQUEST_H

#include "base/error.h"
#include "config/settings.h"
#include "job/folder.h"
#include "job/record.h"

struct job_request {
    struct maps_job job;
    struct maps_profile profile;
    struct maps_limits limits;
    char *object_name;
    char *paths[6];
    char **command, **args, **env;
};

/* Borrows the record's strings: it must outlive the request. */
MUST_CHECK struct error *job_request_fill(struct job_request *request,
                                          const struct job_record *record, const char *owner,
                                          const struct folders *folders,
                                          const struct settings *settings);
void job_request_clear(struct job_request *request);

#endif
