/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include "seccomp_filter.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FILTER seccomp_filter_x86_64
#elif defined(__aarch64__)
#define FILTER seccomp_filter_aarch64
#else
#error "maps-init has no seccomp filter for this machine: add it to seccomp_generator.c."
#endif

enum { CAPABILITY_BITS = 64 }; /* more than any kernel has */

void confine_hide(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static bool drop_capabilities(struct sentence *why)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

    /* The bounding set can only be cut by who has CAP_SETPCAP.  Without it nothing is
     * lost: no_new_privs keeps execve(2) from granting anything out of that set. */
    for (unsigned long capability = 0; capability < CAPABILITY_BITS; capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &header, none) != 0)
        return sentence_set(why, "The capabilities cannot be dropped: %s.", strerror(errno));
    return true;
}

static bool install_filter(struct sentence *why)
{
    struct sock_fprog program = {
        .len = sizeof(FILTER) / sizeof(FILTER[0]),
        .filter = (struct sock_filter *)FILTER,
    };

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return sentence_set(why,
                            "The seccomp filter cannot be installed: %s.  The kernel needs "
                            "CONFIG_SECCOMP_FILTER.",
                            strerror(errno));
    return true;
}

bool confine(struct sentence *why)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sentence_set(why, "New privileges cannot be renounced: %s.", strerror(errno));
    return drop_capabilities(why) && install_filter(why);
}
