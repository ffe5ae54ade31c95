/* SPDX-License-Identifier: MIT */
/*
 * From files that were sent to the next system. What was not sent stays as it is: the initrd in its
 * place, CONFIG verbatim. A kernel that was not sent comes from the initrd, as at a boot. Behind
 * CONFIG the next system finds what of it was sent, and with which hash:
 *
 *     // pushed
 *     pushed_kernel=0123456789abcdef
 */
#include "reload.h"
#include "firmware.h"
#include <abi/bootinfo.h>
#include <arch/leave.h>
#include <base/checked.h>
#include <base/environment.h>
#include <base/format.h>
#include <base/string.h>
#include <boot/inflate.h>
#include <boot/initrd.h>
#include <boot/place.h>
#include <kernel/frame.h>

static const char MARK[] = "\n// pushed\n";
constexpr size_t HASH_DIGITS = 16; /* of 64: for people */

static const char *const keys[CONTROL_KINDS] = {
    [CONTROL_KERNEL] = "pushed_kernel",
    [CONTROL_INITRD] = "pushed_initrd",
    [CONTROL_CONFIG] = "pushed_config",
};

static bool has(const struct reload *reload, enum control_kind kind) {
    return reload->set >> kind & 1;
}

/* Where the loader's half sees what we see in the direct map. */
static struct bytes at_physical(struct bytes bytes) {
    return bytes_init((const void *)((uintptr_t)bytes.at - memory_direct), bytes_left(&bytes));
}

/* ---- CONFIG ---- */

static struct text old_environment(void) {
    const char *text = (const char *)BOOTINFO_ENVIRONMENT_ADDRESS;
    size_t size = 0;
    while (size < BOOTINFO_ENVIRONMENT_SIZE && text[size] != 0) {
        size++;
    }
    return (struct text){text, size};
}

/* CONFIG as it was before anything was added to it. */
static struct text without_mark(struct text text) {
    constexpr size_t SIZE = sizeof(MARK) - 1;
    for (size_t at = text.size; at >= SIZE; at--) {
        if (memcmp(text.bytes + at - SIZE, MARK, SIZE) == 0) {
            return (struct text){text.bytes, at - SIZE};
        }
    }
    return text;
}

/* The hash of what the next system has of this kind; false when it came with the machine. */
static bool origin_of(const struct reload *reload, enum control_kind kind, char *out) {
    char digits[2 * SHA256_SIZE + 1];
    struct text value;
    if (has(reload, kind)) {
        sha256_text(reload->files[kind].hash, digits);
        memcpy(out, digits, HASH_DIGITS);
        return true;
    }
    if (kind == CONTROL_KERNEL ||
        !environment_find(old_environment(), text_of(keys[kind]), &value) ||
        value.size != HASH_DIGITS) {
        return false;
    }
    memcpy(out, value.bytes, HASH_DIGITS);
    return true;
}

static bool came_with(unsigned kind, const uint8_t hash[SHA256_SIZE]) {
    char digits[2 * SHA256_SIZE + 1];
    struct text value;
    sha256_text(hash, digits);
    return environment_find(old_environment(), text_of(keys[kind]), &value) &&
           text_equal(value, (struct text){digits, HASH_DIGITS});
}

bool reload_is_done(uint32_t set, struct bytes hashes) {
    bool done = set != 0 && set >> CONTROL_KINDS == 0;
    for (unsigned kind = 0; done && kind < CONTROL_KINDS; kind++) {
        struct bytes hash;
        if (set >> kind & 1) {
            done = bytes_read_part(&hashes, SHA256_SIZE, &hash) && came_with(kind, hash.at);
        }
    }
    return done && bytes_left(&hashes) == 0;
}

/* The lines behind CONFIG are left out when there is no room for them. */
static void origins_add(const struct reload *reload, char *page, size_t size) {
    char lines[200];
    size_t used = format_buffer(lines, sizeof(lines), "%s", MARK);
    for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
        char hash[HASH_DIGITS];
        if (origin_of(reload, (enum control_kind)kind, hash)) {
            used += format_buffer(lines + used, sizeof(lines) - used, "%s=%.*s\n", keys[kind],
                                  (int)HASH_DIGITS, hash);
        }
    }
    if (size + used < BOOTINFO_ENVIRONMENT_SIZE) {
        memcpy(page + size, lines, used);
    }
}

static bool environment_place(const struct reload *reload, struct cargo *cargo,
                              struct complaint *complaint) {
    struct text text = without_mark(old_environment());
    void *page;
    if (has(reload, CONTROL_CONFIG)) {
        struct bytes bytes = at_physical(reload->files[CONTROL_CONFIG].bytes);
        text = (struct text){(const char *)bytes.at, bytes_left(&bytes)};
    }
    if (text.size >= BOOTINFO_ENVIRONMENT_SIZE) {
        return complain(complaint, "CONFIG has %zu bytes, at most %u are allowed", text.size,
                        BOOTINFO_ENVIRONMENT_SIZE - 1);
    }
    if (!place_page("CONFIG", &page, complaint)) {
        return false;
    }
    memcpy(page, text.bytes, text.size);
    origins_add(reload, page, text.size);
    cargo->environment = page;
    return true;
}

/* ---- initrd and kernel ---- */

/* What was packed stays: it is the sender's until the switch. */
static bool unpack(struct bytes packed, bool (*allocate)(uint64_t size, uint64_t *address),
                   struct bytes *out, struct complaint *complaint) {
    uint32_t size;
    uint64_t address;
    *out = packed;
    if (!gzip_is(packed)) {
        return true;
    }
    if (!gzip_size(packed, &size, complaint)) {
        return false;
    }
    if (!allocate(size, &address)) {
        return complain(complaint, "too little memory: unpacked it has %u bytes", size);
    }
    *out = bytes_init((const void *)(uintptr_t)address, size);
    return gzip_unpack(packed, (uint8_t *)(uintptr_t)address, size, complaint);
}

static struct bytes old_initrd(void) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    return bytes_init((const void *)(uintptr_t)info->initrd_address, info->initrd_size);
}

static bool old_initrd_check(struct complaint *complaint) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    return range_within(info->initrd_address, info->initrd_size, LEAVE_IDENTITY_SIZE) ||
           complain(complaint, "the initrd lies above 4 GiB");
}

/* The rest of its last page is zero, as the protocol wants it. */
static void initrd_end(struct bytes initrd) {
    uint8_t *end = (uint8_t *)(uintptr_t)initrd.end;
    memset(end, 0, -(uintptr_t)end % PAGE_SIZE);
}

static bool initrd_place(const struct reload *reload, struct cargo *cargo,
                         struct complaint *complaint) {
    cargo->initrd = old_initrd();
    if (!old_initrd_check(complaint)) {
        return false;
    }
    if (has(reload, CONTROL_INITRD)) {
        struct bytes sent = at_physical(reload->files[CONTROL_INITRD].bytes);
        if (!unpack(sent, firmware_allocate, &cargo->initrd, complaint)) {
            return false;
        }
        if (!initrd_check(cargo->initrd, complaint)) {
            return false;
        }
        initrd_end(cargo->initrd);
    }
    firmware_keep((uintptr_t)cargo->initrd.at, bytes_left(&cargo->initrd));
    return true;
}

/* An initrd without a kernel is good enough when the one that runs can be had from the old one. */
static bool kernel_find(const struct reload *reload, struct cargo *cargo,
                        struct complaint *complaint) {
    struct text pushed;
    struct cargo old = *cargo;
    if (place_kernel(cargo, complaint)) {
        return true;
    }
    old.initrd = old_initrd();
    if (!has(reload, CONTROL_INITRD) ||
        environment_find(old_environment(), text_of(keys[CONTROL_KERNEL]), &pushed) ||
        !place_kernel(&old, complaint)) {
        return false;
    }
    cargo->kernel = old.kernel;
    return true;
}

static bool kernel_place(const struct reload *reload, struct cargo *cargo,
                         struct complaint *complaint) {
    struct bytes file;
    if (!has(reload, CONTROL_KERNEL)) {
        return kernel_find(reload, cargo, complaint);
    }
    return unpack(at_physical(reload->files[CONTROL_KERNEL].bytes), firmware_scratch, &file,
                  complaint) &&
           kernel_parse(file, firmware_machine, &cargo->kernel, complaint);
}

void reload_switch(const struct reload *reload, struct complaint *complaint) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    struct cargo cargo = {.loader = info->protocol & BOOTINFO_LOADER_MASK};
    struct entry entry;
    if (!firmware_begin(complaint)) {
        return;
    }
    firmware_on_leaving(reload->leaving);
    if (initrd_place(reload, &cargo, complaint) && environment_place(reload, &cargo, complaint) &&
        kernel_place(reload, &cargo, complaint) && place_system(&cargo, &entry, complaint)) {
        firmware_enter(&entry);
    }
    firmware_fail();
}
