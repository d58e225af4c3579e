/* SPDX-License-Identifier: Apache-2.0 */
#include "landlock.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl has no wrappers, and the kernel headers we are built with may be older than the kernel we
 * run on: the interface is written down here, under names of our own. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { QUERY_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum { ABI_WITH_REFER = 2, ABI_WITH_TRUNCATE = 3 };

#define WRITE_FILE (1ull << 1)
/* REMOVE_DIR, REMOVE_FILE, and MAKE_CHAR, _DIR, _REG, _SOCK, _FIFO, _BLOCK and _SYM */
#define REMOVE_AND_MAKE (0x1ffull << 4)
#define REFER (1ull << 13)
#define TRUNCATE (1ull << 14)

struct ruleset {
    uint64_t handled_access_fs;
};
struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

/* All rights to write of this version, or 0 if it is of no use: before ABI 2 nothing can be
 * moved or linked from one folder to another. */
static uint64_t rights_of(long abi)
{
    uint64_t rights = WRITE_FILE | REMOVE_AND_MAKE | REFER;

    if (abi < ABI_WITH_REFER)
        return 0;
    return abi < ABI_WITH_TRUNCATE ? rights : rights | TRUNCATE;
}

static void allow(int ruleset_fd, const char *path, uint64_t rights)
{
    struct path_beneath rule = { .allowed_access = rights,
                                 .parent_fd = open(path, O_PATH | O_CLOEXEC) };

    if (rule.parent_fd < 0)
        return;
    (void)syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH, &rule, 0);
    (void)close(rule.parent_fd);
}

/* Rights to make and remove mean nothing for a file, and the kernel refuses a rule with them. */
static void allow_all(int ruleset_fd, const char *path, uint64_t rights)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return;
    allow(ruleset_fd, path, S_ISDIR(st.st_mode) ? rights : rights & (WRITE_FILE | TRUNCATE));
}

void landlock_confine(char *const *writable)
{
    uint64_t rights;

    if (writable[0] == NULL)
        return;
    rights = rights_of(syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION));
    if (rights == 0)
        return;
    struct ruleset ruleset = { .handled_access_fs = rights };
    int ruleset_fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);

    if (ruleset_fd < 0)
        return;
    for (; *writable != NULL; writable++)
        allow_all(ruleset_fd, *writable, rights);
    allow(ruleset_fd, "/dev", rights & (WRITE_FILE | TRUNCATE));
    allow(ruleset_fd, "/proc", rights & (WRITE_FILE | TRUNCATE));
    (void)syscall(SYS_landlock_restrict_self, ruleset_fd, 0);
    (void)close(ruleset_fd);
}
