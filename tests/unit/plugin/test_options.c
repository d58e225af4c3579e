/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of options: each mistake in one is named, and values are read as their type. */
#include "plugin/names.h"
#include "plugin/option_table.h"
#include "plugin/option_text.h"
#include "plugin_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct maps_option sound = { .size = sizeof(struct maps_option),
                                          .name = "size_bytes",
                                          .type = MAPS_OPTION_BYTES,
                                          .default_value = "4K",
                                          .environment = "SIZE",
                                          .help = "A size.",
                                          .min = 1,
                                          .max = 8192 };

static void assert_table_refused(const struct maps_option *first, const struct maps_option *second,
                                 const char *reason)
{
    const struct maps_option table[] = { *first, *second, MAPS_OPTION_END };
    struct maps_option *own = NULL;

    assert_error(option_table_copy(table, &own), reason);
    assert_null(own);
}

static void assert_option_refused(const struct maps_option *option, const char *reason)
{
    static const struct maps_option end = MAPS_OPTION_END;

    assert_table_refused(option, &end, reason);
}

static void sound_table_is_copied(void **state)
{
    const struct maps_option table[] = { sound, MAPS_OPTION_END };
    struct maps_option *own = NULL;

    (void)state;
    assert_null(option_table_copy(table, &own));
    assert_string_equal(own[0].default_value, "4K");
    assert_int_equal(own[0].max, 8192);
    assert_null(own[1].name);
    assert_ptr_equal(option_table_find(own, "size_bytes"), &own[0]);
    assert_null(option_table_find(own, "size"));
    assert_null(option_table_find(NULL, "size"));
    free(own);
}

#define REFUSED(FIELD, VALUE, REASON)                                                              \
    do {                                                                                           \
        struct maps_option option = sound;                                                         \
        option.FIELD = (VALUE);                                                                    \
        assert_option_refused(&option, REASON);                                                    \
    } while (0)

static void each_bad_field_is_refused(void **state)
{
    (void)state;
    REFUSED(size, 8, "Entry 1 of its table of options says it has 8 bytes");
    REFUSED(size, (size_t)1 << 40, "Entry 1 of its table");
    REFUSED(size, sizeof(struct maps_option) + 1, "Entry 1 of its table");
    REFUSED(name, "Size", "The name \"Size\"");
    REFUSED(name, "", "The name \"\"");
    REFUSED(name, "1size", "The name \"1size\"");
    REFUSED(name, "a.b", "The name \"a.b\"");
    REFUSED(type, 0, "unknown type 0");
    REFUSED(type, 7, "unknown type 7");
    REFUSED(secret, 2, "2 for secret");
    REFUSED(help, NULL, "no help text");
    REFUSED(help, "", "no help text");
    REFUSED(environment, "size", "cannot be an environment variable");
    REFUSED(environment, "A=B", "cannot be an environment variable");
    REFUSED(default_value, "4Q", "The default \"4Q\"");
    REFUSED(default_value, "9K", "outside the option's own range");
    REFUSED(min, 9000, "a range that no value can be in");
    REFUSED(type, MAPS_OPTION_STRING, "a range that no value can be in");
}

static void two_of_a_kind_are_refused(void **state)
{
    struct maps_option other = sound;

    (void)state;
    assert_table_refused(&sound, &sound, "two options named size_bytes");
    other.name = "other_bytes";
    assert_table_refused(&sound, &other, "size_bytes and other_bytes both read SIZE");
}

static void table_without_an_end_is_refused(void **state)
{
    struct maps_option *endless = calloc(300, sizeof(*endless)), *own = NULL;
    static char names[300][8];

    (void)state;
    assert_non_null(endless);
    for (size_t i = 0; i < 300; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "o%zu", i);
        endless[i] = sound;
        endless[i].name = names[i];
        endless[i].environment = NULL;
    }
    assert_error(option_table_copy(endless, &own), "more than 256 entries");
    free(endless);
}

static void integers_and_bytes_are_read_to_the_last_one(void **state)
{
    int64_t value;

    (void)state;
    assert_true(option_text_int("-42", MAPS_OPTION_INT, &value) && value == -42);
    assert_true(option_text_int("9223372036854775807", MAPS_OPTION_INT, &value));
    assert_true(value == INT64_MAX);
    assert_true(option_text_int("3T", MAPS_OPTION_BYTES, &value) && value == 3LL << 40);
    assert_true(option_text_int("5K", MAPS_OPTION_BYTES, &value) && value == 5120);
    assert_true(option_text_int("7", MAPS_OPTION_BYTES, &value) && value == 7);
    static const char *const wrong[] = {
        "", "-", " 1", "+1", "1 ", "1KB", "0x10", "9999999T", "9223372036854775808", "1k", "K"
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(option_text_int(wrong[i], MAPS_OPTION_BYTES, &value));
    assert_false(option_text_int("1K", MAPS_OPTION_INT, &value));
}

static void truths_and_numbers_are_read_strictly(void **state)
{
    double number;
    int truth;

    (void)state;
    assert_true(option_text_bool("true", &truth) && truth == 1);
    assert_true(option_text_bool("false", &truth) && truth == 0);
    assert_false(option_text_bool("yes", &truth));
    assert_true(option_text_number("-2.5e3", &number) && number < -2499.0);
    static const char *const wrong[] = { "", "nan", "inf", "1e999", "0x1p3", "1,5", "1.5.", " 1" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(option_text_number(wrong[i], &number));
}

static void names_are_of_their_form(void **state)
{
    (void)state;
    assert_true(name_is_lower("a_1", 3));
    assert_false(name_is_lower("a_1b", 3));
    assert_false(name_is_lower("_a", 3));
    assert_false(name_is_lower("", 3));
    assert_true(name_is_type("DockerRunner", 64));
    assert_false(name_is_type("1Runner", 64));
    assert_false(name_is_type("Docker Runner", 64));
    assert_true(name_is_variable("_A1"));
    assert_false(name_is_variable("a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_table_is_copied),
        cmocka_unit_test(each_bad_field_is_refused),
        cmocka_unit_test(two_of_a_kind_are_refused),
        cmocka_unit_test(table_without_an_end_is_refused),
        cmocka_unit_test(integers_and_bytes_are_read_to_the_last_one),
        cmocka_unit_test(truths_and_numbers_are_read_strictly),
        cmocka_unit_test(names_are_of_their_form),
    };

    return cmocka_run_group_tests_name("plugin_options", tests, NULL, NULL);
}
