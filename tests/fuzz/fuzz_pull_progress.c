/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever sizes a registry claims, progress is a percentage, however the bytes are cut.  The
 * input is a list of layers and sizes, as JSON would hardly ever come out of random bytes; what
 * is left of it comes last, as it is. */
#include <pull_progress.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct claim {
    uint8_t layer, status;
    double current, total;
};
enum { CLAIM_BYTES = 2 + 2 * sizeof(double), CUTS = 7 };

static void take_claim(const uint8_t *data, struct claim *claim)
{
    claim->layer = data[0];
    claim->status = data[1];
    memcpy(&claim->current, data + 2, sizeof(double));
    memcpy(&claim->total, data + 2 + sizeof(double), sizeof(double));
}

static void say(struct pull_progress *progress, const void *bytes, size_t length, size_t piece)
{
    const char *next = bytes;

    for (; length > piece; length -= piece, next += piece)
        pull_progress_take(progress, next, piece);
    pull_progress_take(progress, next, length);
}

static void run(struct pull_progress *progress, const uint8_t *data, size_t size, size_t piece)
{
    static const char *const statuses[] = { "Downloading", "Download complete", "Pull complete",
                                            "Extracting" };

    memset(progress, 0, sizeof(*progress));
    for (; size >= CLAIM_BYTES; data += CLAIM_BYTES, size -= CLAIM_BYTES) {
        char line[256];
        struct claim claim;

        take_claim(data, &claim);
        int length = snprintf(line, sizeof(line),
                              "{\"id\":\"%u\",\"status\":\"%s\",\"progressDetail\":"
                              "{\"current\":%.17g,\"total\":%.17g}}\n",
                              claim.layer, statuses[claim.status % 4], claim.current, claim.total);

        say(progress, line, (size_t)length, piece);
    }
    say(progress, data, size, piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pull_progress whole, cut;
    int percent;

    run(&whole, data, size, size + 256);
    run(&cut, data, size, CUTS);
    percent = pull_progress_percent(&whole);
    if (percent < 0 || percent > 100 || pull_progress_percent(&cut) != percent ||
        strcmp(whole.error, cut.error) != 0)
        abort();
    return 0;
}
