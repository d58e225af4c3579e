/* SPDX-License-Identifier: Apache-2.0 */
#include "job/id.h"

#include "base/clock.h"

#include <string.h>
#include <sys/random.h>

enum { ID_BITS_BYTES = 16, ID_TEXT_LENGTH = 26, TIME_BYTES = 6 };

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool job_id_valid(const char *text)
{
    size_t length = strnlen(text, JOB_ID_BYTES);

    if (length == 0 || length > JOB_ID_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_alphanumeric(text[i]) && text[i] != '-')
            return false;
    }
    return text[0] != '-' && text[length - 1] != '-';
}

/* Requests of up to 256 bytes are never cut short once the kernel's pool is ready, and
 * until then the call waits: only a signal can interrupt it. */
static void fill_random(unsigned char *bytes, size_t size)
{
    while (getrandom(bytes, size, 0) != (ssize_t)size)
        ;
}

/* 128 bits are 25 characters of 5 bits and a first one of 3. */
static void encode(const unsigned char bits[static ID_BITS_BYTES], char *text)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

    for (int i = 0; i < ID_TEXT_LENGTH; i++) {
        unsigned value = 0;

        for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++) {
            unsigned set = bit < 0 ? 0 : (unsigned)(bits[bit / 8] >> (7 - bit % 8)) & 1u;

            value = value << 1 | set;
        }
        text[i] = alphabet[value];
    }
    text[ID_TEXT_LENGTH] = '\0';
}

void job_id_make(char id[static JOB_ID_BYTES])
{
    unsigned char bits[ID_BITS_BYTES];
    uint64_t now_ms = (uint64_t)clock_wall_ms();

    for (int i = 0; i < TIME_BYTES; i++)
        bits[i] = (unsigned char)(now_ms >> (8 * (TIME_BYTES - 1 - i)));
    fill_random(bits + TIME_BYTES, sizeof(bits) - TIME_BYTES);
    encode(bits, id);
}
