/* SPDX-License-Identifier: Apache-2.0 */
#include "config/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *port)
{
    size_t length = strlen(text);

    if (length == 0 || length > 5 || strspn(text, "0123456789") != length)
        return false;
    unsigned long number = strtoul(text, NULL, 10);
    *port = (uint16_t)number;
    return number <= UINT16_MAX;
}

bool address_parse(const char *text, char address[static INET6_ADDRSTRLEN], uint16_t *port)
{
    char host[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    const char *colon = strrchr(text, ':');
    int family = text[0] == '[' ? AF_INET6 : AF_INET;

    if (colon == NULL || !parse_port(colon + 1, port))
        return false;
    size_t length = (size_t)(colon - text);
    if (family == AF_INET6) {
        if (length < 2 || text[length - 1] != ']')
            return false;
        text++;
        length -= 2;
    }
    if (length >= sizeof(host))
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    return inet_pton(family, host, bytes) == 1 &&
           inet_ntop(family, bytes, address, INET6_ADDRSTRLEN) != NULL;
}
