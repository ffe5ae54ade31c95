/* SPDX-License-Identifier: MIT */
/* Kernel files of either format: what must be true of all of them. */
#include "executable.h"
#include <abi/bootinfo.h>
#include <base/checked.h>
#include <base/string.h>

constexpr uint64_t PAGE = 4096;

static const char *machine_name(uint16_t machine) {
    switch (machine) {
    case KERNEL_X86_64:
        return "x86_64";
    case KERNEL_AARCH64:
        return "aarch64";
    case KERNEL_RISCV64:
        return "riscv64";
    default:
        return "another machine";
    }
}

bool kernel_check_machine(uint16_t machine, uint16_t wanted, struct complaint *complaint) {
    return machine == wanted ||
           complain(complaint, "the kernel is for %s (ELF machine %u), this machine is %s",
                    machine_name(machine), machine, machine_name(wanted));
}

static bool size_check(uint64_t size, struct complaint *complaint) {
    return (size != 0 && size <= KERNEL_SIZE_MAX) ||
           complain(complaint, "the kernel wants %llu bytes of memory, at most %llu are given",
                    (unsigned long long)size, (unsigned long long)KERNEL_SIZE_MAX);
}

static bool image_check(const struct kernel *kernel, struct complaint *complaint) {
    if (!size_check(kernel->size, complaint)) {
        return false;
    }
    if (kernel->address % PAGE != 0 || kernel->address < KERNEL_WINDOW ||
        kernel->address > -align_up(kernel->size, PAGE)) {
        return complain(complaint, "the kernel's address 0x%llx is not at a page or too high",
                        (unsigned long long)kernel->address);
    }
    if (kernel->entry - kernel->address >= kernel->size) {
        return complain(complaint, "the kernel's entry 0x%llx is not within it",
                        (unsigned long long)kernel->entry);
    }
    return true;
}

void kernel_apply_symbol(struct kernel *kernel, const char name[SYMBOL_NAME_SIZE], uint64_t value) {
    struct text text = text_of(name);
    if (text_equal(text, text_of("bootboot"))) {
        kernel->bootinfo = value;
    } else if (text_equal(text, text_of("environment"))) {
        kernel->environment = value;
    } else if (text_equal(text, text_of("fb"))) {
        kernel->framebuffer = value;
    } else if (text_equal(text, text_of("initstack"))) {
        uint64_t size = align_up(value & 0xFFFF'FFFF, 16);
        size = size < BOOTINFO_STACK_SIZE ? BOOTINFO_STACK_SIZE : size;
        kernel->stack_size = size > KERNEL_STACK_MAX ? KERNEL_STACK_MAX : (uint32_t)size;
    }
}

void kernel_read_name(struct bytes strings, uint64_t offset, char out[SYMBOL_NAME_SIZE]) {
    for (size_t i = 0; i < SYMBOL_NAME_SIZE && peek(strings, offset + i, &out[i], 1); i++) {
        if (out[i] == 0) {
            return;
        }
    }
    out[0] = 0; /* one that does not end here is none that matters */
}

static bool places_check(const struct kernel *kernel, struct complaint *complaint) {
    const uint64_t places[] = {kernel->bootinfo, kernel->environment, kernel->framebuffer};
    static const char *const names[] = {"bootboot", "environment", "fb"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (places[i] < KERNEL_WINDOW || places[i] % PAGE != 0) {
            return complain(complaint,
                            "the kernel's symbol %s is at 0x%llx: not a page in the "
                            "topmost GiB",
                            names[i], (unsigned long long)places[i]);
        }
    }
    return true;
}

bool kernel_parse(struct bytes file, uint16_t machine, struct kernel *out,
                  struct complaint *complaint) {
    *out = (struct kernel){
        .bootinfo = BOOTINFO_ADDRESS,
        .environment = BOOTINFO_ENVIRONMENT_ADDRESS,
        .framebuffer = BOOTINFO_FRAMEBUFFER_ADDRESS,
        .stack_size = BOOTINFO_STACK_SIZE,
    };
    char magic[2] = {};
    bool is_pe = peek(file, 0, magic, sizeof magic) && magic[0] == 'M' && magic[1] == 'Z';
    return (is_pe ? pe_parse : elf_parse)(file, machine, out, complaint) &&
           image_check(out, complaint) && places_check(out, complaint);
}
