/* SPDX-License-Identifier: Apache-2.0 */
/* No name in an archive has a part that could lead out of the folder it belongs to. */
#include <untar_place.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_harmless(const char *part)
{
    return part[0] != '\0' && strchr(part, '/') == NULL && strcmp(part, ".") != 0 &&
           strcmp(part, "..") != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *name = strndup((const char *)data, size);
    struct place place;

    if (name == NULL)
        return 0;
    if (place_parse(&place, name, size % 2 == 0 ? "" : "output") == 0) {
        if (place.depth == 0 || place.depth > PLACE_MAX_DEPTH)
            abort();
        for (size_t i = 0; i < place.depth; i++) {
            if (!is_harmless(place.parts[i]))
                abort();
        }
    }
    free(name);
    return 0;
}
