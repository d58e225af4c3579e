/* SPDX-License-Identifier: Apache-2.0 */
/* Manuals say what the tables say, and no character of it means anything to their formats. */
#include "manual/forms.h"
#include "manual/manual.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct option_text awkward = {
    .path = "retention.max_bytes",
    .section = "retention",
    .type = "bytes, 0 to 1T",
    .usual = "1G",
    .usual_is_value = true,
    .variable = "MAPS_RETENTION_MAX_BYTES",
    .further_variable = "KEEP",
    .help = ".so files* in C:\\dir, \"a|b\" or <x>. No other-name_ is 'right'.",
    .needs_restart = true,
};

/* What a printer writes of an option. */
static char *printed(void (*print)(const struct option_text *, FILE *),
                     const struct option_text *option)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    print(option, out);
    fclose(out);
    return text;
}

static char *prose(const char *text)
{
    char *result = NULL;
    size_t length;
    FILE *out = open_memstream(&result, &length);

    assert_non_null(out);
    mdoc_print_prose(text, out);
    fclose(out);
    return result;
}

static struct error *fill(enum manual_form form, const char *template, char **result)
{
    FILE *in = fmemopen((void *)(uintptr_t) template, strlen(template), "r");
    size_t length;
    FILE *out = open_memstream(result, &length);

    assert_non_null(in);
    assert_non_null(out);
    struct error *err = manual_fill(form, NULL, in, out);
    fclose(in);
    fclose(out);
    return err;
}

static void a_markdown_row_shows_every_character_as_it_is(void **state)
{
    char *row = printed(markdown_print_option, &awkward);

    (void)state;
    assert_string_equal(
        row, "| `retention.max_bytes` | bytes, 0 to 1T | `1G` | `MAPS_RETENTION_MAX_BYTES`, `KEEP` "
             "| .so files\\* in C:\\\\dir, \"a\\|b\" or \\<x>. No other-name\\_ is 'right'. "
             "Needs a restart. |\n");
    free(row);
}

static void an_mdoc_item_has_no_accidental_macros(void **state)
{
    char *item = printed(mdoc_print_option, &awkward);

    (void)state;
    assert_string_equal(item, ".It Ic \"\\&retention.max_bytes\" Pq \"\\&bytes, 0 to 1T\"\n"
                              "\\&.so files* in C:\\edir, \\(dqa|b\\(dq or <x>.\n"
                              "No other\\-name_ is \\(aqright\\(aq.\n"
                              "Default:\n"
                              ".Ql \"\\&1G\" .\n"
                              "Needs a restart.\n"
                              "Variable:\n"
                              ".Ev \"\\&MAPS_RETENTION_MAX_BYTES\"\n"
                              "or\n"
                              ".Ev \"\\&KEEP\" .\n");
    free(item);
}

static void prose_is_broken_into_lines_of_which_none_begins_with_a_dot(void **state)
{
    char *text = prose("Words of a line that is as long as it may be, which is two short of eighty "
                       ".not in one");

    (void)state;
    assert_string_equal(
        text, "Words of a line that is as long as it may be, which is two short of eighty\n"
              "\\&.not in one\n");
    free(text);
}

static void a_section_is_filled_in_again_and_again(void **state)
{
    char *once = NULL, *twice = NULL;

    (void)state;
    assert_null(fill(MANUAL_MARKDOWN,
                     "# Title\n<!-- options:http -->\nold\n<!-- /options -->\nend\n", &once));
    assert_non_null(strstr(once, "# Title\n<!-- options:http -->\n| key |"));
    assert_non_null(strstr(once, "\n| `http.max_body_bytes` | bytes, 1K to 1T | `16M` | "));
    assert_null(strstr(once, "old"));
    assert_null(strstr(once, "`jobs."));
    assert_non_null(strstr(once, "|\n<!-- /options -->\nend\n"));
    assert_null(fill(MANUAL_MARKDOWN, once, &twice));
    assert_string_equal(once, twice);
    free(once);
    free(twice);
}

static void expect_refused(enum manual_form form, const char *template, const char *why)
{
    char *text = NULL;
    struct error *err = fill(form, template, &text);

    assert_non_null(err);
    assert_non_null(strstr(err->message, why));
    error_free(err);
    free(text);
}

static void a_marker_that_means_nothing_is_refused(void **state)
{
    (void)state;
    expect_refused(MANUAL_MARKDOWN, "<!-- options:hhtp -->\n<!-- /options -->\n", "\"hhtp\"");
    expect_refused(MANUAL_MARKDOWN, "<!-- options:http -->\nwithout an end\n",
                   "<!-- /options --> is missing");
    expect_refused(MANUAL_MDOC, ".\\\" options:hhtp\n", "\"hhtp\"");
    expect_refused(MANUAL_MDOC, ".\\\" command-line:joke\n", "\"command-line:joke\"");
}

static void the_command_line_is_in_the_page(void **state)
{
    char *text = NULL;

    (void)state;
    assert_null(fill(MANUAL_MDOC, ".\\\" a comment\n.\\\" command-line:common\n", &text));
    assert_non_null(strstr(text, ".\\\" a comment\n.Bl "));
    assert_non_null(strstr(text, "\n.It Fl c , Fl Fl \"\\&config\" Ar \"\\&FILE\"\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_markdown_row_shows_every_character_as_it_is),
        cmocka_unit_test(an_mdoc_item_has_no_accidental_macros),
        cmocka_unit_test(prose_is_broken_into_lines_of_which_none_begins_with_a_dot),
        cmocka_unit_test(a_section_is_filled_in_again_and_again),
        cmocka_unit_test(a_marker_that_means_nothing_is_refused),
        cmocka_unit_test(the_command_line_is_in_the_page),
    };

    return cmocka_run_group_tests_name("manual", tests, NULL, NULL);
}
