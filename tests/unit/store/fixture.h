/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests share: a folder of their own, and job records to put in. */
#ifndef MAPS_TESTS_STORE_FIXTURE_H
#define MAPS_TESTS_STORE_FIXTURE_H

#include "store/store.h"

/* A new empty folder; removed with all it holds by fixture_remove(), which frees it. */
char *fixture_folder(void);
void fixture_remove(char *folder);
/* "<folder>/<name>"; caller frees. */
char *fixture_path(const char *folder, const char *name);

struct store *fixture_open(const char *folder); /* asserts success */
struct job_record *fixture_record(const char *id);
/* Asserts success and returns the record as stored. */
struct job_record *fixture_insert(struct store *store, const char *id);
/* Asserts success; the status of a job. */
enum job_status fixture_status(struct store *store, const char *id);
/* Moves a job on, with nothing else set; true if it was allowed. */
bool fixture_move(struct store *store, const char *id, uint32_t from, int to);
#define IN(STATUS) (1u << (STATUS))

/* Asserts the kind and that the sentence contains `words`, then frees it. */
void fixture_expect_error(struct error *err, enum error_kind kind, const char *words);

/* cmocka setup and teardown: *state is a folder. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* SQL that takes a store's schema back to version 2. */
#define FIXTURE_BACK_TO_2                                                                          \
    "ALTER TABLE jobs DROP COLUMN script_path; ALTER TABLE jobs DROP COLUMN request_path;"         \
    "ALTER TABLE jobs DROP COLUMN input_path; ALTER TABLE jobs DROP COLUMN output_path;"           \
    "ALTER TABLE jobs DROP COLUMN output_error; PRAGMA user_version = 2;"

#endif
