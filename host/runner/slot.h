/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: <data_dir>/oneshot/<n>/ is a small data folder with a store of its own, for one runner at
 * a time.  One that is locked by nobody and holds job folders was left by a killed runner; these
 * are taken first, so that what they hold is collected. */
#ifndef MAPS_HOST_RUNNER_SLOT_H
#define MAPS_HOST_RUNNER_SLOT_H

#include "store/store.h"

/* Opens the store of a free slot, which holds it until store_close(); its folder is malloc'ed. */
MUST_CHECK struct error *slot_take(const char *data_dir, struct store **store, char **folder);

#endif
