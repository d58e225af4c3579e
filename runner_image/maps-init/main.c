/* SPDX-License-Identifier: Apache-2.0 */
/* maps-init: PID 1 of every job, on every runtime.  See protocol.h. */
#include "cgroup.h"
#include "confine.h"
#include "control.h"
#include "inherited.h"
#include "instant.h"
#include "options.h"
#include "protocol.h"
#include "remains.h"
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool open_spec(const struct options *options, int *fd, struct sentence *why)
{
    *fd = options->spec_fd;
    if (options->spec_file == NULL)
        return true;
    *fd = open(options->spec_file, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return sentence_set(why, "The spec \"%.120s\" cannot be opened: %s.", options->spec_file,
                            strerror(errno));
    return true;
}

static bool read_spec(const struct options *options, struct spec *spec, struct sentence *why)
{
    int fd;

    if (!open_spec(options, &fd, why))
        return false;
    bool read = spec_read(spec, fd, why);

    (void)close(fd);
    return read;
}

/* All that happens before the script can have been started. */
static bool prepare(int argc, char **argv, struct spec *spec, int *control_fd, struct sentence *why)
{
    struct options options;

    if (!options_parse(&options, argc, argv, why) || !read_spec(&options, spec, why))
        return false;
    *control_fd = options.control_fd;
    if (options.control_dir != NULL && !control_open(options.control_dir, control_fd, why))
        return false;
    return inherited_close(control_fd, why);
}

static bool start(const struct spec *spec, int control_fd, struct output *output, int *signal_fd,
                  struct script *script, struct sentence *why)
{
    remains_adopt();
    return supervise_prepare(signal_fd, why) && confine(why) &&
           (control_fd == CONTROL_NONE || control_open_log(control_fd, &output->log_fd, why)) &&
           script_start(spec, script, why);
}

static void run(const struct spec *spec, int control_fd, struct exit_record *record)
{
    struct output output = { .log_fd = -1, .cap_bytes = spec->output_bytes };
    struct script script;
    int signal_fd;
    int64_t kills_before = cgroup_oom_kills();

    record->started_ms = instant_wall_us() / 1000;
    if (start(spec, control_fd, &output, &signal_fd, &script, &record->error)) {
        supervise(spec, &script, signal_fd, &output, record);
    } else {
        record->cause = CAUSE_START_FAILED;
        sentence_print(&record->error);
    }
    record->ended_ms = instant_wall_us() / 1000;
    int64_t kills = cgroup_oom_kills();

    record->oom_kills = kills >= 0 && kills_before >= 0 ? kills - kills_before : -1;
    if (output.log_bytes > 0)
        (void)fdatasync(output.log_fd); /* a record that is there speaks of a log that is */
}

static void leave_record(const struct exit_record *record, int control_fd)
{
    char text[EXIT_RECORD_BYTES];
    struct sentence why;
    size_t length = exit_record_format(record, text);

    if (control_fd != CONTROL_NONE && !control_write_exit(control_fd, text, length, &why))
        sentence_print(&why);
    control_write_termination_log(text, length);
}

int main(int argc, char **argv)
{
    struct spec spec;
    struct sentence why;
    int control_fd = CONTROL_NONE;

    confine_hide();
    inherited_fill_streams();
    if (!prepare(argc, argv, &spec, &control_fd, &why)) {
        sentence_print(&why);
        return MAPS_INIT_EXIT_FAILED;
    }
    if (control_fd != CONTROL_NONE) {
        enum claim claim = control_claim_start(control_fd, spec.attempt, &why);

        if (claim != CLAIM_MADE) {
            sentence_print(&why);
            return claim == CLAIM_TAKEN ? MAPS_INIT_EXIT_SECOND_START : MAPS_INIT_EXIT_FAILED;
        }
    }
    struct exit_record record = { .attempt = spec.attempt, .wait_status = -1, .oom_kills = -1 };

    run(&spec, control_fd, &record);
    leave_record(&record, control_fd);
    spec_free(&spec);
    return exit_record_exit_code(&record);
}
