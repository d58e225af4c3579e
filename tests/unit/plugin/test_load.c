/* SPDX-License-Identifier: Apache-2.0 */
/* A bad file is refused by name and reason, and never keeps a good one from loading. */
#include "plugin_folder.h"

#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_loaded(const struct plugins *plugins, const char *name)
{
    struct plugin *plugin = plugins_find(plugins, name);
    char message[512], version[16];

    assert_non_null(plugin);
    assert_int_not_equal(plugin_state(plugin, message, sizeof(message), version, sizeof(version)),
                         PLUGIN_REFUSED);
}

/* Loads `file` beside a good one, which must come through. */
static void assert_only_that_one_refused(const struct plugin_folder *folder, const char *file,
                                         const char *reason)
{
    plugin_folder_add(folder, "good", "good.so");
    struct plugins *plugins = plugin_folder_load(folder);

    assert_refused(plugins, file, reason);
    assert_loaded(plugins, "good");
    plugins_free(plugins);
}

static void good_plugin_says_what_it_is(void **state)
{
    const struct plugin_folder *folder = *state;
    struct plugin_info info;

    plugin_folder_add(folder, "good", "any-file-name.so");
    struct plugins *plugins = plugin_folder_load(folder);
    assert_int_equal(plugins_count(plugins), 1);
    plugin_info(plugins_find(plugins, "good"), &info);
    assert_string_equal(info.file, "any-file-name.so");
    assert_string_equal(info.name, "good");
    assert_string_equal(info.version, "1.0.0");
    assert_string_equal(info.runner_type, "MinimalRunner");
    assert_string_equal(info.description, "A test fixture");
    assert_int_equal(info.abi_version, MAPS_ABI_VERSION);
    assert_null(plugins_find(plugins, "bad"));
    plugins_free(plugins);
}

static void text_file_is_refused(void **state)
{
    plugin_folder_write(*state, "text.so", "just text\n", 10, 0644);
    assert_only_that_one_refused(*state, "text.so", "not an ELF file");
}

static void empty_file_is_refused(void **state)
{
    plugin_folder_write(*state, "empty.so", "", 0, 0644);
    assert_only_that_one_refused(*state, "empty.so", "not an ELF file");
}

static void file_of_another_machine_is_refused(void **state)
{
    size_t length;
    char *bytes = fixture_read("good", &length);

    bytes[18] = 0x7f; /* e_machine */
    plugin_folder_write(*state, "alien.so", bytes, length, 0644);
    free(bytes);
    assert_only_that_one_refused(*state, "alien.so", "another kind of machine");
}

static void object_that_is_not_shared_is_refused(void **state)
{
    size_t length;
    char *bytes = fixture_read("good", &length);

    bytes[16] = 1; /* e_type: ET_REL */
    plugin_folder_write(*state, "object.so", bytes, length, 0644);
    free(bytes);
    assert_only_that_one_refused(*state, "object.so", "not a shared object");
}

/* Whatever is missing at its end, a cut file is refused, and the host lives. */
static void file_cut_short_is_refused(void **state)
{
    size_t length;
    char *bytes = fixture_read("good", &length);

    for (size_t cut = 1; cut < length; cut += length / 16) {
        plugin_folder_write(*state, "cut.so", bytes, cut, 0644);
        struct plugins *plugins = plugin_folder_load(*state);
        assert_refused(plugins, "cut.so", "cut.so: It ");
        plugins_free(plugins);
    }
    free(bytes);
}

/* All headers are there, but not all the code. */
static void file_with_a_segment_beyond_its_end_is_refused(void **state)
{
    size_t length;
    char *bytes = fixture_read("good", &length);
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;

    memcpy(&header, bytes, sizeof(header));
    memcpy(&segment, bytes + header.e_phoff, sizeof(segment));
    assert_int_equal(segment.p_type, PT_LOAD);
    segment.p_filesz = length + 1;
    memcpy(bytes + header.e_phoff, &segment, sizeof(segment));
    plugin_folder_write(*state, "hole.so", bytes, length, 0644);
    free(bytes);
    assert_only_that_one_refused(*state, "hole.so", "damaged or cut short");
}

static void folder_of_that_name_is_refused(void **state)
{
    assert_int_equal(mkdir(plugin_folder_path(*state, "dir.so"), 0755), 0);
    assert_only_that_one_refused(*state, "dir.so", "not a regular file");
}

static void fifo_is_refused_without_waiting(void **state)
{
    assert_int_equal(mkfifo(plugin_folder_path(*state, "fifo.so"), 0600), 0);
    assert_only_that_one_refused(*state, "fifo.so", "not a regular file");
}

static void symbolic_link_is_refused(void **state)
{
    plugin_folder_add(*state, "good", "target");
    assert_int_equal(symlink("target", plugin_folder_path(*state, "link.so")), 0);
    assert_only_that_one_refused(*state, "link.so", "symbolic link");
}

static void group_writable_file_is_refused(void **state)
{
    plugin_folder_add(*state, "good", "writable.so");
    assert_int_equal(chmod(plugin_folder_path(*state, "writable.so"), 0664), 0);
    assert_only_that_one_refused(*state, "writable.so", "writable by group or others (mode 0664)");
}

static void file_of_another_user_is_refused(void **state)
{
    if (geteuid() != 0) {
        print_message("only root can give a file to another user\n");
        skip();
    }
    plugin_folder_add(*state, "good", "theirs.so");
    assert_int_equal(chown(plugin_folder_path(*state, "theirs.so"), 12345, 0), 0);
    assert_only_that_one_refused(*state, "theirs.so", "belongs to user 12345");
}

static void all_of_a_writable_folder_are_refused(void **state)
{
    plugin_folder_add(*state, "good", "good.so");
    assert_int_equal(chmod(plugin_folder_path(*state, "."), 0777), 0);
    struct plugins *plugins = plugin_folder_load(*state);
    assert_refused(plugins, "good.so", "The folder it lies in is writable");
    plugins_free(plugins);
}

struct defect {
    const char *fixture, *reason;
};

static const struct defect defects[] = {
    { "no_note", "no note .note.maps.abi" },
    { "wrong_abi", "version 4711 of the plugin interface" },
    { "two_versions", "is of version 2 of the plugin interface" },
    { "no_entry", "does not export maps_runtime_plugin_entry" },
    { "null_entry", "returned no plugin" },
    { "short_struct", "bytes; at least" },
    { "no_run_script", "lacks the required callback run_script" },
    { "bad_name", "name is not of the form" },
    { "bad_option", "The default \"soon\" of its option start_timeout_seconds" },
    { "load_fails", "The engine's licence has expired in 1999. Renew it." },
    { "unresolved", "undefined symbol: function_that_is_nowhere" },
};

static void each_defect_is_refused_by_file_and_reason(void **state)
{
    char file[64];

    plugin_folder_add(*state, "good", "good.so");
    for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
        (void)snprintf(file, sizeof(file), "%s.so", defects[i].fixture);
        plugin_folder_add(*state, defects[i].fixture, file);
    }
    struct plugins *plugins = plugin_folder_load(*state);
    for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
        (void)snprintf(file, sizeof(file), "%s.so", defects[i].fixture);
        assert_refused(plugins, file, defects[i].reason);
        assert_null(plugins_find(plugins, defects[i].fixture));
    }
    assert_loaded(plugins, "good");
    char *names = plugins_names(plugins);
    assert_string_equal(names, "good");
    free(names);
    plugins_free(plugins);
}

static bool leaves_a_mark(const struct plugin_folder *folder, const char *fixture)
{
    char mark[256];

    (void)snprintf(mark, sizeof(mark), "%s", plugin_folder_path(folder, "mark"));
    plugin_folder_add(folder, fixture, "marker.so");
    assert_int_equal(setenv("MAPS_TEST_MARKER", mark, 1), 0);
    struct plugins *plugins = plugin_folder_load(folder);
    assert_int_equal(unsetenv("MAPS_TEST_MARKER"), 0);
    plugins_free(plugins);
    return unlink(mark) == 0;
}

static void code_is_not_run_before_the_note_is_accepted(void **state)
{
    assert_true(leaves_a_mark(*state, "good")); /* or the marks below would prove nothing */
    assert_false(leaves_a_mark(*state, "no_note"));
    assert_false(leaves_a_mark(*state, "wrong_abi"));
}

static void second_file_of_one_name_is_refused(void **state)
{
    plugin_folder_add(*state, "good", "b.so");
    plugin_folder_add(*state, "good", "a.so");
    struct plugins *plugins = plugin_folder_load(*state);
    assert_refused(plugins, "b.so", "named good, as is a.so");
    assert_ptr_equal(plugins_find(plugins, "good"), plugins_by_file(plugins, "a.so"));
    plugins_free(plugins);
}

static void files_are_taken_in_order_and_only_so(void **state)
{
    char *names;

    plugin_folder_add(*state, "scenarios", "1.so");
    plugin_folder_add(*state, "cxx_example", "2.so");
    plugin_folder_add(*state, "good", "10.so");
    plugin_folder_add(*state, "newer", "newer.so.disabled");
    plugin_folder_add(*state, "newer", ".hidden.so");
    struct plugins *plugins = plugin_folder_load(*state);
    assert_int_equal(plugins_count(plugins), 3);
    names = plugins_names(plugins);
    assert_string_equal(names, "scenarios, good, cxx_example");
    free(names);
    plugins_free(plugins);
}

static void plugin_of_a_later_header_is_accepted(void **state)
{
    plugin_folder_add(*state, "newer", "newer.so");
    struct plugins *plugins = plugin_folder_load(*state);
    const struct maps_option *options = plugin_options(plugins_find(plugins, "newer"));
    assert_string_equal(options[0].name, "first");
    assert_string_equal(options[1].name, "second");
    assert_int_equal(options[1].size, sizeof(struct maps_option));
    assert_null(options[2].name);
    plugins_free(plugins);
}

static void missing_folder_means_no_plugins(void **state)
{
    struct plugins *plugins = NULL;

    assert_null(
        plugins_load(plugin_folder_path(*state, "nowhere"), &plugin_folder_nobody, &plugins));
    assert_int_equal(plugins_count(plugins), 0);
    char *names = plugins_names(plugins);
    assert_string_equal(names, "");
    free(names);
    plugins_free(plugins);
}

static void folder_that_is_a_file_is_an_error(void **state)
{
    struct plugins *plugins = NULL;

    plugin_folder_write(*state, "file", "", 0, 0644);
    assert_error(plugins_load(plugin_folder_path(*state, "file"), &plugin_folder_nobody, &plugins),
                 "cannot be opened");
}

#define LOAD_TEST(NAME)                                                                            \
    cmocka_unit_test_setup_teardown(NAME, plugin_folder_setup, plugin_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_TEST(good_plugin_says_what_it_is),
        LOAD_TEST(text_file_is_refused),
        LOAD_TEST(empty_file_is_refused),
        LOAD_TEST(file_of_another_machine_is_refused),
        LOAD_TEST(object_that_is_not_shared_is_refused),
        LOAD_TEST(file_cut_short_is_refused),
        LOAD_TEST(file_with_a_segment_beyond_its_end_is_refused),
        LOAD_TEST(folder_of_that_name_is_refused),
        LOAD_TEST(fifo_is_refused_without_waiting),
        LOAD_TEST(symbolic_link_is_refused),
        LOAD_TEST(group_writable_file_is_refused),
        LOAD_TEST(file_of_another_user_is_refused),
        LOAD_TEST(all_of_a_writable_folder_are_refused),
        LOAD_TEST(each_defect_is_refused_by_file_and_reason),
        LOAD_TEST(code_is_not_run_before_the_note_is_accepted),
        LOAD_TEST(second_file_of_one_name_is_refused),
        LOAD_TEST(files_are_taken_in_order_and_only_so),
        LOAD_TEST(plugin_of_a_later_header_is_accepted),
        LOAD_TEST(missing_folder_means_no_plugins),
        LOAD_TEST(folder_that_is_a_file_is_an_error),
    };

    return cmocka_run_group_tests_name("plugin_load", tests, NULL, NULL);
}
