/* SPDX-License-Identifier: Apache-2.0 */
/* A whole text from a file or from standard input. */
#ifndef MAPS_HOST_RUNNER_TEXT_FILE_H
#define MAPS_HOST_RUNNER_TEXT_FILE_H

#include "base/error.h"

/* what: "script", for the message.  ERROR_INVALID if it cannot be read or is no text (holds bytes
 * of value 0).  malloc'ed. */
MUST_CHECK struct error *text_file_read(const char *what, const char *path, char **text);
MUST_CHECK struct error *text_input_read(const char *what, char **text);

#endif
