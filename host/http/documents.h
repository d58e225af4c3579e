/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of job documents. */
#ifndef MAPS_HOST_HTTP_DOCUMENTS_H
#define MAPS_HOST_HTTP_DOCUMENTS_H

#include "job/jobs.h"

/* {"jobs": [...], "next_cursor": ...} of at most `limit` records; one more says that the
 * list goes on. */
MUST_CHECK struct error *document_list_text(struct jobs *jobs, struct job_record **records,
                                            size_t count, size_t limit, char **text);

/* Cursors: opaque to clients. */
enum { CURSOR_BYTES = 24 };
void cursor_format(int64_t sequence, char text[static CURSOR_BYTES]);
bool cursor_parse(const char *text, int64_t *sequence);

#endif
