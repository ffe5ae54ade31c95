/* SPDX-License-Identifier: MIT */
/*
 * What the portable half asks of the firmware it runs on: boot/firmware/<name>/ provides these, and
 * so does the test in boot/test/; what depends on the CPU alone, boot/arch/<cpu>/. All memory that
 * they give is mapped at its physical address.
 */
#pragma once
#include <abi/bootinfo.h>
#include <base/string.h>
#include <boot/disk.h>
#include <boot/memory.h>

/* The machine that the kernel must be made for (KERNEL_X86_64 ...), and the file's name of an
 * initrd for this machine: by the CPU. The loader's kind for bootinfo's `protocol`. */
extern const uint16_t firmware_machine;
extern const char firmware_initrd_name[];
extern const uint8_t firmware_loader;

/* To the serial port and the screen. */
void firmware_print(struct text text);

/* The disks to look at, in this order; false when there is none of this number. */
[[nodiscard]] bool firmware_disk(size_t index, struct disk *out);

/* Whole pages, below PAGES_IDENTITY_SIZE, contents undefined. */
[[nodiscard]] bool firmware_allocate(uint64_t size, uint64_t *address);
/* Gives back what was allocated with this size. */
void firmware_release(uint64_t address, uint64_t size);
/* Is any of this memory, and not registers of devices? For CPUs whose page tables say so. */
bool firmware_is_memory(uint64_t address, uint64_t size);
/* Bytes that could still be allocated, for messages. */
uint64_t firmware_memory_left(void);

struct framebuffer {
    uint64_t address; /* 0: there is none */
    uint32_t size;
    uint32_t width, height, scanline; /* scanline in bytes */
    enum bootinfo_framebuffer type;
};

/* The mode of 32 bits per pixel that comes closest to the size asked for. */
void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out);

/* Date and time in BCD, as in bootinfo; zeros when nobody knows. */
void firmware_date(uint8_t date[8], int16_t *timezone_minutes);

/* bootinfo.arch. */
void firmware_tables(uint64_t words[8]);

struct cores {
    uint16_t count;     /* that firmware_enter() will send into the kernel */
    uint16_t boot_core; /* APIC id of the first */
};
/* How many cores there are at most. `single`: the kernel asks for one core only. */
void firmware_cores(bool single, struct cores *out);

/* The final map, and how many cores have really come; `pages` are the kernel's tables. The firmware
 * is left: nothing but firmware_enter() may be called after it. */
[[nodiscard]] bool firmware_finish(uint64_t pages, struct cores *cores,
                                   const struct memory_map **out, struct complaint *complaint);

struct entry {
    uint64_t pages; /* root of the tables */
    uint64_t address;
    uint32_t stack_size; /* core n starts with its stack pointer at -n * stack_size */
};
[[noreturn]] void firmware_enter(const struct entry *entry);

/* After a complaint: waits until someone restarts the machine. */
[[noreturn]] void firmware_stop(void);
