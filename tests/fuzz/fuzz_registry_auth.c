/* SPDX-License-Identifier: Apache-2.0 */
/* Any image name with any configuration: the name ends at the first line feed. */
#include <image_reference.h>
#include <registry_auth.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
    size_t length = end == NULL ? size : (size_t)(end - data);
    size_t used = end == NULL ? size : length + 1;
    char *image = strndup((const char *)data, length), *header = NULL;
    struct image_reference reference;
    struct fault fault;
    int rc;

    if (image == NULL)
        return 0;
    rc = registry_auth_find((const char *)data + used, size - used, image, &header, &fault);
    if ((rc == 0) != (header != NULL))
        abort();
    if (image_reference_parse(image, &reference) &&
        (reference.path[0] == '\0' || reference.registry[0] == '\0'))
        abort();
    free(header);
    free(image);
    return 0;
}
