/* SPDX-License-Identifier: MIT */
/*
 * The little of UEFI that the loader uses. Source: UEFI specification 2.10: sections 4 (tables), 7
 * (boot services), 8.3 (time), 12.4 (text output), 12.9 (graphics output), 13.9 (block I/O).
 * Services that are not called are untyped pointers; all functions have the calling convention of
 * the target (x86_64-unknown-windows).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef uint64_t efi_status; /* 0: success; the top bit: an error */
typedef void *efi_handle;

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

struct efi_header {
    uint64_t signature;
    uint32_t revision, size, crc, reserved;
};

struct efi_text_output {
    void *reset;
    efi_status (*output_string)(struct efi_text_output *self, const uint16_t *text);
};

struct efi_key {
    uint16_t scan, unicode;
};

struct efi_text_input {
    void *reset;
    efi_status (*read_key)(struct efi_text_input *self, struct efi_key *key);
    void *event;
};

struct efi_time {
    uint16_t year;
    uint8_t month, day, hour, minute, second, padding;
    uint32_t nanosecond;
    int16_t timezone;
    uint8_t daylight, padding2;
};

struct efi_runtime {
    struct efi_header header;
    efi_status (*get_time)(struct efi_time *time, void *capabilities);
    void *unused[9];
    void (*reset)(uint32_t kind, efi_status status, size_t size, const void *data);
};

enum efi_memory_type : uint32_t {
    EFI_BOOT_CODE = 3,
    EFI_BOOT_DATA = 4,
    EFI_CONVENTIONAL = 7,
    EFI_ACPI_RECLAIM = 9,
    EFI_ACPI_NVS = 10,
    EFI_MMIO = 11,
    EFI_MMIO_PORTS = 12,
    EFI_LOADER_DATA = 2,
};

struct efi_memory {
    uint32_t type;
    uint64_t physical, virtual, pages, attributes;
};

enum : uint32_t { EFI_ALLOCATE_BELOW = 1, EFI_SEARCH_PROTOCOL = 2, EFI_RESET_COLD = 0 };

struct efi_boot {
    struct efi_header header;
    void *raise, *restore;
    efi_status (*allocate_pages)(uint32_t how, uint32_t type, size_t pages, uint64_t *address);
    efi_status (*free_pages)(uint64_t address, size_t pages);
    efi_status (*get_memory_map)(size_t *size, void *map, size_t *key, size_t *entry_size,
                                 uint32_t *version);
    void *allocate_pool, *free_pool;
    void *create_event, *set_timer;
    efi_status (*wait_for_event)(size_t count, void **events, size_t *index);
    void *signal_event, *close_event, *check_event;
    void *install, *reinstall, *uninstall;
    efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *guid, void **out);
    void *reserved, *notify, *locate_handle, *locate_path, *install_table;
    void *load_image, *start_image, *exit, *unload_image;
    efi_status (*exit_boot_services)(efi_handle image, size_t key);
    void *count, *stall;
    efi_status (*set_watchdog)(size_t seconds, uint64_t code, size_t size, const uint16_t *data);
    void *connect, *disconnect;
    void *open_protocol, *close_protocol, *protocol_information;
    void *protocols;
    efi_status (*locate_handles)(uint32_t how, const struct efi_guid *guid, void *key,
                                 size_t *count, efi_handle **handles);
    efi_status (*locate_protocol)(const struct efi_guid *guid, void *registration, void **out);
};
static_assert(offsetof(struct efi_boot, exit_boot_services) == 232);
static_assert(offsetof(struct efi_boot, locate_protocol) == 320);

struct efi_table {
    struct efi_guid guid;
    void *table;
};

struct efi_system {
    struct efi_header header;
    const uint16_t *vendor;
    uint32_t revision;
    efi_handle input_handle;
    struct efi_text_input *input;
    efi_handle output_handle;
    struct efi_text_output *output;
    efi_handle error_handle;
    struct efi_text_output *error;
    struct efi_runtime *runtime;
    struct efi_boot *boot;
    size_t table_count;
    const struct efi_table *tables;
};

struct efi_media {
    uint32_t id;
    bool removable, present, logical_partition, read_only, write_caching;
    uint32_t block_size, alignment;
    uint64_t last_block;
};

struct efi_block {
    uint64_t revision;
    const struct efi_media *media;
    void *reset;
    efi_status (*read)(struct efi_block *self, uint32_t media, uint64_t block, size_t size,
                       void *to);
};

struct efi_mode {
    uint32_t version, width, height;
    uint32_t format; /* 0 RGB, 1 BGR, 2 masks, 3 none */
    uint32_t red, green, blue, reserved;
    uint32_t scanline_pixels;
};

struct efi_graphics {
    efi_status (*query)(struct efi_graphics *self, uint32_t number, size_t *size,
                        const struct efi_mode **mode);
    efi_status (*set)(struct efi_graphics *self, uint32_t number);
    void *blt;
    struct {
        uint32_t count, number;
        const struct efi_mode *mode;
        size_t mode_size;
        uint64_t address;
        size_t size;
    } *current;
};

/* Set by efi_main(). */
extern efi_handle efi_image;
extern struct efi_system *efi_system;

/* ---- what main.c has for the CPU's half ---- */

/* NULL: the firmware has no such table. */
const void *efi_table_find(const struct efi_guid *guid);
/* The RSDT or XSDT; 0: there is none. */
uint64_t efi_acpi_find(void);

/* ---- that half: <cpu>/machine.c ---- */

struct bootinfo;
/* Called first. */
void machine_start(void);
/* Messages, besides those to the firmware's console. */
void machine_put(uint8_t byte);
/* Fills the CPU's part of info->arch. */
void machine_tables(struct bootinfo *info);
