/* SPDX-License-Identifier: Apache-2.0 */
/* The job document with what lies in the job's folder.  Blocks on the disk. */
#ifndef MAPS_HOST_JOB_DOCUMENT_H
#define MAPS_HOST_JOB_DOCUMENT_H

#include "job/jobs.h"

/* The most logs, and the largest result.json, inside a document. */
enum { DOCUMENT_LOG_BYTES = 1 << 20 };

/* The JSON text of one document, malloc'ed; with its outputs and result if it has ended. */
MUST_CHECK struct error *document_text(struct jobs *jobs, const struct job_record *record,
                                       bool with_logs, char **text);

#endif
