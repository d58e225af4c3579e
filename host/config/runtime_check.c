/* SPDX-License-Identifier: Apache-2.0 */
#include "config/runtime_check.h"

#include <stdlib.h>

struct error *detected_runtime_check(const struct detected_runtime *runtime,
                                     const struct plugins *plugins, const char *plugin_dir)
{
    if (plugins_find(plugins, runtime->name) != NULL)
        return NULL;
    char *names = plugins_names(plugins);
    struct error *err =
        error_new(ERROR_INVALID, "runtime",
                  "There is no plugin for the runtime \"%s\" (chosen by %s) in %s. Loaded: %s. Set "
                  "EXECUTION_RUNTIME to one of these, or put %s.so there.",
                  runtime->name, runtime->by, plugin_dir,
                  names == NULL || names[0] == '\0' ? "none" : names, runtime->name);
    free(names);
    return err;
}
