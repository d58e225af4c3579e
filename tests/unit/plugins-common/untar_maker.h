/* SPDX-License-Identifier: Apache-2.0 */
/* Archives as an engine could send them, and what untar makes of them. */
#ifndef MAPS_TESTS_UNTAR_MAKER_H
#define MAPS_TESTS_UNTAR_MAKER_H

#include "scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <tarball.h>

extern const struct tarball_limits no_limits;

/* An archive under construction, in memory. */
struct maker {
    struct archive *archive;
    char bytes[1 << 20];
    size_t length;
};

struct maker *maker_begin(void);
struct archive_entry *entry_of(const char *path, unsigned mode);
/* With the text as its body; frees the entry. */
void put(struct maker *maker, struct archive_entry *entry, const char *text);
void put_file(struct maker *maker, const char *path, unsigned mode, const char *text);
void put_folder(struct maker *maker, const char *path, unsigned mode);
void put_link(struct maker *maker, const char *path, const char *target);
void put_hard_link(struct maker *maker, const char *path, const char *target);
/* The bytes are complete; the maker itself is free()d by the caller. */
void maker_finish(struct maker *maker);
/* Feeds the bytes in pieces; the result of the whole, with its sentence. */
int feed(int dir_fd, const char *strip, const struct tarball_limits *limits, const char *bytes,
         size_t length, size_t piece, struct fault *fault);
/* Finishes, unpacks into the new folder "to", and frees the maker. */
int unpack_as(struct maker *maker, const struct scratch *scratch, const char *strip,
              const struct tarball_limits *limits);
/* What lies below output/, without a limit; it must succeed. */
void unpack(struct maker *maker, const struct scratch *scratch);

#endif
