/* SPDX-License-Identifier: Apache-2.0 */
/* New instances of all plugins: made first, and adopted together if all is well. */
#ifndef MAPS_HOST_RELOAD_INSTANCES_H
#define MAPS_HOST_RELOAD_INSTANCES_H

#include "config/config.h"

struct instances;

/* Has every loaded plugin make an instance with its settings; nothing is changed yet.  The
 * default runtime and plugins that are in use must take theirs: otherwise the error names all
 * that do not.  Others are warned about, and stay as they are. */
MUST_CHECK struct error *instances_prepare(const struct config *config, struct plugins *plugins,
                                           const char *default_runtime,
                                           struct instances **instances);
/* New jobs go to the new instances.  Frees the list. */
void instances_adopt(struct instances *instances);
/* Drops what was not adopted; NULL is fine. */
void instances_free(struct instances *instances);

#endif
