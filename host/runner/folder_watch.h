/* SPDX-License-Identifier: Apache-2.0 */
/* Something to poll() that becomes readable when a file in a folder is made or grows. */
#ifndef MAPS_HOST_RUNNER_FOLDER_WATCH_H
#define MAPS_HOST_RUNNER_FOLDER_WATCH_H

/* A descriptor, or -1 where the system gives none: then look from time to time. */
int folder_watch_open(const char *folder);
/* Forgets what has happened so far. */
void folder_watch_read(int fd);

#endif
