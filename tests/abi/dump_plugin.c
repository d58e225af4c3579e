/* SPDX-License-Identifier: Apache-2.0 */
/* dump_plugin FILE: what the host's --dump-plugin does, without the host around it. */
#include "plugin/plugins.h"

int main(int argc, char **argv)
{
    struct error *err;

    if (argc != 2) {
        (void)fputs("usage: dump_plugin FILE\n", stderr);
        return 2;
    }
    err = plugin_dump(argv[1], stdout);
    if (err == NULL)
        return 0;
    (void)fprintf(stderr, "%s\n", err->message);
    error_free(err);
    return 1;
}
