/* SPDX-License-Identifier: Apache-2.0 */
#include "config/file_reader.h"

#include "config/duplicates.h"
#include "config/integer_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 1024 * 1024 };

struct reader {
    struct pool *pool;
    struct entries *entries;
    struct problems *problems;
    const char *file;   /* the outermost one, as the operator named it */
    const char *folder; /* its folder, where includes are looked for */
};

static void cleanup_config(config_t *parsed)
{
    config_destroy(parsed);
}

static void cleanup_text(char **text)
{
    free(*text);
}

static const char *folder_of(struct pool *pool, const char *file)
{
    const char *slash = strrchr(file, '/');

    if (slash == NULL)
        return ".";
    return pool_copy_bytes(pool, file, slash == file ? 1 : (size_t)(slash - file));
}

/* libconfig names included files as they are written in the @include. */
static const char *full_name(const struct reader *reader, const char *file)
{
    if (file == NULL || strcmp(file, reader->file) == 0)
        return reader->file;
    if (file[0] == '/' || strcmp(reader->folder, ".") == 0)
        return pool_copy(reader->pool, file);
    return pool_format(reader->pool, "%s/%s", reader->folder, file);
}

static struct origin origin_of(const struct reader *reader, const char *file, int line)
{
    return (struct origin){ .layer = LAYER_FILE, .file = full_name(reader, file), .line = line };
}

/* NULL with errno set, EFBIG if it is no regular file of a size fit for settings. */
static char *read_text(const char *file)
{
    struct stat status;
    /* Without waiting for a writer, should it be a FIFO. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = NULL;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EFBIG;
        if (S_ISREG(status.st_mode) && status.st_size <= FILE_MAX_BYTES)
            text = calloc(1, (size_t)status.st_size + 1);
        if (text != NULL && read(fd, text, (size_t)status.st_size) < 0) {
            free(text);
            text = NULL;
        }
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return text;
}

static enum entry_kind kind_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return ENTRY_INTEGER;
    case CONFIG_TYPE_FLOAT:
        return ENTRY_NUMBER;
    case CONFIG_TYPE_BOOL:
        return ENTRY_BOOL;
    case CONFIG_TYPE_STRING:
        return ENTRY_STRING;
    case CONFIG_TYPE_GROUP:
        return ENTRY_GROUP;
    default:
        return ENTRY_LIST;
    }
}

static const char *scalar_text(struct pool *pool, const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
        return pool_format(pool, "%d", config_setting_get_int(setting));
    case CONFIG_TYPE_INT64:
        return pool_format(pool, "%lld", config_setting_get_int64(setting));
    case CONFIG_TYPE_FLOAT:
        return pool_format(pool, "%.15g", config_setting_get_float(setting));
    case CONFIG_TYPE_BOOL:
        return config_setting_get_bool(setting) ? "true" : "false";
    default:
        return pool_copy(pool, config_setting_get_string(setting));
    }
}

static void read_items(struct reader *reader, const config_setting_t *setting, struct entry *entry)
{
    int count = config_setting_length(setting);
    const char **items = pool_alloc(reader->pool, ((size_t)count + 1) * sizeof(*items));
    int *lines = pool_alloc(reader->pool, ((size_t)count + 1) * sizeof(*lines));

    for (int i = 0; i < count && items != NULL && lines != NULL; i++) {
        const config_setting_t *item = config_setting_get_elem(setting, (unsigned)i);
        if (config_setting_type(item) != CONFIG_TYPE_STRING) {
            entry->kind = ENTRY_MIXED_LIST;
            continue;
        }
        lines[entry->item_count] = (int)config_setting_source_line(item);
        items[entry->item_count++] = pool_copy(reader->pool, config_setting_get_string(item));
    }
    entry->items = items;
    entry->item_lines = lines;
}

static void add_members(struct reader *reader, const config_setting_t *group, const char *path);

static void add_setting(struct reader *reader, const config_setting_t *setting, const char *path)
{
    struct entry entry = {
        .path = path,
        .kind = kind_of(setting),
        .origin = origin_of(reader, config_setting_source_file(setting),
                            (int)config_setting_source_line(setting)),
    };

    if (entry.kind == ENTRY_LIST)
        read_items(reader, setting, &entry);
    else if (entry.kind != ENTRY_GROUP)
        entry.text = scalar_text(reader->pool, setting);
    entries_add(reader->entries, reader->pool, &entry);
    if (entry.kind == ENTRY_GROUP)
        add_members(reader, setting, path);
}

static void add_members(struct reader *reader, const config_setting_t *group, const char *path)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(member);
        /* A file that ends in a syntax error leaves a setting without a value. */
        if (config_setting_type(member) == CONFIG_TYPE_NONE || duplicates_is_marked(name))
            continue;
        const char *full = path == NULL ? pool_copy(reader->pool, name)
                                        : pool_format(reader->pool, "%s.%s", path, name);
        if (full != NULL)
            add_setting(reader, member, full);
    }
}

static void report_large_integers(struct reader *reader, const char *file)
{
    const char *name = full_name(reader, file);
    __attribute__((cleanup(cleanup_text))) char *text = name == NULL ? NULL : read_text(name);

    if (text == NULL)
        return;
    struct integer_scan scan = { .text = { .at = text, .line = 1 } };
    while (integer_scan_next(&scan)) {
        struct origin origin = { .layer = LAYER_FILE, .file = name, .line = scan.text.line };
        problem_add(reader->problems, &origin,
                    "the integer %s is too large to be read; end it with an L if it is below "
                    "2^63, or write sizes in quotes with a suffix: \"16G\"",
                    scan.digits);
    }
}

static void report_parse_error(struct reader *reader, const config_t *parsed)
{
    struct origin origin = origin_of(reader, config_error_file(parsed), config_error_line(parsed));
    const char *text = config_error_text(parsed);

    if (text != NULL && strstr(text, "include") != NULL)
        problem_add(reader->problems, &origin,
                    "%s; an @include names a file relative to \"%s\", the folder of the main "
                    "file; the rest of the file was not read",
                    text, reader->folder);
    else
        problem_add(reader->problems, &origin, "%s; the rest of the file was not read",
                    text == NULL ? "cannot be parsed" : text);
}

/* The main file first, as the operator named it; libconfig has the same name. */
static const char *const *list_files(struct reader *reader, const config_t *parsed)
{
    const char **files = pool_alloc(reader->pool, (parsed->num_filenames + 2) * sizeof(*files));

    if (files == NULL)
        return NULL;
    files[0] = reader->file;
    for (unsigned i = 0; i < parsed->num_filenames; i++)
        files[i + 1] = full_name(reader, parsed->filenames[i]);
    return files;
}

static void report_duplicate(void *context, const struct duplicate *duplicate)
{
    struct reader *reader = context;
    struct origin origin = origin_of(reader, NULL, duplicate->line);

    problem_add(reader->problems, &origin,
                "\"%.*s\" is given again here, after line %d; keep one of them",
                (int)duplicate->length, duplicate->name, duplicate->first_line);
}

static bool is_duplicate(const config_t *parsed)
{
    const char *text = config_error_text(parsed);

    return text != NULL && strstr(text, "duplicate setting") != NULL;
}

/* text: of the main file.  False: it could not be read to its end. */
static bool parse(struct reader *reader, config_t *parsed, const char *text)
{
    config_set_include_dir(parsed, reader->folder);
    if (config_read_file(parsed, reader->file) == CONFIG_TRUE)
        return true;
    const char *marked =
        is_duplicate(parsed) ? duplicates_mark(reader->pool, text, report_duplicate, reader) : NULL;
    if (marked == NULL)
        return false;
    config_destroy(parsed);
    config_init(parsed);
    config_set_include_dir(parsed, reader->folder);
    return config_read_string(parsed, marked) == CONFIG_TRUE;
}

bool file_read(const char *file, struct entries *entries, struct problems *problems,
               const char *const **files)
{
    struct pool *pool = problems->pool;
    struct reader reader = { .pool = pool,
                             .entries = entries,
                             .problems = problems,
                             .file = file,
                             .folder = folder_of(pool, file) };
    __attribute__((cleanup(cleanup_text))) char *text = read_text(file);
    __attribute__((cleanup(cleanup_config))) config_t parsed;

    config_init(&parsed);
    *files = list_files(&reader, &parsed);
    if (text == NULL || reader.folder == NULL) {
        struct origin origin = origin_of(&reader, NULL, 0);
        problem_add(problems, &origin, "cannot read the configuration file: %s",
                    errno == EFBIG ? "it is not a regular file of at most 1 MiB" : strerror(errno));
        return false;
    }
    bool whole = parse(&reader, &parsed, text);
    *files = list_files(&reader, &parsed);
    if (!whole)
        report_parse_error(&reader, &parsed);
    for (unsigned i = 0; i < parsed.num_filenames; i++)
        report_large_integers(&reader, parsed.filenames[i]);
    add_members(&reader, config_root_setting(&parsed), NULL);
    return whole;
}
