/* SPDX-License-Identifier: Apache-2.0 */
#include "config/detect.h"

#include <stddef.h>

static int is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

struct detected_runtime detect_runtime(const char *execution_runtime, const char *configured,
                                       const char *kubernetes_service_host)
{
    if (is_set(execution_runtime))
        return (struct detected_runtime){ execution_runtime, "EXECUTION_RUNTIME" };
    if (is_set(configured))
        return (struct detected_runtime){ configured, "configuration" };
    if (is_set(kubernetes_service_host))
        return (struct detected_runtime){ "kubernetes", "KUBERNETES_SERVICE_HOST" };
    return (struct detected_runtime){ "docker", "default" };
}
