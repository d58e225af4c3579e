/* SPDX-License-Identifier: Apache-2.0 */
/* What a file says about itself before any of its code is mapped: that it is a shared
 * object for this machine, and which version of the plugin interface it was built for. */
#ifndef MAPS_HOST_PLUGIN_ELF_NOTE_H
#define MAPS_HOST_PLUGIN_ELF_NOTE_H

#include "base/error.h"

#include <stdint.h>

/* Fails unless the version is one that this host knows; *abi_version is set whenever the
 * note could be read, else 0. */
MUST_CHECK struct error *elf_note_check(int fd, uint32_t *abi_version);

#endif
