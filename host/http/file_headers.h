/* SPDX-License-Identifier: Apache-2.0 */
/* How an output file is labelled, so that no browser takes it for a page of ours.  Pure. */
#ifndef MAPS_HOST_HTTP_FILE_HEADERS_H
#define MAPS_HOST_HTTP_FILE_HEADERS_H

/* By extension, from a short list of types that are safe to name; else octet-stream. */
const char *file_content_type(const char *path);
/* attachment; with the file's name in ASCII and in UTF-8; malloc'ed, NULL: out of memory. */
char *file_disposition(const char *path);

#endif
