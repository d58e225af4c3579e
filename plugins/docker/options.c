/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#define OPTION(name, type, value, variable, help, min, max)                                        \
    {                                                                                              \
        sizeof(struct maps_option), name, type, 0, value, variable, help, min, max                 \
    }

const struct maps_option docker_options[] = {
    OPTION("host", MAPS_OPTION_STRING, "", "DOCKER_HOST",
           "Where the engine listens: unix:///path or tcp://host:port; empty: "
           "/var/run/docker.sock, or the socket of a rootless Docker or Podman.",
           0, 0),
    OPTION("cert_path", MAPS_OPTION_STRING, "", "DOCKER_CERT_PATH",
           "Folder of ca.pem, cert.pem and key.pem, for tcp with TLS.", 0, 0),
    OPTION("tls_verify", MAPS_OPTION_STRING, "", "DOCKER_TLS_VERIFY",
           "Not empty: speak TLS over tcp, and check the engine's certificate.", 0, 0),
    OPTION("project_dir", MAPS_OPTION_STRING, "", "HOST_PROJECT_DIR",
           "Where this host itself runs in a container: the folder on the engine's machine that "
           "is mounted at project_mount.",
           0, 0),
    OPTION("project_mount", MAPS_OPTION_STRING, "/project", NULL,
           "Where project_dir is mounted in this host's container; data_dir lies below it.", 0, 0),
    OPTION("pull", MAPS_OPTION_STRING, "missing", NULL,
           "When images are pulled: never, missing (if the engine has none) or always (before "
           "each job).",
           0, 0),
    OPTION("config_file", MAPS_OPTION_STRING, "", NULL,
           "A Docker config.json with credentials for registries; empty: none are sent.", 0, 0),
    OPTION("files", MAPS_OPTION_STRING, "auto", NULL,
           "How a job's files reach its container: shared (mounted), archive (copied) or auto "
           "(shared where the engine sees our files).",
           0, 0),
    OPTION("runtime", MAPS_OPTION_STRING, "", NULL,
           "OCI runtime of the containers, e.g. runsc; empty: the engine's default.", 0, 0),
    OPTION("apparmor_profile", MAPS_OPTION_STRING, "", NULL,
           "AppArmor profile of the containers; empty: the engine's default.", 0, 0),
    OPTION("allow_host_network", MAPS_OPTION_BOOL, "false", NULL,
           "Lets jobs that ask for the network \"host\" share the engine's network.", 0, 0),
    OPTION("tmp_bytes", MAPS_OPTION_BYTES, "64M", NULL,
           "Size of a job's private /tmp, which counts against its memory limit.", 4096, INT64_MAX),
    OPTION("shm_bytes", MAPS_OPTION_BYTES, "64M", NULL,
           "Size of a job's private /dev/shm, which counts against its memory limit.", 4096,
           INT64_MAX),
    OPTION("open_files", MAPS_OPTION_INT, "1024", NULL, "Files that one process may have open.", 16,
           1048576),
    MAPS_OPTION_END,
};
