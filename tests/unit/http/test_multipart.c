/* SPDX-License-Identifier: Apache-2.0 */
/* multipart/form-data taken apart: the same whatever pieces it comes in. */
#include "http/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=bnd"
#define FILES(NAME) "Content-Disposition: form-data; name=\"files\"; filename=\"" NAME "\"\r\n"
#define END "\r\n--bnd--\r\n"

/* What was seen: "[name|filename]bytes" for each part. */
struct seen {
    char text[4096];
    size_t length;
};

static void note(struct seen *seen, const char *bytes, size_t length)
{
    assert_true(seen->length + length < sizeof(seen->text));
    memcpy(seen->text + seen->length, bytes, length);
    seen->length += length;
}

static struct error *on_part(void *context, const char *name, const char *filename)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "[%s|%s]", name, filename != NULL ? filename : "");
    note(context, text, strlen(text));
    return NULL;
}

static struct error *on_bytes(void *context, const char *bytes, size_t length)
{
    assert_true(length > 0);
    note(context, bytes, length);
    return NULL;
}

/* Feeds `body` in pieces of `step` bytes, the first one of `first` bytes. */
static struct error *feed(const char *type, const char *body, size_t length, size_t first,
                          size_t step, struct seen *seen)
{
    const struct multipart_taker taker = { on_part, on_bytes, seen };
    struct multipart *multipart = NULL;
    struct error *err = multipart_new(type, &taker, &multipart);
    size_t piece = first;

    memset(seen, 0, sizeof(*seen));
    for (size_t at = 0; err == NULL && at < length; at += piece, piece = step) {
        if (piece > length - at)
            piece = length - at;
        err = multipart_feed(multipart, body + at, piece);
    }
    if (err == NULL)
        err = multipart_end(multipart);
    multipart_free(multipart);
    return err;
}

/* As a whole, byte by byte, and cut in two at every place. */
static void assert_parts_of(const char *type, const char *body, size_t length, const char *expected)
{
    struct seen seen;

    for (size_t cut = 1; cut <= length; cut++) {
        ERROR_AUTO err = feed(type, body, length, cut, cut == 1 ? 1 : length, &seen);

        if (err != NULL)
            fail_msg("cut at %zu: %s", cut, err->message);
        if (strcmp(seen.text, expected) != 0)
            fail_msg("cut at %zu: \"%s\", expected \"%s\"", cut, seen.text, expected);
    }
}

static void assert_parts(const char *body, const char *expected)
{
    assert_parts_of(TYPE, body, strlen(body), expected);
}

static void assert_refused(const char *type, const char *body, const char *words)
{
    struct seen seen;

    for (int whole = 0; whole < 2; whole++) {
        size_t step = whole ? strlen(body) : 1;
        ERROR_AUTO err = feed(type, body, strlen(body), step, step, &seen);

        if (err == NULL)
            fail_msg("taken: %s", body);
        assert_int_equal(err->kind, ERROR_MALFORMED);
        if (strstr(err->message, words) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err->message, words);
    }
}

static void parts_come_with_their_names_and_bytes(void **state)
{
    (void)state;
    assert_parts("--bnd\r\nContent-Disposition: form-data; name=\"script\"\r\n\r\nprint(1)\r\n"
                 "--bnd\r\n" FILES("a/b.csv") "Content-Type: text/csv\r\n\r\n1,2\r\n3,4\r\n" END,
                 "[script|]print(1)[files|a/b.csv]1,2\r\n3,4\r\n");
}

static void an_empty_part_is_a_part(void **state)
{
    (void)state;
    assert_parts("--bnd\r\n" FILES("a") "\r\n\r\n--bnd\r\n" FILES("a") "\r\nx" END,
                 "[files|a][files|a]x");
    assert_parts("--bnd--", "");
}

static void what_only_looks_like_the_boundary_is_content(void **state)
{
    static const char *const contents[] = {
        "\r\n--bn",
        "\r\n--bn\r\n--bn",
        "\r\r\n--bnX",
        "\r\n-",
        "\r",
        "\n--bnd",
        "--bnd",
        "\r\n\r\n",
        "\r\n--\r\n--bn",
        "\r\n--b\r",
        "x\r\n--bnx\r\n",
        "\r\r\r\r\r",
    };
    char body[256], expected[256];

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        (void)snprintf(body, sizeof(body), "--bnd\r\n" FILES("a") "\r\n%s" END, contents[i]);
        (void)snprintf(expected, sizeof(expected), "[files|a]%s", contents[i]);
        assert_parts(body, expected);
    }
}

static void bytes_of_every_value_pass(void **state)
{
    char body[512] = "--bnd\r\n" FILES("a") "\r\n";
    size_t head = strlen(body);
    struct seen seen;

    (void)state;
    for (int i = 0; i < 256; i++)
        body[head + (size_t)i] = (char)i;
    memcpy(body + head + 256, END, sizeof(END));
    for (size_t step = 1; step < 300; step++) {
        assert_null(feed(TYPE, body, head + 256 + strlen(END), step, step, &seen));
        assert_int_equal(seen.length, strlen("[files|a]") + 256);
        assert_memory_equal(seen.text + strlen("[files|a]"), body + head, 256);
    }
}

static void names_may_be_quoted_escaped_or_plain(void **state)
{
    static const char *const heads[][2] = {
        { "form-data; name=files; filename=a.csv", "[files|a.csv]" },
        { "form-data;name=\"files\";filename=\"a\"", "[files|a]" },
        { "FORM-DATA ; filename=\"a\" ; NAME=\"files\"", "[files|a]" },
        { "form-data; name=\"files\"; filename=\"a\\\"b\\\\c\\d\"", "[files|a\"b\\c\\d]" },
        { "form-data; name=\"files\"; filename=\"a;b=c\"; size=3", "[files|a;b=c]" },
        { "form-data; name=\"files\"; filename=\"\xc3\xa4\"", "[files|\xc3\xa4]" },
        { "form-data; name=\"files\"; filename=\"\";", "[files|]" },
    };
    char body[256];

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        (void)snprintf(body, sizeof(body), "--bnd\r\ncontent-disposition:%s\r\n\r\n" END,
                       heads[i][0]);
        assert_parts(body, heads[i][1]);
    }
}

static void a_boundary_may_be_quoted_and_followed_by_other_things(void **state)
{
    static const char *const types[] = {
        "multipart/form-data; boundary=bnd; charset=utf-8",
        "multipart/form-data; charset=\"utf-8\"; boundary=\"bnd\"",
        "Multipart/Form-Data;boundary=bnd",
    };
    static const char body[] = "--bnd \t\r\n" FILES("a") "\r\nx" END "whatever \r\n--bnd\r\n";
    static const char longest[] =
        "multipart/form-data; boundary=\"0123456789012345678901234567890123456789012345678901234567"
        "890'(),/:=?\"";

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_parts_of(types[i], body, strlen(body), "[files|a]x");
    assert_parts_of("multipart/form-data; boundary=\"a b\"", "--a b--", 7, "");
    assert_parts_of("multipart/form-data; boundary=b", "--b--", 5, "");
    struct seen seen;
    ERROR_AUTO err = feed(longest, "", 0, 1, 1, &seen);
    assert_non_null(strstr(err->message, "'(),/:=?"));
}

static void an_impossible_boundary_is_refused(void **state)
{
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=\"a\rb\"",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data, boundary=a",
        "multipart/mixed; boundary=a",
        "multipart/form-data; "
        "boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaa",
    };
    struct seen seen;

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        ERROR_AUTO err = feed(types[i], "--a--", 5, 5, 5, &seen);

        if (err == NULL)
            fail_msg("taken: %s", types[i]);
        assert_int_equal(err->kind, ERROR_MALFORMED);
        assert_string_equal(err->field, "Content-Type");
    }
}

static void a_body_that_is_not_as_announced_is_refused(void **state)
{
    (void)state;
    assert_refused(TYPE, "", "ends before");
    assert_refused(TYPE, "{\"script_content\": \"x\"}", "does not begin");
    assert_refused(TYPE, "\r\n--bnd--", "does not begin");
    assert_refused(TYPE, "--other\r\n" FILES("a") "\r\nx\r\n--other--", "does not begin");
    assert_refused(TYPE, "--bnd", "ends before");
    assert_refused(TYPE, "--bnd\r\n" FILES("a"), "ends before");
    assert_refused(TYPE, "--bnd\r\n" FILES("a") "\r\nx", "ends before");
    assert_refused(TYPE, "--bnd\r\n" FILES("a") "\r\nx\r\n--bnd", "ends before");
    assert_refused(TYPE, "--bnd\r\n" FILES("a") "\r\nx\r\n--bnd-", "ends before");
    assert_refused(TYPE, "--bnd\r\n" FILES("a") "\r\nx\r\n--bndary\r\n", "neither a line break");
    assert_refused(TYPE, "--bnd\nx", "neither a line break");
    assert_refused(TYPE, "--bnd-x", "neither a line break");
}

static void a_part_that_does_not_say_its_name_is_refused(void **state)
{
    static const char *const heads[] = {
        "",
        "Content-Type: text/plain\r\n",
        "Content-Disposition: attachment; name=\"files\"\r\n",
        "Content-Disposition: form-data\r\n",
        "Content-Disposition: form-data; filename=\"a\"\r\n",
        "Content-Disposition: form-data; name=\"files\r\n",
        "Content-Disposition: form-data; name=\"files\" filename=\"a\"\r\n",
        "Content-Disposition: form-data; name=\"files\"; name=\"script\"\r\n",
        "Content-Disposition: form-data; name=\"files\"; filename=\"a\"; filename=\"b\"\r\n",
        "Content-Disposition: form-data; name=\"files\"; filename*=UTF-8''a\r\n",
        "Content-Disposition: form-data; name=\"files\"; =x\r\n",
        "Content-Disposition: form-data; name=\r\n",
        FILES("a") FILES("b"),
    };
    char body[256];

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        (void)snprintf(body, sizeof(body), "--bnd\r\n%s\r\nx" END, heads[i]);
        assert_refused(TYPE, body, "Part 1");
    }
    assert_refused(TYPE, "--bnd\r\n" FILES("a") "\r\nx\r\n--bnd\r\nX\r\n\r\n" END, "Part 2");
    assert_refused(TYPE, "--bnd\r\n" FILES("a") " folded\r\n\r\n" END, "Name: value");
}

static void an_encoded_part_is_refused(void **state)
{
    (void)state;
    assert_refused(TYPE, "--bnd\r\n" FILES("a") "Content-Transfer-Encoding: base64\r\n\r\neA==" END,
                   "not undone");
    assert_parts("--bnd\r\n" FILES("a") "Content-Transfer-Encoding: Binary \r\n\r\nx" END,
                 "[files|a]x");
}

static void a_header_without_end_is_refused(void **state)
{
    char *body = NULL;

    (void)state;
    assert_true(asprintf(&body, "--bnd\r\nX: %*d", PART_HEAD_MAX, 1) > 0);
    assert_refused(TYPE, body, "longer than");
    free(body);
}

static struct error *refuse_part(void *context, const char *name, const char *filename)
{
    (void)context;
    (void)name;
    (void)filename;
    return error_new(ERROR_INVALID, "files", "No.");
}

static struct error *refuse_bytes(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return error_new(ERROR_STORAGE, NULL, "Full.");
}

static void what_the_taker_says_ends_it(void **state)
{
    static const char body[] = "--bnd\r\n" FILES("a") "\r\nx" END;
    const struct multipart_taker takers[] = { { refuse_part, on_bytes, NULL },
                                              { on_part, refuse_bytes, &(struct seen){ "", 0 } } };
    const enum error_kind kinds[] = { ERROR_INVALID, ERROR_STORAGE };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct multipart *multipart = NULL;

        assert_null(multipart_new(TYPE, &takers[i], &multipart));
        ERROR_AUTO err = multipart_feed(multipart, body, strlen(body));
        assert_non_null(err);
        assert_int_equal(err->kind, kinds[i]);
        multipart_free(multipart);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_with_their_names_and_bytes),
        cmocka_unit_test(an_empty_part_is_a_part),
        cmocka_unit_test(what_only_looks_like_the_boundary_is_content),
        cmocka_unit_test(bytes_of_every_value_pass),
        cmocka_unit_test(names_may_be_quoted_escaped_or_plain),
        cmocka_unit_test(a_boundary_may_be_quoted_and_followed_by_other_things),
        cmocka_unit_test(an_impossible_boundary_is_refused),
        cmocka_unit_test(a_body_that_is_not_as_announced_is_refused),
        cmocka_unit_test(a_part_that_does_not_say_its_name_is_refused),
        cmocka_unit_test(an_encoded_part_is_refused),
        cmocka_unit_test(a_header_without_end_is_refused),
        cmocka_unit_test(what_the_taker_says_ends_it),
    };

    return cmocka_run_group_tests_name("http_multipart", tests, NULL, NULL);
}
