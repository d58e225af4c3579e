/* SPDX-License-Identifier: Apache-2.0 */
#include "manual/forms.h"

void mdoc_print_list_head(FILE *out)
{
    (void)fputs(".Bl -tag -width Ds\n", out);
}

void mdoc_print_list_end(FILE *out)
{
    (void)fputs(".El\n", out);
}

static void print_default(const struct option_text *option, FILE *out)
{
    (void)fputs(option->usual_is_value ? "Default:\n.Ql " : "Default:\n.No ", out);
    mdoc_print_argument(option->usual, out);
    (void)fputs(" .\n", out);
}

void mdoc_print_option(const struct option_text *option, FILE *out)
{
    (void)fputs(".It Ic ", out);
    mdoc_print_argument(option->path, out);
    (void)fputs(" Pq ", out);
    mdoc_print_argument(option->type, out);
    (void)fputc('\n', out);
    mdoc_print_prose(option->help, out);
    print_default(option, out);
    if (option->needs_restart)
        (void)fputs("Needs a restart.\n", out);
    (void)fputs("Variable:\n.Ev ", out);
    mdoc_print_argument(option->variable, out);
    if (option->further_variable != NULL) {
        (void)fputs("\nor\n.Ev ", out);
        mdoc_print_argument(option->further_variable, out);
    }
    (void)fputs(" .\n", out);
}
