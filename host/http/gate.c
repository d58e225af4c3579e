/* SPDX-License-Identifier: Apache-2.0 */
#include "http/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { HOST_NAME_BYTES = 256 };

struct ip {
    int family; /* 0: it is a name */
    struct in_addr v4;
    struct in6_addr v6;
};

static struct ip parse_ip(const char *text)
{
    struct ip ip = { 0 };

    if (inet_pton(AF_INET, text, &ip.v4) == 1)
        ip.family = AF_INET;
    else if (inet_pton(AF_INET6, text, &ip.v6) == 1)
        ip.family = AF_INET6;
    return ip;
}

static bool ip_is_loopback(const struct ip *ip)
{
    if (ip->family == AF_INET)
        return ntohl(ip->v4.s_addr) >> 24 == 127;
    if (ip->family != AF_INET6)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&ip->v6) ||
           (IN6_IS_ADDR_V4MAPPED(&ip->v6) && ip->v6.s6_addr[12] == 127);
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits >= 1 && digits <= 5 && text[digits] == '\0';
}

/* "name", "name:port", "[v6]" or "[v6]:port"; copies the name without brackets. */
static bool split_host(const char *host, char name[static HOST_NAME_BYTES])
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._";
    size_t length;
    const char *rest;

    if (host[0] == '[') {
        host++;
        length = strspn(host, "0123456789abcdefABCDEF:.");
        if (host[length] != ']')
            return false;
        rest = host + length + 1;
    } else {
        length = strspn(host, allowed);
        rest = host + length;
    }
    if (length == 0 || length >= HOST_NAME_BYTES)
        return false;
    if (*rest != '\0' && (*rest != ':' || !is_port(rest + 1)))
        return false;
    memcpy(name, host, length);
    name[length] = '\0';
    return true;
}

static bool listed(char *const *list, const char *text)
{
    for (; list != NULL && *list != NULL; list++) {
        if (strcasecmp(*list, text) == 0)
            return true;
    }
    return false;
}

bool gate_host_allowed(const struct gate *gate, const char *host)
{
    char name[HOST_NAME_BYTES];

    if (!split_host(host, name))
        return false;
    if (strcasecmp(name, "localhost") == 0 || strcasecmp(name, gate->listen_address) == 0 ||
        listed(gate->allowed_hosts, name) || listed(gate->allowed_hosts, host))
        return true;
    struct ip ip = parse_ip(name);
    struct ip listen = parse_ip(gate->listen_address);
    return ip_is_loopback(&ip) || (ip.family != 0 && !ip_is_loopback(&listen));
}

enum gate_origin gate_origin(const struct gate *gate, const char *host, const char *origin)
{
    const char *authority = NULL;

    if (origin == NULL)
        return GATE_ORIGIN_SAME;
    if (strncasecmp(origin, "http://", 7) == 0)
        authority = origin + 7;
    else if (strncasecmp(origin, "https://", 8) == 0)
        authority = origin + 8;
    if (authority != NULL && strcasecmp(authority, host) == 0)
        return GATE_ORIGIN_SAME;
    return listed(gate->allowed_origins, origin) ? GATE_ORIGIN_LISTED : GATE_ORIGIN_FOREIGN;
}

bool gate_token_matches(const char *token, const char *authorization)
{
    const char *given = "";

    if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0)
        given = authorization + 7;
    size_t length = strlen(token), given_length = strlen(given);
    volatile unsigned char difference = length != given_length || length == 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char other = i < given_length ? (unsigned char)given[i] : 0;

        difference = difference | (unsigned char)((unsigned char)token[i] ^ other);
    }
    return difference == 0;
}

bool gate_site_allowed(const char *sec_fetch_site)
{
    return sec_fetch_site == NULL || strcasecmp(sec_fetch_site, "same-origin") == 0 ||
           strcasecmp(sec_fetch_site, "none") == 0; /* typed in, or a bookmark */
}

static bool is_type(const char *content_type, const char *type)
{
    if (content_type == NULL || strncasecmp(content_type, type, strlen(type)) != 0)
        return false;
    const char *rest = content_type + strlen(type);
    rest += strspn(rest, " \t");
    return *rest == '\0' || *rest == ';';
}

bool gate_is_json(const char *content_type)
{
    return is_type(content_type, "application/json");
}

bool gate_is_form(const char *content_type)
{
    return is_type(content_type, "multipart/form-data");
}
