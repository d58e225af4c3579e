/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, as a plugin asks for them inside configure(). */
#include "base/log.h"
#include "plugin/option_table.h"
#include "plugin/option_text.h"
#include "plugin/plugin.h"
#include "plugin/services.h"

#include <stddef.h>

/* True if the plugin declared such an option: anything else is a slip of its author. */
static bool declared(const struct maps_config *config, const char *name, uint32_t types)
{
    const struct maps_option *option = option_table_find(config->plugin->declaration.options, name);

    if (option != NULL && (types & 1u << option->type) != 0)
        return true;
    log_line(LOG_LEVEL_ERROR, NULL, config->plugin->name,
             "contract violation: the plugin asks for the option %s, which it declares %s", name,
             option == NULL ? "nowhere" : "with another type");
    return false;
}

static const char *text_of(const struct maps_config *config, const char *name, uint32_t types)
{
    return declared(config, name, types) ? config->values->get(config->values->context, name)
                                         : NULL;
}

const char *service_option_string(const struct maps_config *config, const char *name)
{
    return text_of(config, name, 1u << MAPS_OPTION_STRING);
}

int64_t service_option_int(const struct maps_config *config, const char *name)
{
    const char *text = text_of(config, name, 1u << MAPS_OPTION_INT | 1u << MAPS_OPTION_BYTES);
    int64_t value;

    return text != NULL && option_text_int(text, MAPS_OPTION_BYTES, &value) ? value : 0;
}

int service_option_bool(const struct maps_config *config, const char *name)
{
    const char *text = text_of(config, name, 1u << MAPS_OPTION_BOOL);
    int value;

    return text != NULL && option_text_bool(text, &value) ? value : 0;
}

double service_option_number(const struct maps_config *config, const char *name)
{
    const char *text = text_of(config, name, 1u << MAPS_OPTION_NUMBER);
    double value;

    return text != NULL && option_text_number(text, &value) ? value : 0.0;
}

const char *const *service_option_list(const struct maps_config *config, const char *name)
{
    static const char *const none[] = { NULL };
    const char *const *items = NULL;

    if (declared(config, name, 1u << MAPS_OPTION_LIST))
        items = config->values->list(config->values->context, name);
    return items == NULL ? none : items;
}

const struct maps_profile *const *service_profiles(const struct maps_config *config)
{
    static const struct maps_profile *const none[] = { NULL };

    return config->values->profiles == NULL ? none : config->values->profiles;
}
