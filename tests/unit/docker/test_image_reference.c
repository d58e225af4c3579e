/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <image_reference.h>
#include <string.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void a_name_is_taken_apart_as_docker_does(void **state)
{
    static const struct {
        const char *text, *name, *registry, *path, *tag, *digest;
    } cases[] = {
        { "debian", "debian", "docker.io", "library/debian", "latest", "" },
        { "py-exec:latest", "py-exec", "docker.io", "library/py-exec", "latest", "" },
        { "team/tool:1.2_a-B", "team/tool", "docker.io", "team/tool", "1.2_a-B", "" },
        { "docker.io/debian:12", "docker.io/debian", "docker.io", "library/debian", "12", "" },
        { "docker.io/team/tool", "docker.io/team/tool", "docker.io", "team/tool", "latest", "" },
        { "index.docker.io/debian", "index.docker.io/debian", "docker.io", "library/debian",
          "latest", "" },
        { "quay.example/a/b/c:x", "quay.example/a/b/c", "quay.example", "a/b/c", "x", "" },
        { "quay.example/a", "quay.example/a", "quay.example", "a", "latest", "" },
        { "localhost/a", "localhost/a", "localhost", "a", "latest", "" },
        { "localhosts/a", "localhosts/a", "docker.io", "localhosts/a", "latest", "" },
        { "host:5000/a", "host:5000/a", "host:5000", "a", "latest", "" },
        { "host:5000/a:6", "host:5000/a", "host:5000", "a", "6", "" },
        { "[::1]:5000/a/b", "[::1]:5000/a/b", "[::1]:5000", "a/b", "latest", "" },
        { "debian@" DIGEST, "debian", "docker.io", "library/debian", "", DIGEST },
        { "host:5000/a:6@" DIGEST, "host:5000/a", "host:5000", "a", "6", DIGEST },
    };
    struct image_reference reference;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!image_reference_parse(cases[i].text, &reference))
            fail_msg("refused: %s", cases[i].text);
        assert_string_equal(reference.name, cases[i].name);
        assert_string_equal(reference.registry, cases[i].registry);
        assert_string_equal(reference.path, cases[i].path);
        assert_string_equal(reference.tag, cases[i].tag);
        assert_string_equal(reference.digest, cases[i].digest);
    }
}

static void what_is_no_name_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        ":",
        "a:",
        "a:-x",
        "a:b:c",
        "a b",
        "Debian",
        "/a",
        "a/",
        "a//b",
        "host.x/",
        "a?x=1",
        "a&b",
        "a@",
        "a@sha256:",
        ("a@" DIGEST "@" DIGEST),
        "a@sha256:0123",
        ("a@:" DIGEST),
        "../a/..\\b",
        "a:b\n",
        "a/b#c",
        "ho st.x/a",
    };
    struct image_reference reference;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (image_reference_parse(texts[i], &reference))
            fail_msg("accepted: \"%s\"", texts[i]);
    }
}

static void names_that_are_too_long_are_refused(void **state)
{
    struct image_reference reference;
    char text[2000];

    (void)state;
    for (size_t length = 200; length < sizeof(text); length++) {
        (void)memset(text, 'a', length);
        text[length] = '\0';
        assert_int_equal(image_reference_parse(text, &reference),
                         length + strlen("library/") < 256);
    }
    (void)memset(text, 'a', 140);
    text[1] = ':';
    text[2 + 128] = '\0';
    assert_true(image_reference_parse(text, &reference));
    text[2 + 128] = 'a';
    text[2 + 129] = '\0';
    assert_false(image_reference_parse(text, &reference));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_taken_apart_as_docker_does),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(names_that_are_too_long_are_refused),
    };

    return cmocka_run_group_tests_name("image_reference", tests, NULL, NULL);
}
