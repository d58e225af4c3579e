/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ABI version 1 on LP64 (x86_64, aarch64), frozen.  Old plugins rely on every line: a line
 * never changes and never goes.  A field that is appended gets a line of its own, and only
 * the SIZE of its struct grows.
 */
#include <assert.h>
#include <maps_runtime.h>
#include <maps_runtime.h> /* a second time does no harm */

#ifndef __LP64__
#error "Plugins are supported on LP64 machines only; freeze another layout for this one."
#endif

#define SIZE(TYPE, BYTES)                                                                          \
    static_assert(sizeof(struct TYPE) == (BYTES), "struct " #TYPE " has another size")
#define AT(TYPE, FIELD, OFFSET)                                                                    \
    static_assert(offsetof(struct TYPE, FIELD) == (OFFSET), #TYPE "." #FIELD " has moved")
#define VALUE(NAME, NUMBER) static_assert((NAME) == (NUMBER), #NAME " has another value")

SIZE(maps_limits, 48);
AT(maps_limits, size, 0);
AT(maps_limits, cpu_millis, 8);
AT(maps_limits, memory_bytes, 16);
AT(maps_limits, pids, 24);
AT(maps_limits, disk_bytes, 32);
AT(maps_limits, output_bytes, 40);

SIZE(maps_option, 64);
AT(maps_option, size, 0);
AT(maps_option, name, 8);
AT(maps_option, type, 16);
AT(maps_option, secret, 20);
AT(maps_option, default_value, 24);
AT(maps_option, environment, 32);
AT(maps_option, help, 40);
AT(maps_option, min, 48);
AT(maps_option, max, 56);

SIZE(maps_profile, 40);
AT(maps_profile, size, 0);
AT(maps_profile, name, 8);
AT(maps_profile, image, 16);
AT(maps_profile, command, 24);
AT(maps_profile, script_name, 32);

SIZE(maps_job, 144);
AT(maps_job, size, 0);
AT(maps_job, job_id, 8);
AT(maps_job, object_name, 16);
AT(maps_job, owner, 24);
AT(maps_job, attempt, 32);
AT(maps_job, runner_uid, 36);
AT(maps_job, runner_gid, 40);
AT(maps_job, limits_required, 44);
AT(maps_job, profile, 48);
AT(maps_job, limits, 56);
AT(maps_job, timeout_ms, 64);
AT(maps_job, args, 72);
AT(maps_job, env, 80);
AT(maps_job, network, 88);
AT(maps_job, script_file, 96);
AT(maps_job, request_file, 104);
AT(maps_job, input_dir, 112);
AT(maps_job, output_dir, 120);
AT(maps_job, control_dir, 128);
AT(maps_job, runtime_dir, 136);

SIZE(maps_outcome, 40);
AT(maps_outcome, size, 0);
AT(maps_outcome, reason, 8);
AT(maps_outcome, exit_code, 12);
AT(maps_outcome, signal, 16);
AT(maps_outcome, logs_truncated, 20);
AT(maps_outcome, message, 24);
AT(maps_outcome, started_ms, 32);

SIZE(maps_probe, 664);
AT(maps_probe, size, 0);
AT(maps_probe, reachable, 8);
AT(maps_probe, limits_enforced, 12);
AT(maps_probe, limits_soft, 16);
AT(maps_probe, reserved, 20);
AT(maps_probe, version, 24);
AT(maps_probe, message, 152);

SIZE(maps_host, 160);
AT(maps_host, size, 0);
AT(maps_host, abi_version, 8);
AT(maps_host, reserved, 12);
AT(maps_host, log, 16);
AT(maps_host, set_error, 24);
AT(maps_host, now_monotonic_ms, 32);
AT(maps_host, option_string, 40);
AT(maps_host, option_int, 48);
AT(maps_host, option_bool, 56);
AT(maps_host, option_number, 64);
AT(maps_host, option_list, 72);
AT(maps_host, profiles, 80);
AT(maps_host, info, 88);
AT(maps_host, phase, 96);
AT(maps_host, set_handle, 104);
AT(maps_host, progress, 112);
AT(maps_host, emit, 120);
AT(maps_host, log_file, 128);
AT(maps_host, is_cancelled, 136);
AT(maps_host, set_run_data, 144);
AT(maps_host, finish, 152);

SIZE(maps_runtime_plugin, 136);
AT(maps_runtime_plugin, size, 0);
AT(maps_runtime_plugin, abi_version, 8);
AT(maps_runtime_plugin, reserved, 12);
AT(maps_runtime_plugin, name, 16);
AT(maps_runtime_plugin, version, 24);
AT(maps_runtime_plugin, runner_type, 32);
AT(maps_runtime_plugin, description, 40);
AT(maps_runtime_plugin, options, 48);
AT(maps_runtime_plugin, load, 56);
AT(maps_runtime_plugin, unload, 64);
AT(maps_runtime_plugin, configure, 72);
AT(maps_runtime_plugin, release, 80);
AT(maps_runtime_plugin, probe, 88);
AT(maps_runtime_plugin, run_script, 96);
AT(maps_runtime_plugin, cancel, 104);
AT(maps_runtime_plugin, recover, 112);
AT(maps_runtime_plugin, list_owned, 120);
AT(maps_runtime_plugin, cleanup, 128);

SIZE(maps_abi_note, 24);
AT(maps_abi_note, owner_size, 0);
AT(maps_abi_note, value_size, 4);
AT(maps_abi_note, type, 8);
AT(maps_abi_note, owner, 12);
AT(maps_abi_note, abi_version, 20);

VALUE(MAPS_ABI_VERSION, 1);
VALUE(MAPS_NOTE_TYPE, 1);
VALUE(MAPS_GONE, 1);
VALUE(MAPS_NOT_STARTED, 2);
VALUE(sizeof(MAPS_NOTE_OWNER), 5);

VALUE(MAPS_LIMIT_CPU, 1);
VALUE(MAPS_LIMIT_MEMORY, 2);
VALUE(MAPS_LIMIT_PIDS, 4);
VALUE(MAPS_LIMIT_DISK, 8);
VALUE(MAPS_LIMIT_OUTPUT, 16);

VALUE(MAPS_OPTION_STRING, 1);
VALUE(MAPS_OPTION_INT, 2);
VALUE(MAPS_OPTION_BOOL, 3);
VALUE(MAPS_OPTION_LIST, 4);
VALUE(MAPS_OPTION_BYTES, 5);
VALUE(MAPS_OPTION_NUMBER, 6);

VALUE(MAPS_REASON_EXITED, 1);
VALUE(MAPS_REASON_SIGNALED, 2);
VALUE(MAPS_REASON_OOM, 3);
VALUE(MAPS_REASON_OUTPUT_LIMIT, 4);
VALUE(MAPS_REASON_TIMEOUT, 5);
VALUE(MAPS_REASON_CANCELLED, 6);
VALUE(MAPS_REASON_IMAGE_UNAVAILABLE, 7);
VALUE(MAPS_REASON_UNSCHEDULABLE, 8);
VALUE(MAPS_REASON_EVICTED, 9);
VALUE(MAPS_REASON_REJECTED, 10);
VALUE(MAPS_REASON_RUNTIME_UNAVAILABLE, 11);
VALUE(MAPS_REASON_RUNTIME_LOST, 12);

VALUE(MAPS_PHASE_PREPARE, 1);
VALUE(MAPS_PHASE_START_ATTEMPTED, 2);
VALUE(MAPS_PHASE_RUNNING, 3);
VALUE(MAPS_PHASE_COLLECT, 4);

VALUE(MAPS_STDOUT, 1);
VALUE(MAPS_STDERR, 2);
VALUE(MAPS_COMBINED, 3);

VALUE(MAPS_LOG_ERROR, 3);
VALUE(MAPS_LOG_WARNING, 4);
VALUE(MAPS_LOG_INFO, 6);
VALUE(MAPS_LOG_DEBUG, 7);
