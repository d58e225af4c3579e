/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char *fixture_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = NULL;

    assert_true(asprintf(&folder, "%s/maps-store-XXXXXX", base == NULL ? "/tmp" : base) > 0);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

void fixture_remove(char *folder)
{
    assert_int_equal(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    free(folder);
}

char *fixture_path(const char *folder, const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void assert_no_error(struct error *err)
{
    if (err != NULL)
        fail_msg("unexpected error: %s", err->message);
}

struct store *fixture_open(const char *folder)
{
    struct store *store = NULL;

    assert_no_error(store_open(folder, &store));
    assert_non_null(store);
    return store;
}

struct job_record *fixture_record(const char *id)
{
    struct job_record *record = job_record_new();

    assert_non_null(record);
    (void)snprintf(record->id, sizeof(record->id), "%s", id);
    record->runtime = strdup("sandbox");
    record->spec = strdup("{}");
    record->labels = strdup("{}");
    record->request_digest = strdup("d1");
    record->created_ms = 1000;
    return record;
}

struct job_record *fixture_insert(struct store *store, const char *id)
{
    struct job_record *record = NULL;

    assert_no_error(store_wait_insert(store, fixture_record(id), &record));
    assert_non_null(record);
    return record;
}

enum job_status fixture_status(struct store *store, const char *id)
{
    struct job_record *record = NULL;

    assert_no_error(store_wait_get(store, id, &record));
    enum job_status status = record->status;
    job_record_free(record);
    return status;
}

bool fixture_move(struct store *store, const char *id, uint32_t from, int to)
{
    const struct store_change change = { .job_id = id, .from = from, .to = to };
    struct job_record *record = NULL;
    ERROR_AUTO err = store_wait_change(store, &change, &record);

    assert_int_equal(err == NULL, record != NULL);
    job_record_free(record);
    return err == NULL;
}

void fixture_expect_error(struct error *err, enum error_kind kind, const char *words)
{
    assert_non_null(err);
    if (err->kind != kind || strstr(err->message, words) == NULL)
        fail_msg("kind %d, \"%s\": expected kind %d and \"%s\"", (int)err->kind, err->message,
                 (int)kind, words);
    error_free(err);
}

int fixture_setup(void **state)
{
    *state = fixture_folder();
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_remove(*state);
    return 0;
}
