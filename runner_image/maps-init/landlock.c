/* SPDX-License-Identifier: Apache-2.0 */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface, <linux/landlock.h>, whose copy on the building machine may be older
 * than the kernel of the running one.  The numbers are the same on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum { ABI_RENAMES = 2, ABI_TRUNCATE = 3 };

#define WRITE_FILE (1ULL << 1)
#define REMOVE_DIR (1ULL << 4)
#define REMOVE_FILE (1ULL << 5)
#define MAKE_ALL (0x7fULL << 6) /* character device to symbolic link */
#define REFER (1ULL << 13)
#define TRUNCATE (1ULL << 14)

struct ruleset_attr {
    uint64_t handled_access_fs;
};

struct path_beneath_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

static long version(void)
{
    return syscall(CREATE_RULESET, NULL, 0, CREATE_VERSION);
}

static bool allow(int ruleset, const char *path, uint64_t access)
{
    struct path_beneath_attr rule = { .allowed_access = access };

    rule.parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR;
    bool added = syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;

    (void)close(rule.parent_fd);
    return added;
}

static bool fill(int ruleset, char *const *paths, uint64_t all)
{
    uint64_t in_place = all & (WRITE_FILE | TRUNCATE);

    for (; *paths != NULL; paths++) {
        if (!allow(ruleset, *paths, all))
            return false;
    }
    return allow(ruleset, "/dev", in_place) && allow(ruleset, "/proc", in_place) &&
           syscall(RESTRICT_SELF, ruleset, 0) == 0;
}

bool landlock_allow_writing(char *const *paths)
{
    long abi = version();
    struct ruleset_attr attr = { WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_ALL | REFER };

    if (abi < ABI_RENAMES)
        return true;
    if (abi >= ABI_TRUNCATE)
        attr.handled_access_fs |= TRUNCATE;
    int ruleset = (int)syscall(CREATE_RULESET, &attr, sizeof(attr), 0);

    if (ruleset < 0)
        return false;
    bool restricted = fill(ruleset, paths, attr.handled_access_fs);

    (void)close(ruleset);
    return restricted;
}
