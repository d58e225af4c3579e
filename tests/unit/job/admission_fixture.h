/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and runtimes for the tests of admission, and what they expect of it. */
#ifndef MAPS_TESTS_JOB_ADMISSION_FIXTURE_H
#define MAPS_TESTS_JOB_ADMISSION_FIXTURE_H

#include "job/admission.h"

/* Profiles: python (image py-exec:latest, no limits of its own) and bash (timeout 30 s,
 * 128 MiB).  Runtimes: sandbox (probed; keeps all but cpus and disk_bytes, disk softly) and
 * docker (not probed).  Networks: "internal".  Files: 3.  Timeout: 600 s, at most 3600.
 * Default limits: 1 CPU, 256 MiB, 64 pids; at most 2 CPUs and 1 GiB. */
extern const struct admission_rules fixture_rules;

/* Asserts success. */
struct submission *fixture_accept(const char *body);
/* {"script_content": "x", <fields>}; asserts success. */
struct submission *fixture_accept_with(const char *fields);
/* Assert kind, field (NULL: none) and that the sentence contains `words`. */
void fixture_refuse(const char *body, enum error_kind kind, const char *field, const char *words);
void fixture_refuse_with(const char *fields, const char *field, const char *words);

#endif
