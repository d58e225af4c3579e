/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin_folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

const struct plugin_host plugin_folder_nobody = { NULL, NULL };

int plugin_folder_setup(void **state)
{
    struct plugin_folder *folder = calloc(1, sizeof(*folder));

    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/maps-plugins-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    *state = folder;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

int plugin_folder_teardown(void **state)
{
    struct plugin_folder *folder = *state;
    int result = nftw(folder->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

    free(folder);
    return result;
}

const char *plugin_folder_path(const struct plugin_folder *folder, const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    return path;
}

char *fixture_read(const char *fixture, size_t *length)
{
    char path[512];
    struct stat status;

    (void)snprintf(path, sizeof(path), "%s/%s.so", TEST_PLUGIN_DIR, fixture);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    *length = (size_t)status.st_size;
    char *bytes = malloc(*length);
    assert_non_null(bytes);
    assert_int_equal(read(fd, bytes, *length), status.st_size);
    (void)close(fd);
    return bytes;
}

void plugin_folder_write(const struct plugin_folder *folder, const char *name, const void *bytes,
                         size_t length, mode_t mode)
{
    const char *path = plugin_folder_path(folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

void plugin_folder_add(const struct plugin_folder *folder, const char *fixture, const char *name)
{
    size_t length;
    char *bytes = fixture_read(fixture, &length);

    plugin_folder_write(folder, name, bytes, length, 0644);
    free(bytes);
}

struct plugins *plugin_folder_load(const struct plugin_folder *folder)
{
    struct plugins *plugins = NULL;
    struct error *err = plugins_load(folder->path, &plugin_folder_nobody, &plugins);

    assert_null(err);
    assert_non_null(plugins);
    return plugins;
}

struct plugin *plugins_by_file(const struct plugins *plugins, const char *file)
{
    for (size_t i = 0; i < plugins_count(plugins); i++) {
        struct plugin_info info;

        plugin_info(plugins_at(plugins, i), &info);
        if (strcmp(info.file, file) == 0)
            return plugins_at(plugins, i);
    }
    return NULL;
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

void assert_refused(const struct plugins *plugins, const char *file, const char *reason)
{
    struct plugin *plugin = plugins_by_file(plugins, file);
    char message[512], version[16];

    assert_non_null(plugin);
    assert_int_equal(plugin_state(plugin, message, sizeof(message), version, sizeof(version)),
                     PLUGIN_REFUSED);
    assert_int_equal(strncmp(message, file, strlen(file)), 0);
    assert_contains(message, reason);
    assert_null(plugin_instance(plugin));
    assert_null(plugin_options(plugin));
}

void assert_error(struct error *err, const char *part)
{
    assert_non_null(err);
    assert_contains(err->message, part);
    error_free(err);
}

static int kept_stderr, captured;

void stderr_capture(void)
{
    kept_stderr = dup(STDERR_FILENO);
    captured = memfd_create("stderr", MFD_CLOEXEC);
    assert_true(kept_stderr >= 0 && captured >= 0);
    assert_true(dup2(captured, STDERR_FILENO) >= 0);
}

char *stderr_release(void)
{
    off_t length = lseek(captured, 0, SEEK_END);
    char *text = calloc(1, (size_t)length + 1);

    assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
    assert_non_null(text);
    assert_int_equal(pread(captured, text, (size_t)length, 0), length);
    (void)close(kept_stderr);
    (void)close(captured);
    return text;
}
