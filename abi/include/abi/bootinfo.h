/* SPDX-License-Identifier: MIT */
/*
 * The BOOTBOOT hand-over: what any loader of that protocol leaves for the kernel.
 *
 * Source: BOOTBOOT protocol specification, "bootboot structure". Little endian, packed, one page at
 * BOOTINFO_ADDRESS; at most BOOTINFO_MAP_MAX memory map entries. See doc/boot.md.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint64_t BOOTINFO_FRAMEBUFFER_ADDRESS = 0xFFFF'FFFF'FC00'0000;
constexpr uint64_t BOOTINFO_ADDRESS = 0xFFFF'FFFF'FFE0'0000;
constexpr uint64_t BOOTINFO_ENVIRONMENT_ADDRESS = 0xFFFF'FFFF'FFE0'1000;
constexpr uint64_t BOOTINFO_KERNEL_ADDRESS = 0xFFFF'FFFF'FFE0'2000;
constexpr uint32_t BOOTINFO_ENVIRONMENT_SIZE = 4096;
constexpr uint32_t BOOTINFO_STACK_SIZE = 1024; /* per core at level 1; core n starts at -n * this */

enum bootinfo_protocol : uint8_t {
    BOOTINFO_LEVEL_STATIC = 1,
    BOOTINFO_LEVEL_DYNAMIC = 2,
    BOOTINFO_LOADER_BIOS = 0 << 2,
    BOOTINFO_LOADER_UEFI = 1 << 2,
    BOOTINFO_LOADER_RPI = 2 << 2,
    BOOTINFO_LOADER_MASK = 3 << 2,
};

enum bootinfo_framebuffer : uint8_t {
    BOOTINFO_ARGB = 0,
    BOOTINFO_RGBA = 1,
    BOOTINFO_ABGR = 2,
    BOOTINFO_BGRA = 3,
};

/* The type of a map entry lies in the low 4 bits of its size. */
enum bootinfo_memory : uint8_t {
    BOOTINFO_USED = 0,
    BOOTINFO_FREE = 1,
    BOOTINFO_ACPI = 2,
    BOOTINFO_MMIO = 3,
};

struct bootinfo_map {
    uint64_t address;
    uint64_t size_and_type;
};

struct bootinfo {
    char magic[4]; /* "BOOT" */
    uint32_t size; /* 128 + 16 * map entries */
    uint8_t protocol;
    uint8_t framebuffer_type;
    uint16_t core_count;
    uint16_t boot_core; /* id of core 0 */
    int16_t timezone_minutes;
    uint8_t date[8]; /* BCD yyyymmddhhmmss and hundredths */
    uint64_t initrd_address;
    uint64_t initrd_size;
    uint64_t framebuffer_address; /* physical */
    uint32_t framebuffer_size;
    uint32_t framebuffer_width;
    uint32_t framebuffer_height;
    uint32_t framebuffer_scanline; /* bytes */
    union {
        uint64_t words[8];
        struct {
            uint64_t acpi; /* the RSDT or XSDT itself */
            uint64_t smbios;
            uint64_t efi;
            uint64_t mp;
        } x86_64;
        struct {
            uint64_t acpi;
            uint64_t mmio; /* devices of a Raspberry Pi; 0: another machine */
            uint64_t efi;
            uint64_t tree; /* Copper's own: the device tree, in memory that is used; 0: none */
        } aarch64;
        struct { /* Copper's own: the protocol has none. doc/boot.md, decision 36 */
            uint64_t acpi;
            uint64_t tree; /* the device tree; its memory is used */
            uint64_t efi;
            uint64_t boot_hart; /* id of the hart that is core 0; boot_core has its low bits */
        } riscv64;
    } arch;
    struct bootinfo_map map[];
};
static_assert(offsetof(struct bootinfo, map) == 128);
static_assert(offsetof(struct bootinfo, initrd_address) == 0x18);
static_assert(offsetof(struct bootinfo, arch) == 0x40);

constexpr uint32_t BOOTINFO_MAP_MAX = (4096 - 128) / 16;
