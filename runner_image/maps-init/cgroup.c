/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "oom_kill "

int64_t cgroup_parse_oom_kills(const char *text)
{
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, KEY, strlen(KEY)) == 0)
            return strtoll(line + strlen(KEY), NULL, 10);
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return -1;
}

static int64_t read_oom_kills(const char *path)
{
    char text[512];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    ssize_t n = read(fd, text, sizeof(text) - 1);

    (void)close(fd);
    if (n < 0)
        return -1;
    text[n] = '\0';
    return cgroup_parse_oom_kills(text);
}

int64_t cgroup_oom_kills(void)
{
    int64_t kills = read_oom_kills("/sys/fs/cgroup/memory.events");

    return kills >= 0 ? kills : read_oom_kills("/sys/fs/cgroup/memory/memory.oom_control");
}
