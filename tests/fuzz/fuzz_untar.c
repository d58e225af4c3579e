/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever an archive has in it, nothing of it lands beside the folder it is unpacked into, and
 * only files and folders do.  The input is a list of entries rather than the archive itself, so
 * that checksums are right and the bytes behind them are reached. */
#include <tarball.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK = 512, BYTES_MAX = 1 << 20, ENTRIES_MAX = 50, FOLDERS_OPEN = 20 };

static char outside[] = "/tmp/maps-fuzz-untar-XXXXXX";
static char inside[sizeof(outside) + 3];

struct input {
    const uint8_t *next;
    size_t left;
};

static uint8_t take_byte(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->next++;
}

/* A length, and as many bytes of it as there are and fit. */
static size_t take_bytes(struct input *input, char *to, size_t most)
{
    size_t length = take_byte(input);

    if (length > most)
        length = most;
    if (length > input->left)
        length = input->left;
    if (length > 0)
        memcpy(to, input->next, length);
    input->next += length;
    input->left -= length;
    return length;
}

static void seal(char *header)
{
    unsigned sum = 0;

    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)header[i];
    (void)snprintf(header + 148, 8, "%06o", sum & 0777777);
}

static int write_entry(struct untar *untar, struct input *input)
{
    char header[BLOCK] = "", body[BLOCK] = "";
    uint8_t kind = take_byte(input), mode = take_byte(input);
    size_t length;

    header[156] = (char)kind;
    (void)take_bytes(input, header, 100);
    (void)take_bytes(input, header + 157, 100);
    (void)take_bytes(input, header + 345, 155);
    length = take_bytes(input, body, 255);
    (void)snprintf(header + 100, 8, "%07o", mode * 17u);
    (void)snprintf(header + 124, 12, "%011zo", length);
    memcpy(header + 257, mode % 2 == 0 ? "ustar\00000" : "ustar  ", 8);
    seal(header);
    int rc = untar_write(untar, header, sizeof(header));

    return rc != 0 || length == 0 ? rc : untar_write(untar, body, sizeof(body));
}

static void unpack(int dir_fd, struct input *input)
{
    const struct tarball_limits limits = { .bytes = BYTES_MAX, .entries = ENTRIES_MAX };
    static const char end[2 * BLOCK];
    struct untar *untar = untar_new(dir_fd, take_byte(input) % 2 == 0 ? "" : "o", &limits);
    struct fault fault;
    int rc = 0;

    if (untar == NULL)
        return;
    while (rc == 0 && input->left > 0)
        rc = write_entry(untar, input);
    if (rc == 0)
        rc = untar_write(untar, end, sizeof(end));
    if (untar_finish(untar, &fault) == 0 && rc != 0)
        abort(); /* a failure that was told once is not forgotten */
    untar_free(untar);
}

static size_t seen;

static int check(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)type;
    if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
        abort();
    if ((st->st_mode & 07000) != 0 || st->st_size > BYTES_MAX)
        abort();
    if (where->level == 1 && strcmp(path, inside) != 0)
        abort();
    seen += where->level > 1;
    return where->level > 1 ? remove(path) : 0;
}

static void remove_folders(void)
{
    (void)rmdir(inside);
    (void)rmdir(outside);
}

static void make_folders(void)
{
    if (inside[0] != '\0')
        return;
    if (mkdtemp(outside) == NULL)
        abort();
    (void)snprintf(inside, sizeof(inside), "%s/in", outside);
    if (mkdir(inside, 0700) != 0)
        abort();
    (void)atexit(remove_folders);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };

    make_folders();
    int dir_fd = open(inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir_fd < 0)
        abort();
    unpack(dir_fd, &input);
    (void)close(dir_fd);
    seen = 0;
    if (nftw(outside, check, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS) != 0 || seen > ENTRIES_MAX)
        abort();
    return 0;
}
