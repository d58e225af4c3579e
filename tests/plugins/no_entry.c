/* SPDX-License-Identifier: Apache-2.0 */
/* Refused: it has the note, but not the function. */
#include "minimal.h"

ABI_NOTE;

MAPS_EXPORT const struct maps_runtime_plugin *another_entry(void);
const struct maps_runtime_plugin *another_entry(void)
{
    static const struct maps_runtime_plugin plugin = { STAMPED("no_entry"), MINIMAL_PLUGIN };

    return &plugin;
}
