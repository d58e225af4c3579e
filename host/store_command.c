/* SPDX-License-Identifier: Apache-2.0 */
#include "store_command.h"

#include "store/maintenance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int fail(struct error *err, int code)
{
    (void)fprintf(stderr, "maps-backend: %s\n", err->message);
    error_free(err);
    return code;
}

static void print_finding(void *context, const char *sentence)
{
    size_t *count = context;

    (*count)++;
    (void)puts(sentence);
}

static int check(const char *data_dir, const char *file)
{
    size_t count = 0;
    struct error *err = store_check(data_dir, print_finding, &count);

    (void)file;
    if (err != NULL)
        return fail(err, EXIT_FAILED);
    if (count > 0)
        return EXIT_FAILED;
    (void)printf("The store in %s is in order.\n", data_dir);
    return EXIT_SUCCESS;
}

static int backup(const char *data_dir, const char *file)
{
    struct error *err = store_backup(data_dir, file);

    if (err != NULL)
        return fail(err, EXIT_FAILED);
    (void)printf("%s holds the jobs of %s; their files are in %s/jobs.\n", file, data_dir,
                 data_dir);
    return EXIT_SUCCESS;
}

static int compact(const char *data_dir, const char *file)
{
    struct store_sizes sizes = { 0, 0 };
    struct error *err = store_compact(data_dir, &sizes);

    (void)file;
    if (err != NULL)
        return fail(err, EXIT_FAILED);
    (void)printf("The store in %s took %" PRIu64 " bytes and takes %" PRIu64 " now.\n", data_dir,
                 sizes.before, sizes.after);
    return EXIT_SUCCESS;
}

static const struct action {
    const char *word;
    size_t words; /* with this one */
    int (*act)(const char *data_dir, const char *file);
} actions[] = { { "check", 1, check }, { "backup", 2, backup }, { "compact", 1, compact } };

int store_command(const struct cli *cli, const char *data_dir)
{
    if (data_dir == NULL)
        return fail(error_new(ERROR_INVALID, "data_dir",
                              "There is no home folder to keep data in; name the data folder with "
                              "MAPS_DATA_DIR."),
                    EXIT_USAGE);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (cli->word_count == actions[i].words && strcmp(cli->words[0], actions[i].word) == 0)
            return actions[i].act(data_dir, cli->words[cli->word_count - 1]);
    return fail(error_new(ERROR_INVALID, NULL,
                          "Say what to do with the store: check, backup FILE or compact; see "
                          "maps-backend store --help."),
                EXIT_USAGE);
}
