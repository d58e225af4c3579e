/* SPDX-License-Identifier: Apache-2.0 */
/* Where a plugin's emitted log bytes go: the job's log file, each byte of each stream once.
 * Used by one thread at a time. */
#ifndef MAPS_HOST_JOB_LOG_SINK_H
#define MAPS_HOST_JOB_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_sink;

/* Opens or makes the file and counts what it holds already.  NULL with errno. */
struct log_sink *log_sink_open(const char *path, uint64_t limit_bytes);
void log_sink_close(struct log_sink *sink);
/* Drops what is held already; a gap sets *gap.  0; -EDQUOT once limit_bytes are held; -errno. */
int log_sink_emit(struct log_sink *sink, int stream, uint64_t source_offset, const void *bytes,
                  size_t length, bool *gap);

#endif
