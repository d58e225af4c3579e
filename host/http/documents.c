/* SPDX-License-Identifier: Apache-2.0 */
#include "http/documents.h"

#include "job/job_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error *no_memory(void)
{
    return error_new(ERROR_INTERNAL, NULL, "Out of memory while making the job document.");
}

void cursor_format(int64_t sequence, char text[static CURSOR_BYTES])
{
    (void)snprintf(text, CURSOR_BYTES, "c%llx", (unsigned long long)sequence);
}

bool cursor_parse(const char *text, int64_t *sequence)
{
    size_t digits = text[0] == 'c' ? strspn(text + 1, "0123456789abcdef") : 0;

    if (digits == 0 || digits > 15 || text[1 + digits] != '\0')
        return false;
    *sequence = (int64_t)strtoull(text + 1, NULL, 16);
    return *sequence > 0;
}

static bool add_document(struct jobs *jobs, cJSON *list, const struct job_record *record)
{
    char *progress = job_status_terminal(record->status) ? NULL : jobs_progress(jobs, record->id);
    const struct job_json_extras extras = { .progress = progress };
    cJSON *document = job_json(record, &extras);

    free(progress);
    if (document != NULL && cJSON_AddItemToArray(list, document))
        return true;
    cJSON_Delete(document);
    return false;
}

static bool add_cursor(cJSON *page, const struct job_record *last)
{
    char cursor[CURSOR_BYTES];

    if (last == NULL)
        return cJSON_AddNullToObject(page, "next_cursor") != NULL;
    cursor_format(last->sequence, cursor);
    return cJSON_AddStringToObject(page, "next_cursor", cursor) != NULL;
}

struct error *document_list_text(struct jobs *jobs, struct job_record **records, size_t count,
                                 size_t limit, char **text)
{
    cJSON *page = cJSON_CreateObject();
    cJSON *list = page != NULL ? cJSON_AddArrayToObject(page, "jobs") : NULL;
    bool more = count > limit;
    bool complete = list != NULL;

    for (size_t i = 0; complete && i < (more ? limit : count); i++)
        complete = add_document(jobs, list, records[i]);
    complete = complete && add_cursor(page, more ? records[limit - 1] : NULL);
    *text = complete ? cJSON_PrintUnformatted(page) : NULL;
    cJSON_Delete(page);
    return *text != NULL ? NULL : no_memory();
}
