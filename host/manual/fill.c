/* SPDX-License-Identifier: Apache-2.0 */
#include "manual/forms.h"
#include "manual/manual.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one pass over a manual knows. */
struct filling {
    enum manual_form form;
    const struct plugins *plugins;
    FILE *in, *out;
};

/* What stands around the words of a marker, and ends what it has brought. */
static const struct {
    const char *before, *after, *end;
} marks[] = {
    [MANUAL_MARKDOWN] = { "<!-- ", " -->\n", "<!-- /options -->\n" },
    [MANUAL_MDOC] = { ".\\\" ", "\n", NULL },
};

/* ---- one section's options ---- */

struct listing {
    const struct filling *filling;
    const char *section;
    size_t count;
};

static void list_option(void *context, const struct option_text *option)
{
    struct listing *listing = context;
    bool markdown = listing->filling->form == MANUAL_MARKDOWN;
    FILE *out = listing->filling->out;

    if (strcmp(option->section, listing->section) != 0)
        return;
    if (listing->count++ == 0)
        (markdown ? markdown_print_table_head : mdoc_print_list_head)(out);
    (markdown ? markdown_print_option : mdoc_print_option)(option, out);
}

static struct error *list_section(const struct filling *filling, const char *section)
{
    struct listing listing = { filling, section, 0 };
    const struct option_visitor visitor = { NULL, list_option, &listing };

    if (!options_visit(filling->plugins, &visitor))
        return error_errno(ENOMEM, "Listing the options of %s", section);
    if (listing.count == 0)
        return error_new(ERROR_INVALID, NULL,
                         "There are no options of a section or loaded plugin \"%s\".", section);
    if (filling->form == MANUAL_MDOC)
        mdoc_print_list_end(filling->out);
    return NULL;
}

/* ---- markers ---- */

/* "options:http" within a marker's line, as a copy; NULL if the line is another. */
static char *marker_words(const struct filling *filling, const char *line)
{
    const char *before = marks[filling->form].before, *after = marks[filling->form].after;
    size_t length = strlen(line), around = strlen(before) + strlen(after);

    if (strncmp(line, before, strlen(before)) != 0 || length <= around ||
        strcmp(line + length - strlen(after), after) != 0)
        return NULL;
    line += strlen(before);
    if (strncmp(line, "options:", 8) != 0 && strncmp(line, "command-line:", 13) != 0)
        return NULL;
    return strndup(line, length - around);
}

static struct error *print_marked(const struct filling *filling, const char *words)
{
    const char *what = strchr(words, ':') + 1;

    if (strncmp(words, "options:", 8) == 0)
        return list_section(filling, what);
    if (filling->form == MANUAL_MDOC && mdoc_print_command_line(what, filling->out))
        return NULL;
    return error_new(ERROR_INVALID, NULL, "The marker \"%s\" means nothing here.", words);
}

/* What the marker brought the last time. */
static struct error *skip_to(const struct filling *filling, const char *end)
{
    char *line = NULL;
    size_t room = 0;
    bool found = false;

    while (!found && getline(&line, &room, filling->in) >= 0)
        found = strcmp(line, end) == 0;
    free(line);
    return found ? NULL
                 : error_new(ERROR_INVALID, NULL, "The line %.*s is missing.",
                             (int)strcspn(end, "\n"), end);
}

static struct error *fill_marker(const struct filling *filling, const char *line, const char *words)
{
    const char *end = marks[filling->form].end;
    struct error *err = NULL;

    if (end != NULL) {
        (void)fputs(line, filling->out);
        err = skip_to(filling, end);
    }
    if (err == NULL)
        err = print_marked(filling, words);
    if (err == NULL && end != NULL)
        (void)fputs(end, filling->out);
    return err;
}

struct error *manual_fill(enum manual_form form, const struct plugins *plugins, FILE *in, FILE *out)
{
    const struct filling filling = { form, plugins, in, out };
    struct error *err = NULL;
    char *line = NULL;
    size_t room = 0;

    while (err == NULL && getline(&line, &room, in) >= 0) {
        char *words = marker_words(&filling, line);
        if (words == NULL)
            (void)fputs(line, out);
        else
            err = fill_marker(&filling, line, words);
        free(words);
    }
    free(line);
    return err;
}
