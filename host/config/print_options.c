/* SPDX-License-Identifier: Apache-2.0 */
/* The settings' part of --help. */
#include "config/config.h"
#include "config/describe.h"

#include <string.h>

enum { INDENT = 6, WIDTH = 80 };

/* Words, as many in a line as fit. */
static void print_wrapped(const char *text, FILE *out)
{
    int column = 0;

    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        int length = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + length > WIDTH) {
            (void)fputc('\n', out);
            column = 0;
        }
        column += fprintf(out, "%*s%.*s", column == 0 ? INDENT : 1, "", length, text);
        text += length;
    }
    (void)fputc('\n', out);
}

static void print_table_title(void *context, const char *title)
{
    (void)fprintf(context, "\n%s\n", title);
}

static void print_option(void *context, const struct option_text *option)
{
    FILE *out = context;

    (void)fprintf(out, "  %s\n", option->path);
    print_wrapped(option->help, out);
    (void)fprintf(out, "%*s%s; default: %s%s\n", INDENT, "", option->type, option->usual,
                  option->needs_restart ? "; needs a restart" : "");
    (void)fprintf(out, "%*s%s%s%s\n", INDENT, "", option->variable,
                  option->further_variable == NULL ? "" : " or ",
                  option->further_variable == NULL ? "" : option->further_variable);
}

void config_print_options(const struct plugins *plugins, FILE *out)
{
    const struct option_visitor visitor = { print_table_title, print_option, out };

    if (!options_visit(plugins, &visitor))
        (void)fputs("Out of memory: settings are missing here.\n", out);
}
