/* SPDX-License-Identifier: Apache-2.0 */
/* Makes files and folders below a folder, at paths that a hostile script has chosen. */
#ifndef MAPS_PLUGINS_COMMON_UNTAR_PLACE_H
#define MAPS_PLUGINS_COMMON_UNTAR_PLACE_H

#include <stddef.h>
#include <sys/types.h>

enum { PLACE_MAX_DEPTH = 63 }; /* the host walks no deeper */

/* The parts of a path, without empty ones and ".". */
struct place {
    size_t depth;
    char *parts[PLACE_MAX_DEPTH]; /* into text */
    char text[4096];
};

/* What is left of name below strip.  0; 1: nothing, it is strip itself; -EINVAL: it is not below
 * strip, leads out, or is deeper than anything may be. */
int place_parse(struct place *place, const char *name, const char *strip);
/* Opens the folder in which the place's last part lies, and counts the folders that it had to
 * make for that.  A descriptor or -errno.  What is in the way and not a folder goes. */
int place_open_parent(int dir_fd, const struct place *place, size_t *made);
/* Makes the last part: a folder with this mode ... */
int place_folder(int parent_fd, const char *name, mode_t mode);
/* ... or an empty file, open for writing: a descriptor or -errno.  -EISDIR: a folder that is
 * not empty is in the way. */
int place_file(int parent_fd, const char *name);
/* Finds a regular file and changes nothing: a descriptor (O_PATH) or -errno. */
int place_find_file(int dir_fd, const struct place *place);
/* Makes the last part one more name of a file so found; likewise -EISDIR, and -ENOENT if the file
 * has no name any more. */
int place_link(int parent_fd, const char *name, int file_fd);

#endif
