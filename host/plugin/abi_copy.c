/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/abi_copy.h"

#include <string.h>

bool abi_size_sane(size_t size, size_t min_bytes)
{
    return size >= min_bytes && size <= ABI_MAX_BYTES && size % sizeof(void *) == 0;
}

void abi_copy(void *own, size_t own_bytes, const void *theirs)
{
    size_t their_bytes;

    memcpy(&their_bytes, theirs, sizeof(their_bytes));
    memset(own, 0, own_bytes);
    memcpy(own, theirs, their_bytes < own_bytes ? their_bytes : own_bytes);
    memcpy(own, &own_bytes, sizeof(own_bytes));
}
