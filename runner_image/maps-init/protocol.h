/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What maps-init and its neighbours agree on: the spec it is started with, the
 * files it leaves in the control folder, and the frames of the log file.
 * Shared by maps-init (runner_image/), plugins (plugins/common/init_spec) and the
 * host (host/logs/).  No dependency but the C library's types.
 *
 * Started as:  maps-init (--spec FILE | --spec-fd N) [--control DIR | --control-fd N]
 *
 * SPEC: records "key=value\0" in any order, the first being "maps-init-spec=1":
 *   attempt=N          number of this start
 *   timeout_ms=N       kill the script after this long (second guard; 0: none)
 *   output_bytes=N     cap on stdout and stderr together (0: none)
 *   nproc=N            RLIMIT_NPROC set for the script (0: leave)
 *   nofile=N           RLIMIT_NOFILE set for the script (0: leave)
 *   fsize=N            RLIMIT_FSIZE set for the script (0: leave)
 *   disk_bytes=N       cap on what the folder cwd holds, kept by looking at it now and then
 *                      (0: none)
 *   cwd=PATH           working directory of the script
 *   writable=PATH      one per file or folder below which the script may create, change and
 *                      remove files; given one, it can elsewhere only write to what lies
 *                      below /dev and /proc (Landlock, where the kernel and the engine have
 *                      it).  /dev/shm must be named to be of use.
 *   passthrough=0|1    1 (default): copy stdout and stderr through to ours
 *   arg=TEXT           one per argument, in order
 *   env=NAME=VALUE     one per variable; nothing is inherited
 *
 * N of --control-fd is a folder opened for reading (not O_PATH); the script sees neither.
 *
 * CONTROL FOLDER (optional: without one only pass-through and the exit code):
 *   started-<attempt>  created with O_EXCL before the script starts; if it is there
 *                      already, maps-init exits with MAPS_INIT_EXIT_SECOND_START
 *   log                frames, see below; appended
 *   exit               exit record, written to "exit.tmp" and renamed: lines "key=value\n":
 *                        attempt=N
 *                        wait_status=N       raw, of the script, as from waitpid
 *                        cause=exited|timeout|output_limit|terminated|start_failed
 *                        error=TEXT          with start_failed: one sentence; with output_limit,
 * too, if it is about disk_bytes oom_kills=N         how often the cgroup's memory limit killed
 *                                            since the start, if it can be read
 *                        log_bytes=N         payload bytes written to the log
 *                        log_lost_bytes=N, log_error=TEXT   only if some could not be
 *                        passthrough_lost_bytes=N   only if our own stdout or stderr did
 *                                            not take them
 *                        started_ms=N, ended_ms=N   wall clock, since 1970
 * The same record goes to /dev/termination-log if that exists.
 *
 * CAUSE: the first thing that went wrong with the script.
 *   start_failed  it was never started; wait_status is -1
 *   output_limit  it wrote more than output_bytes, and exactly that many are in the log; or,
 *                 with an error, the folder cwd held more than disk_bytes (or was nested so
 *                 deep that this cannot be told)
 *   timeout       timeout_ms passed and it died of our SIGKILL
 *   terminated    we were sent SIGTERM or SIGINT, passed it on, and it died of that, or
 *                 of SIGKILL because it was still there MAPS_INIT_TERMINATE_GRACE_MS later;
 *                 or we were sent MAPS_INIT_STOP_SIGNAL: everything is killed at once, and
 *                 what it had written until then is still logged
 *   exited        all else: see wait_status
 * As PID 1 of its namespace, maps-init heeds no signal from inside: see supervise.c.
 *
 * EXIT CODE of maps-init: the script's own; 128+signal if a signal ended it; or
 * one of MAPS_INIT_EXIT_*.  A start that fails after its marker was made leaves an exit
 * record with cause=start_failed; the ones before it (bad arguments, unreadable spec,
 * second start) leave only the exit code and a sentence on stderr.
 */
#ifndef MAPS_INIT_PROTOCOL_H
#define MAPS_INIT_PROTOCOL_H

#include <stdint.h>

#define MAPS_INIT_SPEC_MAGIC "maps-init-spec=1"
#define MAPS_INIT_LOG "log"
#define MAPS_INIT_EXIT "exit"
#define MAPS_INIT_EXIT_TMP "exit.tmp"
#define MAPS_INIT_STARTED_PREFIX "started-"
#define MAPS_INIT_STOP_SIGNAL SIGPWR

enum {
    MAPS_INIT_EXIT_TIMEOUT = 124,      /* own deadline */
    MAPS_INIT_EXIT_FAILED = 125,       /* maps-init itself failed: see stderr */
    MAPS_INIT_EXIT_NOT_STARTED = 126,  /* the command could not be started */
    MAPS_INIT_EXIT_SECOND_START = 122, /* refused: this attempt has started before */
    MAPS_INIT_EXIT_OUTPUT_LIMIT = 123
};

enum { MAPS_INIT_TERMINATE_GRACE_MS = 5000 };

/* One frame of the log file: this header, then `length` bytes.  Little-endian, as
 * all machines we run on.  A frame is appended with one writev(2). */
enum { MAPS_FRAME_MAGIC = 0x4d, MAPS_FRAME_MAX_BYTES = 65536 };

struct maps_frame {
    uint8_t magic;    /* MAPS_FRAME_MAGIC */
    uint8_t stream;   /* 1 stdout, 2 stderr, 3 combined (enum maps_stream) */
    uint16_t check;   /* maps_frame_check(): tells a frame from damage */
    uint32_t length;  /* payload bytes, 1 to MAPS_FRAME_MAX_BYTES */
    uint64_t time_us; /* wall clock, microseconds since 1970 */
};

static inline uint16_t maps_frame_check(const struct maps_frame *frame)
{
    uint64_t mixed = frame->time_us * 0x9e3779b97f4a7c15u + frame->length + frame->stream;

    return (uint16_t)(mixed ^ mixed >> 16 ^ mixed >> 32 ^ mixed >> 48);
}

#endif
