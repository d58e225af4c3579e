/* SPDX-License-Identifier: Apache-2.0 */
/* The C API: running a script, and what became of it. */
#include "capi/handles.h"
#include "capi/parts.h"
#include "capi/sources.h"
#include "job/record.h"
#include "runner/submission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct error *make_submission(const struct runner *runner, const struct maps_run_params *run,
                                     char **text)
{
    struct sources sources;
    struct error *err = sources_find(run, &sources);

    if (err == NULL) {
        const struct submission_arguments arguments = { .job_id = run->job_id,
                                                        .runtime = runner_runtime(runner),
                                                        .script_path = sources.script.path,
                                                        .script_content = sources.script.text,
                                                        .request_path = sources.request.path,
                                                        .request_json = sources.request.text,
                                                        .input_path = sources.input,
                                                        .output_path = sources.output,
                                                        .timeout_ms = run->timeout_ms,
                                                        .options = run->options };

        err = submission_text(&arguments, text);
    }
    sources_clear(&sources);
    return err;
}

static struct error *run_script_as_asked(struct runner *runner, const struct maps_run_params *run,
                                         struct runner_ending *ending)
{
    struct runner_order order = { .log = run->log,
                                  .log_context = run->log_context,
                                  .cancel_fd = run->cancel == NULL ? -1 : run->cancel->fd };
    struct error *err = make_submission(runner, run, &order.submission);

    return err == NULL ? runner_run(runner, &order, ending) : err;
}

MAPS_BACKEND_API int maps_run_script(struct maps_runner *runner, const struct maps_run_params *run,
                                     struct maps_result **result, char **error)
{
    struct maps_run_params own;
    struct maps_result *made = calloc(1, sizeof(*made));
    struct error *err =
        made == NULL ? error_errno(ENOMEM, "Running the script") : api_copy(&own, sizeof(own), run);

    if (err == NULL)
        err = run_script_as_asked(runner->runner, &own, &made->ending);
    if (err == NULL)
        *result = made;
    else
        free(made);
    return api_result(err, error);
}

/* ---- results ---- */

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

MAPS_BACKEND_API const char *maps_result_status(const struct maps_result *result)
{
    return job_status_name(result->ending.record->status);
}

MAPS_BACKEND_API const char *maps_result_reason(const struct maps_result *result)
{
    return or_empty(job_reason_name(result->ending.record->reason));
}

MAPS_BACKEND_API const char *maps_result_job_id(const struct maps_result *result)
{
    return result->ending.record->id;
}

MAPS_BACKEND_API int maps_result_exit_code(const struct maps_result *result)
{
    return result->ending.record->exit_code;
}

MAPS_BACKEND_API int maps_result_signal(const struct maps_result *result)
{
    return result->ending.record->signal;
}

MAPS_BACKEND_API const char *maps_result_message(const struct maps_result *result)
{
    return or_empty(result->ending.record->message);
}

MAPS_BACKEND_API const char *maps_result_output_error(const struct maps_result *result)
{
    return or_empty(result->ending.record->output_error);
}

MAPS_BACKEND_API const char *maps_result_logs(const struct maps_result *result, size_t *length)
{
    if (length != NULL)
        *length = result->ending.logs_length;
    return or_empty(result->ending.logs);
}

MAPS_BACKEND_API const char *maps_result_document(const struct maps_result *result)
{
    return result->ending.document;
}

MAPS_BACKEND_API void maps_result_free(struct maps_result *result)
{
    if (result == NULL)
        return;
    runner_ending_clear(&result->ending);
    free(result);
}
