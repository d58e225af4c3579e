/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/elf_note.h"

#include <gelf.h>
#include <link.h>
#include <maps_runtime.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* The ELF header of the running program, defined by the linker. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static void elf_cleanup(Elf **elf)
{
    (void)elf_end(*elf);
}

static struct error *check_kind(Elf *elf)
{
    GElf_Ehdr header;

    if (elf == NULL || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == NULL)
        return error_new(ERROR_INVALID, NULL,
                         "It is not an ELF file. Put a compiled plugin there, or remove it.");
    if (header.e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
        header.e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] ||
        header.e_machine != __ehdr_start.e_machine)
        return error_new(ERROR_INVALID, NULL,
                         "It was built for another kind of machine (ELF class %d, machine %d; this "
                         "host: class %d, machine %d). Install the build for this one.",
                         header.e_ident[EI_CLASS], header.e_machine, __ehdr_start.e_ident[EI_CLASS],
                         __ehdr_start.e_machine);
    if (header.e_type != ET_DYN)
        return error_new(ERROR_INVALID, NULL,
                         "It is an ELF file, but not a shared object. Link it with -shared.");
    return NULL;
}

/* Code mapped from beyond the end of the file would be SIGBUS when it is first used. */
static struct error *check_whole(Elf *elf, int fd)
{
    struct stat status;
    size_t count = 0;
    bool whole = fstat(fd, &status) == 0 && elf_getphdrnum(elf, &count) == 0 && count > 0;

    for (size_t i = 0; whole && i < count; i++) {
        GElf_Phdr segment;
        uint64_t end;

        whole = gelf_getphdr(elf, (int)i, &segment) != NULL &&
                !__builtin_add_overflow(segment.p_offset, segment.p_filesz, &end) &&
                (segment.p_type != PT_LOAD || end <= (uint64_t)status.st_size);
    }
    return whole ? NULL
                 : error_new(ERROR_INVALID, NULL, "It is damaged or cut short. Copy it again.");
}

static Elf_Data *find_section(Elf *elf, const char *wanted)
{
    Elf_Scn *section = NULL;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;
        const char *name;

        if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_NOTE)
            continue;
        name = elf_strptr(elf, names, header.sh_name);
        if (name != NULL && strcmp(name, wanted) == 0)
            return elf_getdata(section, NULL);
    }
    return NULL;
}

static bool is_abi_note(const Elf_Data *data, const GElf_Nhdr *note, size_t name_at)
{
    return note->n_type == MAPS_NOTE_TYPE && note->n_namesz == sizeof(MAPS_NOTE_OWNER) &&
           note->n_descsz == sizeof(uint32_t) &&
           memcmp((const char *)data->d_buf + name_at, MAPS_NOTE_OWNER, sizeof(MAPS_NOTE_OWNER)) ==
               0;
}

static bool read_version(Elf *elf, uint32_t *abi_version)
{
    Elf_Data *data = find_section(elf, MAPS_NOTE_SECTION);
    size_t at = 0, name_at, value_at;
    GElf_Nhdr note;

    while (data != NULL && (at = gelf_getnote(data, at, &note, &name_at, &value_at)) > 0) {
        if (!is_abi_note(data, &note, name_at))
            continue;
        memcpy(abi_version, (const char *)data->d_buf + value_at, sizeof(*abi_version));
        return true;
    }
    return false;
}

struct error *elf_note_check(int fd, uint32_t *abi_version)
{
    *abi_version = 0;
    if (elf_version(EV_CURRENT) == EV_NONE)
        return error_new(ERROR_INTERNAL, NULL, "libelf is of another version: %s", elf_errmsg(-1));
    __attribute__((cleanup(elf_cleanup))) Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    struct error *err = check_kind(elf);
    if (err == NULL)
        err = check_whole(elf, fd);
    if (err != NULL)
        return err;
    if (!read_version(elf, abi_version))
        return error_new(ERROR_INVALID, NULL,
                         "It is not a runtime plugin: it has no note %s. A plugin says "
                         "MAPS_REGISTER_RUNTIME(...) once and keeps that section.",
                         MAPS_NOTE_SECTION);
    if (*abi_version != MAPS_ABI_VERSION)
        return error_new(ERROR_INVALID, NULL,
                         "It was built for version %u of the plugin interface, and this host knows "
                         "only version %u. Install a build for this host.",
                         *abi_version, MAPS_ABI_VERSION);
    return NULL;
}
