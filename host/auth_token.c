/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_token.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOKEN_RANDOM_BYTES = 32, TOKEN_TEXT_BYTES = 2 * TOKEN_RANDOM_BYTES + 1 };

bool address_is_loopback(const char *numeric_address)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, numeric_address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, numeric_address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static int make_token(char text[static TOKEN_TEXT_BYTES])
{
    unsigned char random[TOKEN_RANDOM_BYTES];

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -errno;
    for (size_t i = 0; i < sizeof(random); i++)
        (void)snprintf(text + 2 * i, 3, "%02x", random[i]);
    return 0;
}

/* Written aside and linked, so that a half-written token is never found. */
static int write_token(const char *path, const char *text)
{
    char *aside = NULL;
    int result = 0;

    if (asprintf(&aside, "%s.new", path) < 0)
        return -ENOMEM;
    (void)unlink(aside);
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || dprintf(fd, "%s\n", text) < 0 || fsync(fd) != 0 || rename(aside, path) != 0)
        result = -errno;
    if (fd >= 0)
        (void)close(fd);
    free(aside);
    return result;
}

static struct error *read_token(const char *path, char **token)
{
    char text[512] = "";
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n = -1;

    if (fd < 0)
        return error_errno(errno, "Reading the token file %s", path);
    if (fstat(fd, &st) == 0)
        n = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    if (n < 0)
        return error_errno(errno, "Reading the token file %s", path);
    if ((st.st_mode & 077) != 0)
        return error_new(ERROR_INVALID, NULL,
                         "Others can read the token file %s; run: chmod 600 %s", path, path);
    text[strcspn(text, "\r\n")] = '\0';
    if (strlen(text) < 16)
        return error_new(ERROR_INVALID, NULL,
                         "The token in %s is shorter than 16 characters; remove the file to have a "
                         "new one made.",
                         path);
    *token = strdup(text);
    return *token == NULL ? error_errno(ENOMEM, "Reading the token file") : NULL;
}

static struct error *token_from_data_folder(const struct settings *settings, char **token)
{
    struct error *err;
    char text[TOKEN_TEXT_BYTES];
    char *path = NULL;
    int result = 0;

    if (asprintf(&path, "%s/token", settings->data_dir) < 0)
        return error_errno(ENOMEM, "Finding the token file");
    if (access(path, F_OK) != 0) {
        result = make_token(text);
        if (result == 0)
            result = write_token(path, text);
    }
    err = result == 0 ? read_token(path, token)
                      : error_errno(-result, "Making the token file %s", path);
    if (err == NULL)
        log_info("callers must show the token in %s (or set MAPS_TOKEN)", path);
    free(path);
    return err;
}

struct error *auth_token(const struct settings *settings, char **token)
{
    *token = NULL;
    if (settings->auth_none) {
        if (!address_is_loopback(settings->listen_address))
            log_warning("auth = \"none\": anyone who can reach %s can run scripts here",
                        settings->listen_address);
        return NULL;
    }
    if (settings->token != NULL) {
        *token = strdup(settings->token);
        return *token == NULL ? error_errno(ENOMEM, "Starting") : NULL;
    }
    if (address_is_loopback(settings->listen_address))
        return NULL;
    return token_from_data_folder(settings, token);
}
