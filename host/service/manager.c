/* SPDX-License-Identifier: Apache-2.0 */
#include "service/manager.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

bool manager_present(void)
{
    return getenv("NOTIFY_SOCKET") != NULL;
}

int64_t manager_watchdog_ms(void)
{
    uint64_t usec = 0;

    return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 1000) : 0;
}

/* Failures are ignored throughout: the manager finds out by itself what it is not told. */

void manager_ready(void)
{
    (void)sd_notify(0, "READY=1");
}

void manager_reloading(void)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_ms() * 1000);
}

void manager_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

void manager_alive(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}

void manager_extend_ms(int64_t more_ms)
{
    (void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRId64, more_ms * 1000);
}

void manager_status(const char *sentence)
{
    (void)sd_notifyf(0, "STATUS=%s", sentence);
}
