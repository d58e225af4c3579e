/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager (systemd) that started this process is told, by sd_notify(3).
 * Without one, all of it does nothing.  Any thread. */
#ifndef MAPS_HOST_SERVICE_MANAGER_H
#define MAPS_HOST_SERVICE_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

/* True if there is one. */
bool manager_present(void);
/* Time within which it wants to hear manager_alive(); 0: it does not. */
int64_t manager_watchdog_ms(void);

void manager_ready(void);     /* serving; also ends a reload */
void manager_reloading(void); /* the settings are being read again */
void manager_stopping(void);
void manager_alive(void);
/* A stop takes longer: it should wait for that much more from now on. */
void manager_extend_ms(int64_t more_ms);
/* One line for `systemctl status`. */
void manager_status(const char *sentence);

#endif
