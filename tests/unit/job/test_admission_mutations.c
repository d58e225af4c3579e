/* SPDX-License-Identifier: Apache-2.0 */
/* Random damage to a good submission never crashes admission, and what is still accepted
 * keeps its promises.  Run under AddressSanitizer for its full worth. */
#include "admission_fixture.h"
#include "job/id.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 30000, BODY_MAX = 4096 };

static const char good[] =
    "{\"script_content\": \"print(1)\\n\\u00e9\\ud83d\\ude00\", \"request_json\": {\"a\": [1, "
    "2.5e3,"
    " null, {\"b\": \"x\\\\\\\"y\"}]}, \"files\": [{\"path\": \"in/a.csv\", \"content\": \"1,2\"},"
    "{\"path\": \"b\", \"content_base64\": \"AAEC/w==\"}], \"timeout\": 12.5, \"limits\":"
    "{\"memory_bytes\": 67108864, \"pids\": 10, \"output_bytes\": 1000}, \"env\": {\"LANG\": "
    "\"C\"},"
    "\"args\": [\"-v\", \"x\"], \"profile\": \"bash\", \"runtime\": \"sandbox\", \"network\": "
    "\"none\", \"labels\": {\"team\": \"maps\"}, \"priority\": -3, \"job_id\": \"job-1\"}";

static size_t mutate(char *body, size_t length)
{
    static const char *const pieces[] = { "{",       "}",    "[",        "]",   "\"", ",",
                                          ":",       "\\",   "null",     "1e9", "-",  "\\u0000",
                                          "\\ud800", "\xff", "\xc3\xa9", "\0",  "..", "/",
                                          "\"a\":",  "[[[[", "true",     "=",   " ",  "MAPS_" };
    size_t at = (size_t)rand() % (length + 1);
    const char *piece = pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))];
    size_t piece_length = piece[0] == '\0' ? 1 : strlen(piece);
    size_t cut = (size_t)rand() % 9;

    switch (rand() % 4) {
    case 0: /* one byte changed */
        if (at < length)
            body[at] = (char)rand();
        return length;
    case 1: /* some bytes left out */
        cut = cut > length - at ? length - at : cut;
        memmove(body + at, body + at + cut, length - at - cut);
        return length - cut;
    case 2: /* cut short */
        return rand() % 4 == 0 ? at : length;
    default: /* something put in */
        if (length + piece_length > BODY_MAX)
            return length;
        memmove(body + at + piece_length, body + at, length - at);
        memcpy(body + at, piece, piece_length);
        return length + piece_length;
    }
}

static void check_accepted(const struct submission *s)
{
    cJSON *request = cJSON_ParseWithOpts(s->request, NULL, true);
    cJSON *spec = cJSON_ParseWithOpts(s->record->spec, NULL, true);

    assert_non_null(request);
    assert_true(cJSON_IsObject(spec));
    cJSON_Delete(request);
    cJSON_Delete(spec);
    assert_true(job_id_valid(s->record->id));
    assert_int_equal(strlen(s->script), s->script_length);
    assert_in_range(s->record->timeout_ms, 1, 3600000);
    assert_in_range(s->record->priority + 100, 0, 200);
    assert_true(s->record->limits.memory_bytes >= 6291456);
    for (size_t i = 0; i < s->file_count; i++)
        assert_true(admission_path_valid(s->files[i].path));
}

static void damage_is_refused_with_a_sentence_or_harmless(void **state)
{
    size_t accepted = 0, malformed = 0, invalid = 0;

    (void)state;
    srand(20260103);
    for (int round = 0; round < ROUNDS; round++) {
        /* Exactly as long as the text: a read beyond it is caught. */
        char buffer[BODY_MAX], *body;
        size_t length = sizeof(good) - 1;
        struct submission *s = NULL;

        memcpy(buffer, good, length);
        for (int i = rand() % 4; i >= 0; i--)
            length = mutate(buffer, length);
        body = malloc(length == 0 ? 1 : length);
        memcpy(body, buffer, length);
        ERROR_AUTO err = admission_parse(body, length, &fixture_rules, &s);
        free(body);
        assert_int_equal(err == NULL, s != NULL);
        if (err == NULL) {
            check_accepted(s);
            accepted++;
        } else {
            assert_true(err->kind == ERROR_MALFORMED || err->kind == ERROR_INVALID);
            assert_true(strlen(err->message) > 10);
            malformed += err->kind == ERROR_MALFORMED;
            invalid += err->kind == ERROR_INVALID;
        }
        submission_free(s);
    }
    /* The loop is worth something only if it reaches all three ends. */
    assert_true(accepted > ROUNDS / 100);
    assert_true(malformed > ROUNDS / 10);
    assert_true(invalid > ROUNDS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_refused_with_a_sentence_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
