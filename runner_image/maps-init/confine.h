/* SPDX-License-Identifier: Apache-2.0 */
/* Gives up what neither maps-init nor the script needs, on top of what the engine has
 * taken away already. */
#ifndef MAPS_INIT_CONFINE_H
#define MAPS_INIT_CONFINE_H

#include "sentence.h"

/* No other process of the same user may look into this one: not its memory, and not its
 * descriptors, among them the control folder. */
void confine_hide(void);

/* No new privileges, no capabilities, and the seccomp filter; for this process and all
 * that it starts. */
bool confine(struct sentence *why);

#endif
