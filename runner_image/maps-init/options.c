/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

#define USAGE "maps-init (--spec FILE | --spec-fd N) [--control DIR | --control-fd N]"

static bool parse_fd(const char *text, int *fd)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < 0 || value > INT_MAX)
        return false;
    *fd = (int)value;
    return true;
}

static bool set_option(struct options *options, int letter, struct sentence *why)
{
    switch (letter) {
    case 's':
        options->spec_file = optarg;
        return true;
    case 'c':
        options->control_dir = optarg;
        return true;
    case 'S':
    case 'C':
        if (parse_fd(optarg, letter == 'S' ? &options->spec_fd : &options->control_fd))
            return true;
        return sentence_set(why, "\"%.40s\" is not a file descriptor.  Usage: " USAGE, optarg);
    default:
        return sentence_set(why, "The arguments are not understood.  Usage: " USAGE);
    }
}

bool options_parse(struct options *options, int argc, char **argv, struct sentence *why)
{
    static const struct option names[] = {
        { "spec", required_argument, NULL, 's' },
        { "spec-fd", required_argument, NULL, 'S' },
        { "control", required_argument, NULL, 'c' },
        { "control-fd", required_argument, NULL, 'C' },
        { NULL, 0, NULL, 0 },
    };
    int letter;

    *options = (struct options){ .spec_fd = -1, .control_fd = -1 };
    optind = 1;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (!set_option(options, letter, why))
            return false;
    }
    if (optind != argc || (options->spec_file != NULL) == (options->spec_fd >= 0) ||
        (options->control_dir != NULL && options->control_fd >= 0))
        return sentence_set(why, "Exactly one spec and at most one control folder are needed.  "
                                 "Usage: " USAGE);
    return true;
}
