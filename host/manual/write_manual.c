/* SPDX-License-Identifier: Apache-2.0 */
/* write-manual FORM PLUGIN_DIR TEMPLATE OUTPUT: fills one manual.  Runs at build time. */
#include "manual/manual.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int fail(struct error *err, const char *file)
{
    (void)fprintf(stderr, "%s: %s\n", file, err->message);
    error_free(err);
    return EXIT_FAILURE;
}

/* Into memory first: a manual that cannot be filled is not written. */
static struct error *fill(enum manual_form form, const struct plugins *plugins, const char *file,
                          char **text)
{
    FILE *in = fopen(file, "re");
    size_t length;

    if (in == NULL)
        return error_errno(errno, "Opening it");
    FILE *out = open_memstream(text, &length);
    struct error *err = out == NULL ? error_errno(errno, "Making room for it")
                                    : manual_fill(form, plugins, in, out);

    if (out != NULL && fclose(out) != 0 && err == NULL)
        err = error_errno(errno, "Filling it");
    (void)fclose(in);
    return err;
}

static struct error *save(const char *file, const char *text)
{
    FILE *out = fopen(file, "we");
    bool written = out != NULL && fputs(text, out) >= 0;

    if (out == NULL || fclose(out) != 0 || !written)
        return error_errno(errno, "Writing it");
    return NULL;
}

int main(int argc, char **argv)
{
    struct plugins *plugins = NULL;
    char *text = NULL;

    if (argc != 5 || (strcmp(argv[1], "markdown") != 0 && strcmp(argv[1], "mdoc") != 0)) {
        (void)fputs("Usage: write-manual markdown|mdoc PLUGIN_DIR TEMPLATE OUTPUT\n", stderr);
        return EXIT_FAILURE;
    }
    enum manual_form form = strcmp(argv[1], "mdoc") == 0 ? MANUAL_MDOC : MANUAL_MARKDOWN;
    struct error *err = plugins_load(argv[2], &(struct plugin_host){ NULL, NULL }, &plugins);

    if (err != NULL)
        return fail(err, argv[2]);
    err = fill(form, plugins, argv[3], &text);
    if (err == NULL)
        err = save(argv[4], text);
    free(text);
    plugins_free(plugins);
    return err == NULL ? EXIT_SUCCESS : fail(err, argv[3]);
}
