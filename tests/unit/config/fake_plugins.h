/* SPDX-License-Identifier: Apache-2.0 */
/* A stand-in for the plugin room. */
#ifndef MAPS_TESTS_CONFIG_FAKE_PLUGINS_H
#define MAPS_TESTS_CONFIG_FAKE_PLUGINS_H

#include "plugin/plugins.h"

/* A loaded "sandbox" and a refused "docker". */
const struct plugins *fake_plugins(void);
/* "jobs", whose name is taken, and "wide", built with a longer struct maps_option. */
const struct plugins *fake_odd_plugins(void);

#endif
