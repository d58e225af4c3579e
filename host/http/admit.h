/* SPDX-License-Identifier: Apache-2.0 */
/* What every request must pass before its endpoint sees it. */
#ifndef MAPS_HOST_HTTP_ADMIT_H
#define MAPS_HOST_HTTP_ADMIT_H

#include "http/exchange.h"

/* Looks at the header, once; a refusal is left in the exchange, to be answered when the
 * request is complete. */
void admit_header(struct exchange *ex, const char *method);

#endif
