/* SPDX-License-Identifier: Apache-2.0 */
#include "manual/forms.h"

#include <ctype.h>
#include <string.h>

/* One within a word, as in max_body_bytes, means nothing. */
static bool is_inner_underscore(const char *text, const char *at)
{
    return *at == '_' && at > text && isalnum((unsigned char)at[-1]) &&
           isalnum((unsigned char)at[1]);
}

void markdown_print_text(const char *text, FILE *out)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("\\`*_[]<|~", *at) != NULL && !is_inner_underscore(text, at))
            (void)fputc('\\', out);
        (void)fputc(*at == '\n' ? ' ' : *at, out);
    }
}

/* Between backquotes only they themselves and the border of the cell mean anything, and no option
 * has them. */
static void print_code(const char *text, FILE *out)
{
    (void)fprintf(out, "`%s`", text);
}

void markdown_print_table_head(FILE *out)
{
    (void)fputs("| key | type | default | variables | meaning |\n"
                "| --- | --- | --- | --- | --- |\n",
                out);
}

void markdown_print_option(const struct option_text *option, FILE *out)
{
    (void)fputs("| ", out);
    print_code(option->path, out);
    (void)fprintf(out, " | %s | ", option->type);
    (option->usual_is_value ? print_code : markdown_print_text)(option->usual, out);
    (void)fputs(" | ", out);
    print_code(option->variable, out);
    if (option->further_variable != NULL) {
        (void)fputs(", ", out);
        print_code(option->further_variable, out);
    }
    (void)fputs(" | ", out);
    markdown_print_text(option->help, out);
    (void)fputs(option->needs_restart ? " Needs a restart. |\n" : " |\n", out);
}
