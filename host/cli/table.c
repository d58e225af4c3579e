/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stddef.h>
#include <string.h>

const struct cli_option cli_common_options[] = {
    { CLI_OPTION_CONFIG, "config", "FILE",
      "settings (default: $MAPS_CONFIG, else the installed file)" },
    { CLI_OPTION_SET, "set", "KEY=VALUE", "one setting; wins over environment and file" },
    { CLI_OPTION_HELP, "help", NULL, "this text; without a command also every setting" },
    { 0 },
};

const struct cli_option cli_action_options[] = {
    { CLI_OPTION_CHECK, "check-config", NULL, "name every mistake in the settings and exit" },
    { CLI_OPTION_PRINT, "print-config", NULL, "show each effective value and where it came from" },
    { CLI_OPTION_DUMP, "dump-plugin", "FILE", "show what a runtime plugin declares" },
    { CLI_OPTION_VERSION, "version", NULL, "the version" },
    { 0 },
};

static const struct cli_option run_options[] = {
    { RUN_REQUEST, "request", "FILE",
      "JSON for the script, /job/request.json; - is standard input" },
    { RUN_INPUT, "input", "DIR", "folder whose copy the script finds as /job/input" },
    { RUN_OUTPUT, "output", "DIR", "folder that gets what the script leaves in /job/output" },
    { RUN_TIMEOUT, "timeout", "SECONDS",
      "time the script may run (default: jobs.timeout_seconds)" },
    { RUN_RUNTIME, "runtime", "NAME", "docker, sandbox, ... (default: the detected one)" },
    { RUN_PROFILE, "profile", "NAME", "kind of script (default: default_profile)" },
    { RUN_NETWORK, "network", "NAME",
      "a network that jobs.allowed_networks names (default: none)" },
    { RUN_LIMIT, "limit", "NAME=VALUE", "cpus, memory, pids, disk or output; sizes as 256M" },
    { RUN_ENV, "env", "NAME[=VALUE]", "a variable for the script; without a value, our own" },
    { RUN_LABEL, "label", "KEY=VALUE", "a label in the job document" },
    { RUN_JOB_ID, "job-id", "ID", "name of the job (default: one is made)" },
    { RUN_JSON, "json", NULL, "print the job document, and nothing else" },
    { RUN_QUIET, "quiet", NULL, "do not say why a script was stopped" },
    { 0 },
};

const struct cli_command_row cli_commands[] = {
    { .word = "run",
      .command = CLI_RUN,
      .takes_rest = true,
      .synopsis = "SCRIPT [OPTION]... [-- ARGUMENT...]",
      .summary = "run one script, without a server",
      .description =
          "Runs SCRIPT (-: standard input) as a job and ends as it ends.  What it prints comes "
          "out\n"
          "as it is printed, both streams apart.  ARGUMENTs are the script's own.  Ctrl-C cancels\n"
          "the job and waits until it is gone; a second one leaves at once.\n",
      .options = run_options,
      .exit_codes =
          "the script's own; 124 it ran out of time; 125 the runtime failed;\n"
          "130 cancelled; 153 it printed or wrote too much; 128+N killed by signal N (137:\n"
          "out of memory); 2 wrong command line, settings or job; 1 what came out cannot be "
          "written." },
    { .word = "store",
      .command = CLI_STORE,
      .synopsis = "check|backup FILE|compact",
      .summary = "check, copy or compact the job store",
      .description =
          "check    names all that is wrong in the database, and jobs and folders that do not\n"
          "         belong together; writes nothing there, also while the server runs\n"
          "backup   copies the database into a new FILE, also while the server runs; the files\n"
          "         of jobs are not in it\n"
          "compact  gives the disk that forgotten jobs took back; the server must be stopped\n"
          "The data folder is that of the settings.\n",
      .exit_codes = "0 done, and nothing found; 1 failed, or something found; 2 wrong command line "
                    "or settings." },
    { 0 },
};

const struct cli_command_row *cli_command_find(const char *word)
{
    const struct cli_command_row *row = cli_commands;

    while (row->word != NULL && strcmp(row->word, word) != 0)
        row++;
    return row->word == NULL ? NULL : row;
}
