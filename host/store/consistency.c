/* SPDX-License-Identifier: Apache-2.0 */
#include "job/id.h"
#include "job/record.h"
#include "store/findings.h"
#include "store/schema.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void finalize(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
}
#define STATEMENT_AUTO __attribute__((cleanup(finalize))) sqlite3_stmt *

/* ---- the database ---- */

static void unreadable(sqlite3 *database, struct findings *findings)
{
    findings_add(findings, "The database cannot be read: %s. Restore a backup.",
                 sqlite3_errmsg(database));
}

static void find_damage(sqlite3 *database, const char *path, struct findings *findings)
{
    STATEMENT_AUTO statement = NULL;
    int code = sqlite3_prepare_v2(database, "PRAGMA integrity_check(20)", -1, &statement, NULL);

    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        const char *text =
            code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        if (text != NULL && strcmp(text, "ok") != 0)
            findings_add(findings,
                         "The database %s is damaged: %s. Stop the host, keep the file aside, and "
                         "restore a backup.",
                         path, text);
    }
    if (code != SQLITE_DONE)
        unreadable(database, findings);
}

/* Adds the sentence if the query yields a row that is not zero. */
static void find_by(sqlite3 *database, const char *sql, const char *sentence,
                    struct findings *findings)
{
    STATEMENT_AUTO statement = NULL;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        unreadable(database, findings);
    else if (sqlite3_column_int(statement, 0) != 0)
        findings_add(findings, "%s", sentence);
}

void consistency_of_database(sqlite3 *database, const char *path, struct findings *findings)
{
    int version = 0;
    struct error *err = schema_recognise(database, path, &version);

    if (err != NULL) {
        findings_add(findings, "%s", err->message);
        error_free(err);
        return;
    }
    find_damage(database, path, findings);
    if (findings->count > 0 || version == 0) /* 0: nothing was ever written to it */
        return;
    find_by(database,
            "SELECT NOT EXISTS (SELECT 1 FROM meta WHERE key = 'owner' AND value GLOB 'maps-?*')",
            "The database has no owner label, by which this host knows its own containers. "
            "Restore a backup.",
            findings);
    find_by(database, "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check())",
            "The database has labels that belong to no job. Restore a backup.", findings);
    if (version == schema_newest())
        find_by(database,
                "SELECT count(*) <> (SELECT jobs FROM kept) OR"
                " coalesce(sum(max(kept_bytes, 0)), 0) <> (SELECT bytes FROM kept)"
                " FROM jobs WHERE status >= 3",
                "The count of what ended jobs keep does not agree with the jobs. Restore a backup.",
                findings);
}

/* ---- the folders ---- */

static bool is_there(int jobs_fd, const char *name)
{
    return faccessat(jobs_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void note_orphan(int jobs_fd, const char *name, struct findings *findings)
{
    if (job_id_valid(name) && is_there(jobs_fd, name))
        findings_add(findings,
                     "The folder jobs/%s belongs to no job. The next start of the host removes it.",
                     name);
}

static void note_row(int jobs_fd, sqlite3_stmt *row, struct findings *findings)
{
    const char *id = (const char *)sqlite3_column_text(row, 0);
    int status = sqlite3_column_int(row, 1);

    if (!is_there(jobs_fd, id))
        findings_add(findings,
                     "The job %s (%s) has no folder: its files are lost. Delete the job, or put "
                     "its folder back.",
                     id,
                     status >= JOB_QUEUED && status <= JOB_LOST
                         ? job_status_name((enum job_status)status)
                         : "of no known status");
}

/* Both are sorted by bytes: one walk along the two. */
void consistency_of_folders(sqlite3 *database, int jobs_fd, const struct folder_names *folders,
                            struct findings *findings)
{
    STATEMENT_AUTO row = NULL;
    size_t next = 0;
    int code =
        sqlite3_prepare_v2(database, "SELECT id, status FROM jobs ORDER BY id", -1, &row, NULL);

    while (row != NULL && (code = sqlite3_step(row)) == SQLITE_ROW) {
        const char *id = (const char *)sqlite3_column_text(row, 0);
        while (next < folders->count && strcmp(folders->sorted[next], id) < 0)
            note_orphan(jobs_fd, folders->sorted[next++], findings);
        if (next < folders->count && strcmp(folders->sorted[next], id) == 0)
            next++;
        else
            note_row(jobs_fd, row, findings);
    }
    while (code == SQLITE_DONE && next < folders->count)
        note_orphan(jobs_fd, folders->sorted[next++], findings);
    if (code != SQLITE_DONE)
        unreadable(database, findings);
}
