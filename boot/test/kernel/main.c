/* SPDX-License-Identifier: MIT */
/*
 * A kernel that only tells, on the first serial port, what a loader has handed over, one
 * "key value" per line, and switches the machine off. test/test_boot.py reads it.
 */
#include <abi/bootinfo.h>
#include <base/crc32.h>
#include <base/format.h>
#include <base/string.h>
#include <boot/port.h>

extern const struct bootinfo bootboot;
extern const char environment[];
extern volatile uint32_t fb[];

[[noreturn]] void kernel_main(uint64_t stack);
void kernel_other_core(uint64_t stack, uint32_t apic);

constexpr uint32_t CORES_MAX = 32;

static uint32_t arrived, others; /* cores but the first that have come, and that have told */
static uint64_t stacks[CORES_MAX];
static uint32_t apics[CORES_MAX];
static uint8_t untouched[65536]; /* .bss: must be zero */
static uint32_t initialised = 0x600D'DA7A;

static void put(void *context, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        while ((port_read_u8(0x3FD) & 0x20) == 0) {
        }
        port_write_u8(0x3F8, (uint8_t)bytes[i]);
    }
}

#define tell(...) format_to(put, nullptr, __VA_ARGS__)
#define wide(x)   ((unsigned long long)(x))

/* Does SSE work? A round trip through XMM0 (in entry.S: C is compiled without). */
uint64_t sse_pass(uint64_t value);

static uint64_t flags_read(void) {
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    return flags;
}

static uint32_t efer_read(void) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xC0000080));
    return low;
}

static void tell_cpu(uint64_t stack) {
    uint64_t cr0, cr4;
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
    tell("stack 0x%llx\ncr0 0x%llx\ncr4 0x%llx\nefer 0x%x\n", wide(stack), wide(cr0), wide(cr4),
         efer_read());
    tell("interrupts %u\nsse 0x%llx\n", (unsigned)(flags_read() >> 9 & 1),
         wide(sse_pass(0x1234'5678'9ABC'DEF0)));
}

static void tell_memory(void) {
    size_t entries = (bootboot.size - sizeof bootboot) / sizeof bootboot.map[0];
    for (size_t i = 0; i < entries; i++) {
        tell("map 0x%llx 0x%llx %u\n", wide(bootboot.map[i].address),
             wide(bootboot.map[i].size_and_type & ~UINT64_C(15)),
             (unsigned)(bootboot.map[i].size_and_type & 15));
    }
}

/* Writes through the high mapping, reads back through the identity mapping. */
static void tell_framebuffer(void) {
    tell("framebuffer 0x%llx %u %u %u %u %u\n", wide(bootboot.framebuffer_address),
         bootboot.framebuffer_size, bootboot.framebuffer_width, bootboot.framebuffer_height,
         bootboot.framebuffer_scanline, bootboot.framebuffer_type);
    if (bootboot.framebuffer_address == 0) {
        return;
    }
    uint32_t last = bootboot.framebuffer_size / 4 - 1;
    volatile uint32_t *low = (volatile uint32_t *)(uintptr_t)bootboot.framebuffer_address;
    fb[0] = 0x00C0'FFEE;
    fb[last] = 0x00B0'0B00;
    tell("pixels 0x%x 0x%x\n", low[0], low[last]);
}

static void tell_information(void) {
    const uint8_t *d = bootboot.date;
    tell("magic %.4s\nsize %u\nprotocol 0x%x\n", bootboot.magic, bootboot.size, bootboot.protocol);
    tell("cores %u\nbspid %u\n", bootboot.core_count, bootboot.boot_core);
    tell("date %02x%02x%02x%02x%02x%02x%02x%02x\ntimezone %d\n", d[0], d[1], d[2], d[3], d[4], d[5],
         d[6], d[7], bootboot.timezone_minutes);
    const uint8_t *initrd = (const uint8_t *)(uintptr_t)bootboot.initrd_address;
    tell("initrd 0x%llx %llu 0x%x\n", wide(bootboot.initrd_address), wide(bootboot.initrd_size),
         crc32_add(0, initrd, bootboot.initrd_size));
    const char *acpi = (const char *)(uintptr_t)bootboot.arch.x86_64.acpi;
    const char *smbios = (const char *)(uintptr_t)bootboot.arch.x86_64.smbios;
    const char *mp = (const char *)(uintptr_t)bootboot.arch.x86_64.mp;
    tell("acpi %.4s\nsmbios %.3s\nmp %.4s\nefi 0x%llx\n", acpi != nullptr ? acpi : "none",
         smbios != nullptr ? smbios : "none", mp != nullptr ? mp : "none",
         wide(bootboot.arch.x86_64.efi));
}

static void tell_environment(void) {
    size_t size = strlen(environment);
    tell("environment %zu 0x%x\n", size, crc32_add(0, (const uint8_t *)environment, size));
}

static void tell_other_cores(void) {
    for (uint64_t i = 0; i < 400'000'000; i++) {
        if (__atomic_load_n(&others, __ATOMIC_ACQUIRE) + 1 == bootboot.core_count) {
            break;
        }
        __asm__ volatile("pause");
    }
    uint32_t count = __atomic_load_n(&others, __ATOMIC_ACQUIRE);
    tell("entered %u\n", count + 1);
    for (uint32_t i = 0; i < count && i < CORES_MAX; i++) {
        tell("core %u %llu\n", apics[i], wide(-stacks[i]));
    }
}

static uint32_t bss_dirty(void) {
    uint32_t dirty = 0;
    for (size_t i = 0; i < sizeof untouched; i++) {
        dirty |= ((volatile uint8_t *)untouched)[i];
    }
    return dirty;
}

static void write_u16(uint16_t port, uint16_t value) {
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

void kernel_main(uint64_t stack) {
    tell("hello\n");
    tell("bss %u\ndata 0x%x\n", bss_dirty(), *(volatile uint32_t *)&initialised);
    tell_cpu(stack);
    tell_information();
    tell_memory();
    tell_framebuffer();
    tell_environment();
    tell_other_cores();
    tell("done\n");
    write_u16(0x604, 0x2000);  /* QEMU's ACPI power management, where SeaBIOS puts it: off */
    write_u16(0xB004, 0x2000); /* where OVMF does */
    while (true) {
        __asm__ volatile("cli; hlt");
    }
}

/* On the loader's own small stack. */
void kernel_other_core(uint64_t stack, uint32_t apic) {
    uint32_t index = __atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
    if (index < CORES_MAX) {
        stacks[index] = stack;
        apics[index] = apic;
    }
    __atomic_fetch_add(&others, 1, __ATOMIC_RELEASE);
}
