/* SPDX-License-Identifier: Apache-2.0 */
/* Which runtime is this host on?  Pure policy. */
#ifndef MAPS_HOST_CONFIG_DETECT_H
#define MAPS_HOST_CONFIG_DETECT_H

struct detected_runtime {
    const char *name; /* points into the arguments or is static */
    const char *by; /* "EXECUTION_RUNTIME", "configuration", "KUBERNETES_SERVICE_HOST", "default" */
};

/* execution_runtime, kubernetes_service_host: values of these variables, NULL or "" if
 * unset.  configured: the configured runtime or NULL. */
struct detected_runtime detect_runtime(const char *execution_runtime, const char *configured,
                                       const char *kubernetes_service_host);

#endif
