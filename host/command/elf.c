/* SPDX-License-Identifier: MIT */
/*
 * A file of one section, .text, at address 0:
 *
 *   header | code ... | names | three section headers: none, .text, .shstrtab
 */
#include "elf.h"
#include <base/checked.h>
#include <elf.h>
#include <string.h>

static const char names[] = "\0.text\0.shstrtab";
constexpr uint32_t TEXT_NAME = 1, NAMES_NAME = 7;

static const struct {
    const char *cpu;
    uint16_t machine;
} machines[] = {{"x86_64", EM_X86_64}, {"aarch64", EM_AARCH64}, {"riscv64", EM_RISCV}};

uint16_t elf_machine(const char *cpu) {
    for (size_t i = 0; i < COUNT_OF(machines); i++) {
        if (strcmp(machines[i].cpu, cpu) == 0) {
            return machines[i].machine;
        }
    }
    return EM_NONE;
}

static bool put(FILE *file, const void *bytes, size_t size) {
    return fwrite(bytes, 1, size, file) == size;
}

bool elf_begin(FILE *file) {
    Elf64_Ehdr header = {};
    return put(file, &header, sizeof(header));
}

static Elf64_Ehdr header_of(uint16_t machine, uint64_t sections) {
    Elf64_Ehdr header = {
        .e_type = ET_REL,
        .e_machine = machine,
        .e_version = EV_CURRENT,
        .e_shoff = sections,
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2,
        .e_flags = machine == EM_RISCV ? EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE : 0,
    };
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    return header;
}

bool elf_finish(FILE *file, uint16_t machine) {
    long end = ftell(file);
    if (end < 0) {
        return false;
    }
    uint64_t code = sizeof(Elf64_Ehdr), text_end = (uint64_t)end;
    Elf64_Shdr sections[] = {
        {},
        {.sh_name = TEXT_NAME,
         .sh_type = SHT_PROGBITS,
         .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
         .sh_offset = code,
         .sh_size = text_end - code,
         .sh_addralign = 16},
        {.sh_name = NAMES_NAME,
         .sh_type = SHT_STRTAB,
         .sh_offset = text_end,
         .sh_size = sizeof(names),
         .sh_addralign = 1},
    };
    Elf64_Ehdr header = header_of(machine, text_end + sizeof(names));
    return put(file, names, sizeof(names)) && put(file, sections, sizeof(sections)) &&
           fseek(file, 0, SEEK_SET) == 0 && put(file, &header, sizeof(header)) && fflush(file) == 0;
}
