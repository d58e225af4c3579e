/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"
#include "manual/forms.h"

#include <stdlib.h>
#include <string.h>

static void print_option(const struct cli_option *option, FILE *out)
{
    (void)fputs(".It ", out);
    if (option->id < 256)
        (void)fprintf(out, "Fl %c , ", option->id);
    (void)fputs("Fl Fl ", out);
    mdoc_print_argument(option->name, out);
    if (option->argument != NULL) {
        (void)fputs(" Ar ", out);
        mdoc_print_argument(option->argument, out);
    }
    (void)fputc('\n', out);
    mdoc_print_prose(option->help, out);
}

static void print_options(const struct cli_option *options, FILE *out)
{
    if (options == NULL || options->name == NULL)
        return;
    mdoc_print_list_head(out);
    for (; options->name != NULL; options++)
        print_option(options, out);
    mdoc_print_list_end(out);
}

/* Paragraphs are separated by empty lines. */
static void print_paragraphs(const char *text, FILE *out)
{
    for (const char *end; (end = strstr(text, "\n\n")) != NULL; text = end + 2) {
        char *paragraph = strndup(text, (size_t)(end - text));
        mdoc_print_prose(paragraph == NULL ? "" : paragraph, out);
        (void)fputs(".Pp\n", out);
        free(paragraph);
    }
    mdoc_print_prose(text, out);
}

static void print_command(const struct cli_command_row *row, FILE *out)
{
    (void)fputs(".Ss ", out);
    mdoc_print_argument(row->word, out);
    (void)fputs("\n.Nm Cm ", out);
    mdoc_print_argument(row->word, out);
    (void)fputc('\n', out);
    mdoc_print_prose(row->synopsis, out);
    (void)fputs(".Pp\n", out);
    print_paragraphs(row->description, out);
    print_options(row->options, out);
    (void)fputs(".Pp\nExit status:\n", out);
    mdoc_print_prose(row->exit_codes, out);
}

bool mdoc_print_command_line(const char *part, FILE *out)
{
    if (strcmp(part, "common") == 0)
        print_options(cli_common_options, out);
    else if (strcmp(part, "actions") == 0)
        print_options(cli_action_options, out);
    else if (strcmp(part, "commands") == 0)
        for (const struct cli_command_row *row = cli_commands; row->word != NULL; row++)
            print_command(row, out);
    else
        return false;
    return true;
}
