/* SPDX-License-Identifier: Apache-2.0 */
/* The first step of each endpoint; the request is complete and admitted. */
#ifndef MAPS_HOST_HTTP_ENDPOINTS_H
#define MAPS_HOST_HTTP_ENDPOINTS_H

#include "http/exchange.h"

/* The first step of all: checks the names of the query's parameters, then goes on with the
 * endpoint of the route and the method. */
enum MHD_Result endpoint_begin(struct exchange *ex);

/* job_endpoints.c */
enum MHD_Result submit_begin(struct exchange *ex);
enum MHD_Result job_begin(struct exchange *ex);
enum MHD_Result cancel_begin(struct exchange *ex);
enum MHD_Result delete_begin(struct exchange *ex);
/* list_endpoint.c */
enum MHD_Result list_begin(struct exchange *ex);
/* logs_endpoint.c */
enum MHD_Result logs_begin(struct exchange *ex);
/* output_list_endpoint.c, output_file_endpoint.c, output_archive_endpoint.c */
enum MHD_Result output_list_begin(struct exchange *ex);
enum MHD_Result output_file_begin(struct exchange *ex);
enum MHD_Result output_archive_begin(struct exchange *ex);
/* system_endpoints.c */
enum MHD_Result info_begin(struct exchange *ex);
enum MHD_Result healthz_begin(struct exchange *ex);
enum MHD_Result readyz_begin(struct exchange *ex);
enum MHD_Result health_begin(struct exchange *ex);
/* options_endpoint.c */
enum MHD_Result options_begin(struct exchange *ex);

#endif
