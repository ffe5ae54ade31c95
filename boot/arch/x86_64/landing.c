/* SPDX-License-Identifier: MIT */
/* The landing as C sees it: the copy of landing_code.S at LANDING_ADDRESS, and its variables. */
#include <base/string.h>
#include <boot/landing.h>
#include <boot/pages.h>
#include <boot/port.h>
#include <boot/tables.h>

/* Lies 8 bytes into the landing. */
struct landing {
    uint64_t pages, entry, stack_size;
    uint32_t own_pages, next_core, core_count, go;
};

/* Below 1 MiB, for cores that start in real mode. */
constexpr uint64_t LANDING_ADDRESS = 0x8000;
const struct landing_place landing_place = {LANDING_ADDRESS, 4096};

extern const uint8_t landing_start[], landing_end[], landing_core_0[];

static volatile struct landing *landing(void) {
    return (volatile struct landing *)(uintptr_t)(LANDING_ADDRESS + 8);
}

void landing_prepare(void) {
    __asm__ volatile("cli");
    memcpy((void *)(uintptr_t)LANDING_ADDRESS, landing_start,
           (size_t)(landing_end - landing_start));
}

/* The number that the local APIC of this core has had since reset. */
static uint16_t own_apic(void) {
    uint32_t a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (uint16_t)(b >> 24);
}

/* --- The other cores: INIT, then start-up interrupts (Intel SDM volume 3A, 8.4.4.1). --- */

constexpr uint32_t MSR_APIC_BASE = 0x1B, MSR_X2APIC_COMMAND = 0x830;
constexpr uint64_t APIC_ENABLED = 1 << 11, APIC_X2 = 1 << 10, APIC_ADDRESS = 0xFFFF'F000;
constexpr uint32_t APIC_COMMAND = 0x300, APIC_TARGET = 0x310, APIC_PENDING = 1 << 12;
constexpr uint32_t COMMAND_INIT = 0x4500, COMMAND_START = 0x4600 | LANDING_ADDRESS >> 12;
constexpr unsigned INIT_US = 10'000, START_US = 200, ARRIVAL_US = 100'000;
constexpr size_t CORES_MAX = 256;

static uint64_t msr_read(uint32_t number) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static void msr_write(uint32_t number, uint64_t value) {
    __asm__ volatile("wrmsr"
                     :
                     : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static volatile uint32_t *apic_register(uint64_t base, uint32_t offset) {
    return (volatile uint32_t *)(uintptr_t)((base & APIC_ADDRESS) + offset);
}

static void apic_send(uint8_t target, uint32_t command) {
    uint64_t base = msr_read(MSR_APIC_BASE);
    if ((base & APIC_X2) != 0) {
        msr_write(MSR_X2APIC_COMMAND, (uint64_t)target << 32 | command);
        return;
    }
    *apic_register(base, APIC_TARGET) = (uint32_t)target << 24;
    *apic_register(base, APIC_COMMAND) = command;
    while ((*apic_register(base, APIC_COMMAND) & APIC_PENDING) != 0) {
        __asm__ volatile("pause");
    }
}

/* By channel 2 of the PIT (1.193182 MHz), whose output port 0x61 shows. At most 50 ms. */
static void wait_us(unsigned us) {
    uint32_t ticks = us * 1193u / 1000 + 1;
    uint8_t gate = port_read_u8(0x61) & 0xFC;
    port_write_u8(0x61, gate | 1);
    port_write_u8(0x43, 0xB0); /* channel 2, both bytes, mode 0 */
    port_write_u8(0x42, (uint8_t)ticks);
    port_write_u8(0x42, (uint8_t)(ticks >> 8));
    while ((port_read_u8(0x61) & 0x20) == 0) {
        __asm__ volatile("pause");
    }
    port_write_u8(0x61, gate);
}

static void send_all(const uint8_t *apics, size_t count, uint32_t command) {
    for (size_t i = 0; i < count; i++) {
        if (apics[i] != own_apic()) {
            apic_send(apics[i], command);
        }
    }
}

/* Waits until all have come, or until no more can be expected. */
static void await(size_t count) {
    for (unsigned us = 0; us < ARRIVAL_US && landing()->next_core < count; us += START_US) {
        wait_us(START_US);
    }
}

static uint8_t apics[CORES_MAX];

/* Tables above what is mapped say nothing. */
void landing_count_cores(const uint64_t words[8], bool single, struct cores *out) {
    uint64_t acpi = words[0] < PAGES_IDENTITY_SIZE ? words[0] : 0;
    bool startable = !single && (msr_read(MSR_APIC_BASE) & APIC_ENABLED) != 0;
    size_t count = startable ? tables_find_cores(acpi, apics, CORES_MAX) : 0;
    *out = (struct cores){.count = count > 1 ? (uint16_t)count : 1, .boot_core = own_apic()};
}

void landing_start_cores(uint64_t pages, struct cores *cores) {
    size_t count = cores->count;
    if (count < 2) {
        return;
    }
    landing()->own_pages = (uint32_t)pages;
    send_all(apics, count, COMMAND_INIT);
    wait_us(INIT_US);
    send_all(apics, count, COMMAND_START);
    wait_us(START_US);
    if (landing()->next_core < count) { /* some CPUs want it twice, none minds */
        send_all(apics, count, COMMAND_START);
    }
    await(count);
    uint32_t came = landing()->next_core;
    cores->count = (uint16_t)(came < count ? came : count);
    landing()->core_count = cores->count;
}

/* The interrupt controllers of old are masked: their vectors are nobody's. */
void landing_enter(const struct entry *entry) {
    port_write_u8(0x21, 0xFF);
    port_write_u8(0xA1, 0xFF);
    landing()->pages = entry->pages;
    landing()->entry = entry->address;
    landing()->stack_size = entry->stack_size;
    uint64_t address = LANDING_ADDRESS + (uint64_t)(landing_core_0 - landing_start);
    __asm__ volatile("jmp *%0" : : "r"(address) : "memory");
    __builtin_unreachable();
}
