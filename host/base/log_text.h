/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one log line.  Values are escaped as in JSON in both formats, so that no value
 * can end its line, act on a terminal, or be anything but UTF-8. */
#ifndef MAPS_HOST_BASE_LOG_TEXT_H
#define MAPS_HOST_BASE_LOG_TEXT_H

#include "base/log.h"

#include <stddef.h>

/* PIPE_BUF: lines of several processes do not mix in a pipe either. */
enum { LOG_TEXT_BYTES = 4096 };

struct log_text {
    enum log_format format;
    bool has_pairs;
    size_t used;
    char bytes[LOG_TEXT_BYTES];
};

/* prefix: goes before the line as it is; at most 8 bytes. */
void log_text_begin(struct log_text *text, enum log_format format, const char *prefix);
/* A value longer than its share of the line is cut, with a mark.  NULL: no pair. */
void log_text_pair(struct log_text *text, const char *name, const char *value);
void log_text_number(struct log_text *text, const char *name, int64_t value);
/* The last pair, which may take all that is left.  cut: the value has lost its end already. */
void log_text_message(struct log_text *text, const char *value, bool cut);
/* Completes the line; it is used bytes long, newline included. */
void log_text_end(struct log_text *text);

#endif
