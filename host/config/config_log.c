/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_log.h"

#include "base/log.h"

#include <stdlib.h>

static void print_problem(const struct config_problem *problem, FILE *out)
{
    if (problem->line > 0)
        (void)fprintf(out, "%s:%d: %s", problem->file, problem->line, problem->message);
    else
        (void)fprintf(out, "%s: %s", problem->file, problem->message);
}

static void log_problem(const struct config_problem *problem)
{
    enum log_level level = problem->warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return;
    print_problem(problem, out);
    if (fclose(out) == 0)
        log_line(level, NULL, NULL, "%s", text);
    free(text);
}

void config_log_problems(const struct config *config)
{
    for (size_t i = 0; i < config_problem_count(config); i++)
        log_problem(config_problem_at(config, i));
}

char *config_mistakes_text(const struct config *config, size_t most)
{
    char *text = NULL;
    size_t size = 0, mistakes = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < config_problem_count(config); i++) {
        const struct config_problem *problem = config_problem_at(config, i);
        if (problem->warning || mistakes++ >= most)
            continue;
        if (mistakes > 1)
            (void)fputc('\n', out);
        print_problem(problem, out);
    }
    if (mistakes > most)
        (void)fprintf(out, "\nand %zu more", mistakes - most);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
