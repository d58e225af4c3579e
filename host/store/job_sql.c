/* SPDX-License-Identifier: Apache-2.0 */
#include "store/job_sql.h"

#include "store/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text under construction; `text` is valid after finish(). */
struct builder {
    FILE *stream;
    char *text;
    size_t length;
};

static bool start(struct builder *builder)
{
    *builder = (struct builder){ NULL, NULL, 0 };
    builder->stream = open_memstream(&builder->text, &builder->length);
    return builder->stream != NULL;
}

static char *finish(struct builder *builder)
{
    bool failed = ferror(builder->stream) != 0;

    if (fclose(builder->stream) == 0 && !failed)
        return builder->text;
    free(builder->text);
    return NULL;
}

static void put_columns(FILE *out)
{
    for (size_t i = 0; i < column_count; i++)
        (void)fprintf(out, "%s%s", i == 0 ? "" : ",", columns[i].name);
}

char *job_sql_insert(void)
{
    struct builder sql;

    if (!start(&sql))
        return NULL;
    (void)fputs("INSERT INTO jobs (", sql.stream);
    put_columns(sql.stream);
    (void)fputs(") VALUES (?", sql.stream);
    for (size_t i = 1; i < column_count; i++)
        (void)fputs(",?", sql.stream);
    (void)fputs(")", sql.stream);
    return finish(&sql);
}

char *job_sql_insert_labels(void)
{
    return strdup("INSERT INTO job_labels SELECT ?1, key, value FROM json_each(?2)");
}

char *job_sql_select_by(const char *column)
{
    struct builder sql;

    if (!start(&sql))
        return NULL;
    (void)fputs("SELECT ", sql.stream);
    put_columns(sql.stream);
    (void)fprintf(sql.stream, " FROM jobs WHERE %s = ?", column);
    return finish(&sql);
}

char *job_sql_kept(void)
{
    return strdup("SELECT jobs, bytes FROM kept");
}

char *job_sql_delete(void)
{
    return strdup("DELETE FROM jobs WHERE id = ?1 AND (?2 >> status) & 1");
}

/* Back to queued only while it is certain that the script has not started. */
char *job_sql_change(void)
{
    struct builder sql;
    int parameter = JOB_SQL_CHANGE_FIRST_VALUE;

    if (!start(&sql))
        return NULL;
    (void)fputs("UPDATE jobs SET status = CASE WHEN ?3 < 0 THEN status ELSE ?3 END", sql.stream);
    for (size_t i = 0; i < column_count; i++) {
        if (columns[i].set != 0)
            (void)fprintf(sql.stream, ", %s = CASE WHEN ?4 & %u THEN ?%d ELSE %s END",
                          columns[i].name, columns[i].set, parameter++, columns[i].name);
    }
    (void)fprintf(sql.stream,
                  " WHERE id = ?1 AND (?2 >> status) & 1 AND NOT (?3 = %d AND start_attempted)"
                  " RETURNING ",
                  JOB_QUEUED);
    put_columns(sql.stream);
    return finish(&sql);
}

static void put_statuses(FILE *out, uint32_t statuses)
{
    const char *separator = " AND status IN (";

    for (int status = JOB_QUEUED; status <= JOB_LOST; status++) {
        if ((statuses >> status & 1u) != 0) {
            (void)fprintf(out, "%s%d", separator, status);
            separator = ",";
        }
    }
    (void)fputs(strcmp(separator, ",") == 0 ? ")" : " AND 0", out);
}

/* As the indexes say it, or SQLite does not see that they fit. */
static void put_kept_only(FILE *out, const struct store_query *query)
{
    if (query->by_end || query->unmeasured)
        (void)fputs(" AND status >= 3", out);
    if (query->unmeasured)
        (void)fputs(" AND kept_bytes < 0", out);
    if (query->by_end)
        (void)fputs(" AND (finished_ms, sequence) > (?, ?)", out);
}

char *job_sql_list(const struct store_query *query)
{
    struct builder sql;

    if (!start(&sql))
        return NULL;
    (void)fputs("SELECT ", sql.stream);
    put_columns(sql.stream);
    (void)fputs(" FROM jobs WHERE 1", sql.stream);
    if (query->statuses != 0)
        put_statuses(sql.stream, query->statuses);
    if (query->cleanup_pending)
        (void)fputs(" AND cleanup_pending", sql.stream);
    put_kept_only(sql.stream, query);
    if (query->before_sequence > 0)
        (void)fputs(" AND sequence < ?", sql.stream);
    if (query->label_key != NULL)
        (void)fprintf(sql.stream,
                      " AND sequence IN (SELECT sequence FROM job_labels WHERE key = ?%s)",
                      query->label_value == NULL ? "" : " AND value = ?");
    (void)fprintf(sql.stream, " ORDER BY %s %s LIMIT ?",
                  query->by_end ? "finished_ms, sequence" : "sequence",
                  query->by_end || query->oldest_first ? "ASC" : "DESC");
    return finish(&sql);
}
