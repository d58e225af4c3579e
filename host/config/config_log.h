/* SPDX-License-Identifier: Apache-2.0 */
/* What a serving host says about its configuration: log lines. */
#ifndef MAPS_HOST_CONFIG_CONFIG_LOG_H
#define MAPS_HOST_CONFIG_CONFIG_LOG_H

#include "config/config.h"

/* One line for each problem, with its place. */
void config_log_problems(const struct config *config);
/* The mistakes in one text, one a line and at most `most` of them; warnings are left out.
 * Caller frees; NULL: out of memory. */
char *config_mistakes_text(const struct config *config, size_t most);

#endif
