/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pull_progress.h>
#include <stdio.h>
#include <string.h>

static const char sample[] =
    "{\"status\":\"Pulling from library/debian\",\"id\":\"12\"}\r\n"
    "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":10,\"total\":100},\"id\":\"aa\"}"
    "\r\n"
    "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":50,\"total\":300},\"id\":\"bb\"}"
    "\r\n"
    "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"aa\"}\r\n"
    "{\"status\":\"Extracting\",\"progressDetail\":{\"current\":1,\"total\":9},\"id\":\"aa\"}\r\n"
    "{\"status\":\"Status: Downloaded newer image\"}\r\n";

static void say(struct pull_progress *progress, const char *line)
{
    pull_progress_take(progress, line, strlen(line));
}

static void nothing_known_is_nothing_done(void **state)
{
    struct pull_progress progress = { 0 };

    (void)state;
    assert_int_equal(pull_progress_percent(&progress), 0);
    say(&progress, "{\"status\":\"Downloading\",\"progressDetail\":{},\"id\":\"aa\"}\n");
    assert_int_equal(pull_progress_percent(&progress), 0);
}

static void whatever_sizes_are_claimed_it_is_a_percentage(void **state)
{
    /* -1 is what Docker says of a layer whose size the registry does not tell. */
    static const char *const sizes[] = {
        "-1", "0", "1", "1e18", "1e300", "-1e300", "null", "\"7\""
    };

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        struct pull_progress progress = { 0 };
        char line[200];
        int percent;

        say(&progress, sample);
        (void)snprintf(
            line, sizeof(line),
            "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":%s,\"total\":%s},"
            "\"id\":\"cc\"}\n",
            sizes[i / 8], sizes[i % 8]);
        say(&progress, line);
        percent = pull_progress_percent(&progress);
        if (percent < 0 || percent > 100)
            fail_msg("%d after %s", percent, line);
    }
}

static void a_layer_of_unknown_size_does_not_hide_the_others(void **state)
{
    struct pull_progress progress = { 0 };

    (void)state;
    say(&progress, sample);
    say(&progress, "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":9,\"total\":-1},"
                   "\"id\":\"cc\"}\n");
    assert_int_equal(pull_progress_percent(&progress), (100 + 50) * 100 / 400);
}

static void lines_that_are_too_long_or_no_json_are_passed_over(void **state)
{
    struct pull_progress progress = { 0 };

    (void)state;
    say(&progress, "{\"error\":\"");
    for (int i = 0; i < PULL_LINE_MAX; i++)
        say(&progress, "x");
    say(&progress, "\"}\n<html>\n\n[]\n7\n");
    assert_string_equal(progress.error, "");
    say(&progress, sample);
    assert_int_equal(pull_progress_percent(&progress), (100 + 50) * 100 / 400);
}

static void more_layers_than_are_followed_do_no_harm(void **state)
{
    struct pull_progress progress = { 0 };
    char line[200];

    (void)state;
    for (int i = 0; i < 2 * PULL_LAYERS_MAX; i++) {
        (void)snprintf(line, sizeof(line),
                       "{\"status\":\"Downloading\",\"id\":\"layer%d\","
                       "\"progressDetail\":{\"current\":1,\"total\":2}}\n",
                       i);
        say(&progress, line);
    }
    say(&progress, "{\"status\":\"Downloading\",\"id\":\"a name of more than sixteen bytes\"}\n");
    assert_int_equal(progress.layer_count, PULL_LAYERS_MAX);
    assert_int_equal(pull_progress_percent(&progress), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_is_nothing_done),
        cmocka_unit_test(whatever_sizes_are_claimed_it_is_a_percentage),
        cmocka_unit_test(a_layer_of_unknown_size_does_not_hide_the_others),
        cmocka_unit_test(lines_that_are_too_long_or_no_json_are_passed_over),
        cmocka_unit_test(more_layers_than_are_followed_do_no_harm),
    };

    return cmocka_run_group_tests_name("pull_progress", tests, NULL, NULL);
}
