/* SPDX-License-Identifier: Apache-2.0 */
/* A submission on its way in by parts (multipart/form-data): script, request and options are
 * held in memory, files are staged on disk.  Knows which parts there are, and checks what can
 * be checked before all has arrived; admission does the rest.
 * One thread at a time; may block on the disk. */
#ifndef MAPS_HOST_JOB_UPLOAD_H
#define MAPS_HOST_JOB_UPLOAD_H

#include "job/admission.h"

struct upload;

struct upload_bounds {
    int incoming_fd;       /* of <data_dir>/incoming/; must outlive the upload */
    uint64_t memory_bytes; /* script, request, options and the names of files together */
    uint32_t files;
};

/* NULL: out of memory.  No I/O. */
struct upload *upload_new(const struct upload_bounds *bounds);
/* Removes what is staged and has not become a job's.  NULL is fine. */
void upload_free(struct upload *upload);

/* A part begins, the one before is complete.  filename: a file's path below input/; NULL:
 * none was said.  ERROR_INVALID with the field (the part's name, or "files[2].path"),
 * ERROR_TOO_LARGE, ERROR_STORAGE.  After an error: no more calls but free. */
MUST_CHECK struct error *upload_part(struct upload *upload, const char *name, const char *filename);
MUST_CHECK struct error *upload_bytes(struct upload *upload, const char *bytes, size_t length);
/* All parts are there.  *parts points into the upload. */
MUST_CHECK struct error *upload_end(struct upload *upload, const struct submission_parts **parts);

/* What it holds in memory, at most bounds.memory_bytes and a little. */
uint64_t upload_memory(const struct upload *upload);

#endif
