/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin folder of a test's own, filled with fixtures. */
#ifndef MAPS_TESTS_UNIT_PLUGIN_PLUGIN_FOLDER_H
#define MAPS_TESTS_UNIT_PLUGIN_PLUGIN_FOLDER_H

#include "plugin/plugins.h"

#include <sys/types.h>

struct plugin_folder {
    char path[64];
};

/* For cmocka: *state becomes a struct plugin_folder. */
/* A host that has nothing to say about itself. */
extern const struct plugin_host plugin_folder_nobody;

int plugin_folder_setup(void **state);
int plugin_folder_teardown(void **state);

/* Path of something in the folder; valid until the next call. */
const char *plugin_folder_path(const struct plugin_folder *folder, const char *name);
/* Copies the fixture <fixture>.so there as `name`, mode 0644. */
void plugin_folder_add(const struct plugin_folder *folder, const char *fixture, const char *name);
void plugin_folder_write(const struct plugin_folder *folder, const char *name, const void *bytes,
                         size_t length, mode_t mode);
/* The bytes of a fixture; the caller frees them. */
char *fixture_read(const char *fixture, size_t *length);

struct plugins *plugin_folder_load(const struct plugin_folder *folder);
/* The plugin from that file, or NULL. */
struct plugin *plugins_by_file(const struct plugins *plugins, const char *file);
void assert_refused(const struct plugins *plugins, const char *file, const char *reason);
void assert_error(struct error *err, const char *part); /* and frees it */

/* What a test's code says on stderr between the two calls; the caller frees it. */
void stderr_capture(void);
char *stderr_release(void);

#endif
