/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <nettle/base64.h>
#include <registry_auth.h>
#include <stdlib.h>
#include <string.h>

/* The header for this config and image, decoded. */
static void assert_header(const char *config, const char *image, const char *expected)
{
    struct base64_decode_ctx decoder;
    struct fault fault = { "" };
    char *header, json[512];
    size_t length = sizeof(json) - 1;

    if (registry_auth_find(config, strlen(config), image, &header, &fault) != 0)
        fail_msg("%s: %s", image, fault.text);
    assert_int_equal(strlen(header) % 4, 0); /* padded */
    base64url_decode_init(&decoder);
    assert_int_equal(
        base64_decode_update(&decoder, &length, (uint8_t *)json, strlen(header), header), 1);
    assert_int_equal(base64_decode_final(&decoder), 1);
    json[length] = '\0';
    assert_string_equal(json, expected);
    free(header);
}

static void assert_refused(const char *config, const char *image, int errnum, const char *text)
{
    struct fault fault = { "" };
    char *header;
    int rc = registry_auth_find(config, strlen(config), image, &header, &fault);

    if (rc != -errnum)
        fail_msg("%s: %d instead of %d, %s", config, rc, -errnum, fault.text);
    assert_null(header);
    if (strstr(fault.text, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault.text, text);
    assert_null(strstr(fault.text, "secret"));
    assert_null(strstr(fault.text, "c2VjcmV0"));
}

/* dXNlcjpzZWNyZXQ= is user:secret, YTpiOmM= is a:b:c. */
static const char config[] = "{\"auths\":{"
                             "\"https://index.docker.io/v1/\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"},"
                             "\"host.example:5000\":{\"auth\":\"YTpiOmM=\"},"
                             "\"https://old.example/v1/\":{\"username\":\"u\",\"password\":\"p\"},"
                             "\"token.example\":{\"auth\":\"dXNlcjo=\",\"identitytoken\":\"t0k\"},"
                             "\"bearer.example\":{\"registrytoken\":\"r0k\"},"
                             "\"twice.example/v2/\":{\"username\":\"wrong\",\"password\":\"p\"},"
                             "\"twice.example\":{\"username\":\"right\",\"password\":\"p\"},"
                             "\"empty.example\":{}"
                             "},\"HttpHeaders\":{\"User-Agent\":\"x\"}}";

static void credentials_are_those_of_the_images_registry(void **state)
{
    (void)state;
    assert_header(config, "debian",
                  "{\"username\":\"user\",\"password\":\"secret\","
                  "\"serveraddress\":\"https://index.docker.io/v1/\"}");
    assert_header(config, "docker.io/team/tool:1",
                  "{\"username\":\"user\",\"password\":\"secret\","
                  "\"serveraddress\":\"https://index.docker.io/v1/\"}");
    assert_header(config, "host.example:5000/a:1",
                  "{\"username\":\"a\",\"password\":\"b:c\","
                  "\"serveraddress\":\"host.example:5000\"}");
    assert_header(config, "old.example/a",
                  "{\"username\":\"u\",\"password\":\"p\",\"serveraddress\":\"old.example\"}");
    assert_header(
        config, "twice.example/a",
        "{\"username\":\"right\",\"password\":\"p\",\"serveraddress\":\"twice.example\"}");
}

static void a_token_goes_before_a_password(void **state)
{
    (void)state;
    assert_header(config, "token.example/a",
                  "{\"identitytoken\":\"t0k\",\"serveraddress\":\"token.example\"}");
    assert_header(config, "bearer.example/a",
                  "{\"registrytoken\":\"r0k\",\"serveraddress\":\"bearer.example\"}");
}

static void another_registry_gets_nothing(void **state)
{
    (void)state;
    assert_refused(config, "host.example/a", ENOENT, "host.example");
    assert_refused(config, "host.example:5001/a", ENOENT, "host.example:5001");
    assert_refused(config, "empty.example/a", ENOENT, "empty.example");
    assert_refused(config, "evil.old.example/a", ENOENT, "evil.old.example");
    assert_refused("{}", "debian", ENOENT, "docker.io");
    assert_refused("{\"auths\":[]}", "debian", ENOENT, "docker.io");
    assert_refused("{\"auths\":{\"docker.io\":7}}", "debian", ENOENT, "docker.io");
}

static void other_names_of_the_hub_are_known(void **state)
{
    static const char expected[] = "{\"username\":\"u\",\"password\":\"p\","
                                   "\"serveraddress\":\"https://index.docker.io/v1/\"}";

    (void)state;
    assert_header("{\"auths\":{\"docker.io\":{\"username\":\"u\",\"password\":\"p\"}}}", "debian",
                  expected);
    assert_header("{\"auths\":{\"index.docker.io\":{\"username\":\"u\",\"password\":\"p\"}}}",
                  "debian", expected);
}

static void a_helper_is_named_and_not_run(void **state)
{
    static const char store[] = "{\"auths\":{\"a.example\":{}},\"credsStore\":\"desktop\"}";
    static const char helpers[] = "{\"credHelpers\":{\"a.example\":\"cloud\"},"
                                  "\"auths\":{\"b.example\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}},"
                                  "\"credsStore\":\"\"}";

    (void)state;
    assert_refused(store, "a.example/x", ENOTSUP, "docker-credential-desktop");
    assert_refused(store, "debian", ENOTSUP, "docker-credential-desktop");
    assert_refused(helpers, "a.example/x", ENOTSUP, "docker-credential-cloud");
    assert_refused(helpers, "c.example/x", ENOENT, "c.example");
    assert_header(helpers, "b.example/x",
                  "{\"username\":\"user\",\"password\":\"secret\","
                  "\"serveraddress\":\"b.example\"}");
}

static void damage_is_told_without_secrets(void **state)
{
    static const char *const auths[] = { "c2VjcmV0", /* secret, without a user */
                                         "c2VjcmV0OnNlY3", "c2VjcmV0!!", "OnNlY3JldA==" };
    char text[128];

    (void)state;
    assert_refused("", "debian", EBADMSG, "JSON");
    assert_refused("{\"auths\":", "debian", EBADMSG, "JSON");
    assert_refused("[\"secret\"]", "debian", EBADMSG, "JSON");
    for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
        (void)strcpy(text, "{\"auths\":{\"docker.io\":{\"auth\":\"");
        (void)strcat(strcat(text, auths[i]), "\"}}}");
        assert_refused(text, "debian", EBADMSG, "log in again");
    }
    assert_refused(config, "no image", EINVAL, "no image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_those_of_the_images_registry),
        cmocka_unit_test(a_token_goes_before_a_password),
        cmocka_unit_test(another_registry_gets_nothing),
        cmocka_unit_test(other_names_of_the_hub_are_known),
        cmocka_unit_test(a_helper_is_named_and_not_run),
        cmocka_unit_test(damage_is_told_without_secrets),
    };

    return cmocka_run_group_tests_name("registry_auth", tests, NULL, NULL);
}
