/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted: built with a later header of the same ABI version, whose structs have more
 * fields than this host knows. */
#include "minimal.h"

struct newer_option {
    struct maps_option known;
    const char *unit;
};

struct newer_plugin {
    struct maps_runtime_plugin known;
    int (*unknown_callback)(void);
};

static const struct newer_option options[] = { { { .size = sizeof(struct newer_option),
                                                   .name = "first",
                                                   .type = MAPS_OPTION_INT,
                                                   .default_value = "1",
                                                   .help = "The first." },
                                                 "seconds" },
                                               { { .size = sizeof(struct newer_option),
                                                   .name = "second",
                                                   .type = MAPS_OPTION_STRING,
                                                   .help = "The second." },
                                                 NULL },
                                               { { .size = sizeof(struct newer_option) }, NULL } };

static struct newer_plugin plugin = { .known = { STAMPED("newer"), MINIMAL_PLUGIN,
                                                 .options = &options[0].known } };

ABI_NOTE;

ENTRY
{
    return &plugin.known;
}
