/* SPDX-License-Identifier: MIT */
/* The landing as C sees it: the copy of landing_code.S at LANDING_ADDRESS, and its variables. */
#include <base/string.h>
#include <boot/landing.h>

/* Lies 8 bytes into the landing. */
struct landing {
    uint64_t pages, entry, stack_size;
    uint32_t own_pages, next_core, core_count, go;
};

extern const uint8_t landing_start[], landing_end[], landing_core_0[];

static volatile struct landing *landing(void) {
    return (volatile struct landing *)(uintptr_t)(LANDING_ADDRESS + 8);
}

static uint64_t pages_in_use(void) {
    uint64_t root;
    __asm__ volatile("movq %%cr3, %0" : "=r"(root));
    return root;
}

void landing_prepare(void) {
    memcpy((void *)(uintptr_t)LANDING_ADDRESS, landing_start,
           (size_t)(landing_end - landing_start));
    landing()->own_pages = (uint32_t)pages_in_use();
}

/* The number that the local APIC of this core has had since reset. */
static uint16_t own_apic(void) {
    uint32_t a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (uint16_t)(b >> 24);
}

void landing_single_core(struct cores *out) {
    *out = (struct cores){.count = 1, .boot_core = own_apic()};
}

void landing_enter(const struct entry *entry) {
    landing()->pages = entry->pages;
    landing()->entry = entry->address;
    landing()->stack_size = entry->stack_size;
    uint64_t address = LANDING_ADDRESS + (uint64_t)(landing_core_0 - landing_start);
    __asm__ volatile("jmp *%0" : : "r"(address) : "memory");
    __builtin_unreachable();
}
