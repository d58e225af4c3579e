/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors that maps-init was started with. */
#ifndef MAPS_INIT_INHERITED_H
#define MAPS_INIT_INHERITED_H

#include "sentence.h"

/* Whoever started us may have left 0, 1 or 2 closed: files we open must not land there. */
void inherited_fill_streams(void);

/* Closes all from 3 on but *kept_fd, which may be -1, is moved to the first place, and
 * is not passed on to the script. */
bool inherited_close(int *kept_fd, struct sentence *why);

#endif
