/* SPDX-License-Identifier: Apache-2.0 */
/* Manuals that say of options and commands what the tables say: a manual is written by hand
 * around markers, and this room puts the tables' words in their place.  Used at build time, by the
 * program write-manual; no part of the daemon. */
#ifndef MAPS_HOST_MANUAL_MANUAL_H
#define MAPS_HOST_MANUAL_MANUAL_H

#include "base/error.h"
#include "plugin/plugins.h"

#include <stdio.h>

enum manual_form {
    /* From a line <!-- options:SECTION --> to a line <!-- /options -->: a table.  The markers
     * stay, so that the result can be filled again. */
    MANUAL_MARKDOWN,
    /* In place of a line .\" options:SECTION: a list.  Likewise .\" command-line:common, :actions
     * (what can stand for a command) and :commands. */
    MANUAL_MDOC
};

/* Copies a manual and fills it.  The error names the marker that means nothing, or what ended
 * without its end. */
MUST_CHECK struct error *manual_fill(enum manual_form form, const struct plugins *plugins, FILE *in,
                                     FILE *out);

#endif
