/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/call.h"

#include "plugin/plugin.h"

#include <string.h>

static _Thread_local struct call *innermost;

void call_enter(struct call *call, struct plugin *plugin)
{
    call->plugin = plugin;
    call->outer = innermost;
    call->sentence[0] = '\0';
    innermost = call;
}

void call_leave(struct call *call)
{
    innermost = call->outer;
}

struct plugin *call_plugin(void)
{
    return innermost == NULL ? NULL : innermost->plugin;
}

bool call_set_sentence(const char *format, va_list ap)
{
    if (innermost == NULL)
        return false;
    (void)vsnprintf(innermost->sentence, sizeof(innermost->sentence), format, ap);
    return true;
}

struct error *call_error(const struct call *call, enum error_kind kind, const char *callback,
                         int result)
{
    char reason[128];

    if (call->sentence[0] != '\0')
        return error_new(kind, NULL, "%s", call->sentence);
    if (result == MAPS_NOT_STARTED)
        return error_new(kind, NULL, "The plugin %s did not start the script and gave no reason.",
                         call->plugin->name);
    return error_new(kind, NULL, "The plugin %s failed in %s() and gave no reason: %s (%d).",
                     call->plugin->name, callback,
                     strerror_r(result < 0 ? -result : result, reason, sizeof(reason)), result);
}
