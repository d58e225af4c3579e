/* SPDX-License-Identifier: Apache-2.0 */
/* Job documents with what lies in the job's folder.  Blocks on the disk: for the desk. */
#ifndef MAPS_HOST_HTTP_DOCUMENTS_H
#define MAPS_HOST_HTTP_DOCUMENTS_H

#include "job/jobs.h"

/* The JSON text of one document, malloc'ed; with its outputs and result if it has ended. */
MUST_CHECK struct error *document_text(struct jobs *jobs, const struct job_record *record,
                                       bool with_logs, char **text);
/* {"jobs": [...], "next_cursor": ...} of at most `limit` records; one more says that the
 * list goes on. */
MUST_CHECK struct error *document_list_text(struct jobs *jobs, struct job_record **records,
                                            size_t count, size_t limit, char **text);

/* Cursors: opaque to clients. */
enum { CURSOR_BYTES = 24 };
void cursor_format(int64_t sequence, char text[static CURSOR_BYTES]);
bool cursor_parse(const char *text, int64_t *sequence);

#endif
