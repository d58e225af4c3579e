/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind the handles of the C API. */
#ifndef MAPS_HOST_CAPI_HANDLES_H
#define MAPS_HOST_CAPI_HANDLES_H

#include "runner/runner.h"

struct maps_runner {
    struct runner *runner;
};

struct maps_result {
    struct runner_ending ending;
};

#endif
