/* SPDX-License-Identifier: Apache-2.0 */
/* One call: the request as libcurl's options, the wait, and the reply. */
#include "http_parts.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    CONNECT_TIMEOUT_MS = 10000, /* there is none in libcurl's connect but five minutes */
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_INTERVAL_S = 10,
    POLL_MS = 60000,     /* libcurl's own timers end a poll earlier */
    BUFFER_BYTES = 4096, /* thousands of calls may wait at once */
    DEFAULT_REPLY_BYTES = 8 << 20
};

struct call {
    struct http_client *client;
    const struct http_request *request;
    struct http_reply *reply;
    struct http_line line;
    struct curl_slist *headers;
    char *url;
    size_t reply_size; /* of the buffer behind reply->body */
    int broke_off;     /* negative errno from a callback of ours */
    char detail[CURL_ERROR_SIZE];
};

void http_reply_clear(struct http_reply *reply)
{
    free(reply->body);
    *reply = (struct http_reply){ 0 };
}

/* ---- what libcurl calls ---- */

/* A descriptor to an engine must not slip into a child process. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t read_body(char *buffer, size_t size, size_t count, void *context)
{
    struct call *call = context;
    long got = call->request->read_body(call->request->context, buffer, size * count);

    if (got >= 0)
        return (size_t)got;
    call->broke_off = (int)got;
    return CURL_READFUNC_ABORT;
}

static int collect(struct call *call, const char *bytes, size_t length)
{
    struct http_reply *reply = call->reply;
    size_t most = call->request->max_reply_bytes;

    if (length > (most > 0 ? most : DEFAULT_REPLY_BYTES) - reply->length)
        return -EFBIG;
    if (reply->length + length >= call->reply_size) {
        size_t size = (reply->length + length) * 2 + 256;
        char *larger = realloc(reply->body, size);

        if (larger == NULL)
            return -ENOMEM;
        reply->body = larger;
        call->reply_size = size;
    }
    memcpy(reply->body + reply->length, bytes, length);
    reply->length += length;
    reply->body[reply->length] = '\0';
    return 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct call *call = context;
    long status = 0;

    curl_easy_getinfo(call->line.easy, CURLINFO_RESPONSE_CODE, &status);
    if (call->request->take_body != NULL && status >= 200 && status < 300)
        call->broke_off = call->request->take_body(call->request->context, bytes, size * count);
    else
        call->broke_off = collect(call, bytes, size * count);
    return call->broke_off == 0 ? size * count : 0;
}

/* ---- the request ---- */

static bool add_header(struct call *call, const char *header)
{
    struct curl_slist *longer = curl_slist_append(call->headers, header);

    if (longer != NULL)
        call->headers = longer;
    return longer != NULL;
}

static bool build_headers(struct call *call)
{
    const struct http_request *request = call->request;
    TEXT_AUTO type = request->content_type == NULL
                         ? NULL
                         : text_format("Content-Type: %s", request->content_type);

    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        if (!add_header(call, request->headers[i]))
            return false;
    }
    if (request->read_body != NULL && !add_header(call, "Transfer-Encoding: chunked"))
        return false;
    /* Without a type of ours libcurl would call the body a form; and it would wait for leave
     * to send one. */
    return add_header(call, type != NULL ? type : "Content-Type:") && add_header(call, "Expect:");
}

/* May be sent again if a kept connection turns out to be dead. */
static bool is_repeatable(const struct http_request *request)
{
    return strcmp(request->method, "POST") != 0 && strcmp(request->method, "PATCH") != 0 &&
           request->read_body == NULL;
}

static void set_body(struct call *call)
{
    const struct http_request *request = call->request;
    CURL *easy = call->line.easy;

    if (request->read_body != NULL) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, call);
    } else if (request->body != NULL || strcmp(request->method, "POST") == 0 ||
               strcmp(request->method, "PUT") == 0) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
    } else if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_repeatable(request) ? 0L : 1L);
}

/* How to get there.  The options that copy a text are the ones that can fail. */
static bool set_way(struct call *call)
{
    const struct http_client *client = call->client;
    CURL *easy = call->line.easy;

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    return curl_easy_setopt(easy, CURLOPT_URL, call->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "maps-backend/" MAPS_VERSION) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, client->unix_socket) == CURLE_OK &&
           (client->ca_file == NULL ||
            curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_SSLCERT, client->cert_file) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLKEY, client->key_file) == CURLE_OK;
}

static bool prepare(struct call *call)
{
    CURL *easy = call->line.easy;

    call->url = text_format("%s%s", call->client->base_url, call->request->path);
    if (call->url == NULL || !build_headers(call) || !set_way(call))
        return false;
    set_body(call);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->request->timeout_ms);
    return true;
}

/* ---- the wait ---- */

static CURLcode result_of(CURLM *multi)
{
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);

    return message != NULL ? message->data.result : CURLE_FAILED_INIT;
}

static bool is_woken(const struct call *call)
{
    return call->request->waker != NULL && http_waker_is_woken(call->request->waker);
}

/* Until the reply is there, or the waker is woken (-EINTR in broke_off). */
static CURLcode transfer(struct call *call)
{
    CURLM *multi = call->line.multi;
    struct curl_waitfd wake = { .events = CURL_WAIT_POLLIN };
    unsigned extra = 0;
    int running = 1;

    if (call->request->waker != NULL) {
        wake.fd = http_waker_fd(call->request->waker);
        extra = 1;
    }
    for (;;) {
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return CURLE_OUT_OF_MEMORY;
        if (running == 0)
            return result_of(multi);
        if (is_woken(call)) {
            call->broke_off = -EINTR;
            return CURLE_ABORTED_BY_CALLBACK;
        }
        if (curl_multi_poll(multi, &wake, extra, POLL_MS, NULL) != CURLM_OK)
            return CURLE_OUT_OF_MEMORY;
    }
}

/* ---- the end ---- */

static int report_break_off(const struct call *call, struct fault *fault)
{
    const struct http_request *request = call->request;
    const char *name = call->client->name;

    if (call->broke_off == -EINTR)
        return fault_set(fault, EINTR, "%s %.200s to %s was interrupted", request->method,
                         request->path, name);
    if (call->broke_off == -EFBIG)
        return fault_set(fault, EFBIG, "The reply of %s to %s %.200s is larger than expected", name,
                         request->method, request->path);
    return fault_set(fault, -call->broke_off, "%s %.200s to %s was given up: %s", request->method,
                     request->path, name, strerror(-call->broke_off));
}

static int report(const struct call *call, CURLcode code, struct fault *fault)
{
    struct http_failure failure = {
        .client = call->client, .request = call->request, .code = code, .detail = call->detail
    };
    long sent = 0;

    if (call->broke_off != 0)
        return report_break_off(call, fault);
    curl_easy_getinfo(call->line.easy, CURLINFO_OS_ERRNO, &failure.os_errno);
    curl_easy_getinfo(call->line.easy, CURLINFO_REQUEST_SIZE, &sent);
    failure.sent = sent > 0;
    return http_failure_report(&failure, fault);
}

static int finish_reply(struct call *call, struct fault *fault)
{
    curl_off_t retry_after_s = 0;

    /* Also makes the body of an empty reply. */
    if (collect(call, "", 0) != 0)
        return fault_set(fault, ENOMEM, "Out of memory");
    curl_easy_getinfo(call->line.easy, CURLINFO_RESPONSE_CODE, &call->reply->status);
    curl_easy_getinfo(call->line.easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    call->reply->retry_after_ms = (uint64_t)retry_after_s * 1000;
    return 0;
}

static int run(struct call *call, struct fault *fault)
{
    CURLcode code;

    if (!prepare(call) || curl_multi_add_handle(call->line.multi, call->line.easy) != CURLM_OK)
        return fault_set(fault, ENOMEM, "Out of memory");
    code = transfer(call);
    curl_multi_remove_handle(call->line.multi, call->line.easy);
    return code == CURLE_OK ? finish_reply(call, fault) : report(call, code, fault);
}

int http_call(struct http_client *client, const struct http_request *request,
              struct http_reply *reply, struct fault *fault)
{
    struct call call = { .client = client, .request = request, .reply = reply };
    int rc;

    *reply = (struct http_reply){ 0 };
    if (is_woken(&call)) {
        call.broke_off = -EINTR;
        return report_break_off(&call, fault);
    }
    if (!http_line_take(client, &call.line))
        return fault_set(fault, ENOMEM, "Out of memory or of file descriptors");
    rc = run(&call, fault);
    if (rc != 0)
        http_reply_clear(reply);
    http_line_give_back(client, &call.line);
    curl_slist_free_all(call.headers);
    free(call.url);
    return rc;
}
