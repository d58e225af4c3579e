/* SPDX-License-Identifier: Apache-2.0 */
/* What a trial container left, and what the operator asked for: how files travel.  Pure. */
#include "sharing.h"

#include <errno.h>

int sharing_decide(const struct maps_instance *instance, const struct maps_job *job,
                   const struct sharing_finding *finding, struct sharing *sharing,
                   struct fault *fault)
{
    bool shifted =
        finding->visible && (finding->uid != job->runner_uid || finding->gid != job->runner_gid);
    bool usable = finding->visible && (!shifted || instance->root);

    *sharing = (struct sharing){ .mode = usable ? FILES_SHARED : FILES_ARCHIVE };
    if (usable) {
        sharing->uid_shift = finding->uid - job->runner_uid;
        sharing->gid_shift = finding->gid - job->runner_gid;
        return 0;
    }
    if (instance->files == FILES_SHARED && shifted)
        return fault_set(fault, ENOTSUP,
                         "docker.files is \"shared\", but the engine's containers write as uid "
                         "%u, whose files only root can read: say \"auto\" or \"archive\"",
                         (unsigned)finding->uid);
    if (instance->project_dir[0] != '\0' && !finding->visible)
        return fault_set(fault, ENOTSUP,
                         "the engine does not see our files below HOST_PROJECT_DIR=%s: it must "
                         "be the folder on the engine's machine that is mounted here at %s, and "
                         "data_dir must lie in it",
                         instance->project_dir, instance->project_mount);
    if (instance->files == FILES_SHARED)
        return fault_set(fault, ENOTSUP,
                         "docker.files is \"shared\", but the engine does not see %s: say "
                         "\"auto\" or \"archive\"",
                         job->control_dir);
    return 0;
}
