/* SPDX-License-Identifier: MIT */
/*
 * A file of code at address 0:
 *
 *   header | code ... | names | symbols | section headers: none, .text, .symtab, names
 */
#include "elf.h"
#include <base/checked.h>
#include <elf.h>
#include <string.h>

static const char names[] = "\0.text\0.symtab\0.strtab\0code";
constexpr uint32_t TEXT_NAME = 1, SYMBOLS_NAME = 7, NAMES_NAME = 15, CODE_NAME = 23;
enum : uint16_t { TEXT = 1, SYMBOLS, NAMES, SECTIONS };
/* RISC-V ELF psABI 8.1: compressed instructions, doubles in registers. Not every <elf.h> has it. */
constexpr uint32_t RISCV_FLAGS = 0x0001 | 0x0004;

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
        .e_shnum = SECTIONS,
        .e_shstrndx = NAMES,
        .e_flags = machine == EM_RISCV ? RISCV_FLAGS : 0,
    };
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    return header;
}

static bool put_symbols(FILE *file, const uint64_t *starts, size_t count) {
    Elf64_Sym symbol = {};
    bool good = put(file, &symbol, sizeof(symbol));
    symbol = (Elf64_Sym){
        .st_name = CODE_NAME, .st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), .st_shndx = TEXT};
    for (size_t i = 0; good && i < count; i++) {
        symbol.st_value = starts[i];
        good = put(file, &symbol, sizeof(symbol));
    }
    return good;
}

bool elf_finish(FILE *file, uint16_t machine, const uint64_t *starts, size_t count) {
    long end = ftell(file);
    if (end < 0) {
        return false;
    }
    uint64_t code = sizeof(Elf64_Ehdr), text_end = (uint64_t)end;
    uint64_t symbols = text_end + sizeof(names), size = (count + 1) * sizeof(Elf64_Sym);
    Elf64_Shdr sections[SECTIONS] = {
        [TEXT] = {.sh_name = TEXT_NAME,
                  .sh_type = SHT_PROGBITS,
                  .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                  .sh_offset = code,
                  .sh_size = text_end - code,
                  .sh_addralign = 16},
        [SYMBOLS] = {.sh_name = SYMBOLS_NAME,
                     .sh_type = SHT_SYMTAB,
                     .sh_offset = symbols,
                     .sh_size = size,
                     .sh_link = NAMES,
                     .sh_info = (uint32_t)(count + 1), /* all are local */
                     .sh_addralign = 8,
                     .sh_entsize = sizeof(Elf64_Sym)},
        [NAMES] = {.sh_name = NAMES_NAME,
                   .sh_type = SHT_STRTAB,
                   .sh_offset = text_end,
                   .sh_size = sizeof(names),
                   .sh_addralign = 1},
    };
    Elf64_Ehdr header = header_of(machine, symbols + size);
    return put(file, names, sizeof(names)) && put_symbols(file, starts, count) &&
           put(file, sections, sizeof(sections)) && fseek(file, 0, SEEK_SET) == 0 &&
           put(file, &header, sizeof(header)) && fflush(file) == 0;
}
