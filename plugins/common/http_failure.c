/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl's errors mean to a caller who must know whether the server may have acted. */
#include "http_parts.h"

#include <errno.h>

static int errno_of_connect(long os_errno)
{
    switch (os_errno) {
    case ECONNREFUSED:
        return -ECONNREFUSED;
    case ENOENT:
    case ENOTDIR:
        return -ENOENT;
    case EACCES:
    case EPERM:
        return -EACCES;
    default:
        return -EHOSTUNREACH;
    }
}

int http_failure_errno(const struct http_failure *failure)
{
    switch (failure->code) {
    case CURLE_COULDNT_CONNECT:
        return errno_of_connect(failure->os_errno);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_INTERFACE_FAILED:
        return -EHOSTUNREACH;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_UNSUPPORTED_PROTOCOL: /* also: not an HTTP/1 status line */
    case CURLE_WEIRD_SERVER_REPLY:
        return -EPROTO;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return -EINVAL;
    case CURLE_OPERATION_TIMEDOUT:
        return failure->sent ? -ETIMEDOUT : -EHOSTUNREACH;
    default:
        return failure->sent ? -ECONNRESET : -EHOSTUNREACH;
    }
}

int http_failure_report(const struct http_failure *failure, struct fault *fault)
{
    const char *name = failure->client->name, *method = failure->request->method;
    const char *path = failure->request->path, *detail = failure->detail;
    int errnum = -http_failure_errno(failure);

    if (detail[0] == '\0')
        detail = curl_easy_strerror(failure->code);
    switch (errnum) {
    case ECONNREFUSED:
        return fault_set(fault, errnum, "Nothing accepts connections at %s", name);
    case ENOENT:
        return fault_set(fault, errnum, "There is no %s", name);
    case EACCES:
        return fault_set(fault, errnum,
                         "This process may not connect to %s: its user needs access to it", name);
    case EHOSTUNREACH:
        return fault_set(fault, errnum, "Cannot connect to %s: %s", name, detail);
    case EPROTO:
        return fault_set(fault, errnum, "%s cannot be talked to over HTTP: %s", name, detail);
    case ETIMEDOUT:
        return fault_set(fault, errnum, "%s has not answered %s %.200s in %llu ms", name, method,
                         path, (unsigned long long)failure->request->timeout_ms);
    case ECONNRESET:
        return fault_set(fault, errnum, "%s broke off during %s %.200s: %s", name, method, path,
                         detail);
    default:
        return fault_set(fault, errnum, "Cannot send %s %.200s to %s: %s", method, path, name,
                         detail);
    }
}
