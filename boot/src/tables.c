/* SPDX-License-Identifier: MIT */
/* Anchors of firmware tables. A match needs signature, plausible length and checksum. */
#include <boot/peek.h>
#include <boot/tables.h>

constexpr uint64_t STEP = 16;

/* Do `size` bytes at `offset` lie in the area and add up to zero? */
static bool sum_zero(struct bytes area, uint64_t offset, uint64_t size) {
    struct bytes part;
    uint8_t sum = 0;
    if (!peek_part(area, offset, size, &part)) {
        return false;
    }
    for (; part.at < part.end; part.at++) {
        sum += *part.at;
    }
    return sum == 0;
}

static bool signature_at(struct bytes area, uint64_t offset, const char *signature) {
    char held[8];
    size_t size = strlen(signature);
    return peek(area, offset, held, size) && memcmp(held, signature, size) == 0;
}

static uint8_t byte_at(struct bytes area, uint64_t offset) {
    uint8_t byte = 0;
    return peek(area, offset, &byte, 1) ? byte : 0;
}

static uint64_t root_table(struct bytes area, uint64_t offset) {
    uint32_t rsdt = 0, length = 0;
    uint64_t xsdt = 0;
    bool extended = byte_at(area, offset + 15) >= 2 && peek(area, offset + 20, &length, 4) &&
                    length >= 36 && sum_zero(area, offset, length) &&
                    peek(area, offset + 24, &xsdt, 8);
    if (extended && xsdt != 0) {
        return xsdt;
    }
    return peek(area, offset + 16, &rsdt, 4) ? rsdt : 0;
}

uint64_t tables_find_acpi(struct bytes area) {
    for (uint64_t at = 0; at < bytes_left(&area); at += STEP) {
        if (signature_at(area, at, "RSD PTR ") && sum_zero(area, at, 20)) {
            return root_table(area, at);
        }
    }
    return 0;
}

uint64_t tables_find_smbios(struct bytes area, uint64_t base) {
    for (uint64_t at = 0; at < bytes_left(&area); at += STEP) {
        bool new = signature_at(area, at, "_SM3_"), old = signature_at(area, at, "_SM_");
        uint8_t size = new || old ? byte_at(area, at + (new ? 6 : 5)) : 0;
        if (size >= 0x18 && sum_zero(area, at, size)) {
            return base + at;
        }
    }
    return 0;
}

uint64_t tables_find_mp(struct bytes area, uint64_t base) {
    for (uint64_t at = 0; at < bytes_left(&area); at += STEP) {
        uint64_t size = signature_at(area, at, "_MP_") ? byte_at(area, at + 8) * STEP : 0;
        if (size != 0 && sum_zero(area, at, size)) {
            return base + at;
        }
    }
    return 0;
}

constexpr uint32_t TABLE_HEADER = 36;
constexpr uint32_t TABLE_MAX = 1 << 20;
constexpr uint32_t MADT_ENTRIES = 44;
constexpr uint8_t MADT_LOCAL_APIC = 0;
constexpr uint8_t APIC_ENABLED = 1;

/* The whole table at this address, when it is what it should be. */
static bool table_open(uint64_t address, const char *signature, struct bytes *out) {
    if (address == 0) {
        return false;
    }
    struct bytes header = bytes_init((const void *)(uintptr_t)address, TABLE_HEADER);
    uint32_t length = 0;
    if (!signature_at(header, 0, signature) || !peek(header, 4, &length, sizeof length) ||
        length < TABLE_HEADER || length > TABLE_MAX) {
        return false;
    }
    *out = bytes_init(header.at, length);
    return sum_zero(*out, 0, length);
}

/* The table of this signature that the root table lists. */
static bool table_find(uint64_t root, const char *signature, struct bytes *out) {
    struct bytes list;
    bool wide = table_open(root, "XSDT", &list);
    if (!wide && !table_open(root, "RSDT", &list)) {
        return false;
    }
    size_t width = wide ? 8 : 4;
    uint64_t address = 0;
    for (uint64_t at = TABLE_HEADER; peek(list, at, &address, width); at += width) {
        if (table_open(address, signature, out)) {
            return true;
        }
    }
    return false;
}

size_t tables_find_cores(uint64_t root, uint8_t *apics, size_t capacity) {
    struct bytes madt;
    size_t count = 0;
    struct {
        uint8_t type, size, processor, apic, flags;
    } entry;
    if (!table_find(root, "APIC", &madt)) {
        return 0;
    }
    for (uint64_t at = MADT_ENTRIES; peek(madt, at, &entry, sizeof entry) && entry.size >= 2;
         at += entry.size) {
        bool usable = entry.type == MADT_LOCAL_APIC && (entry.flags & APIC_ENABLED) != 0;
        if (usable && count < capacity) {
            apics[count++] = entry.apic;
        }
    }
    return count;
}

size_t tables_find_arm_cores(uint64_t root, uint64_t *ids, size_t capacity) {
    constexpr uint8_t INTERFACE = 0x0B;
    constexpr uint64_t FLAGS = 12, ID = 68;
    struct bytes madt;
    size_t count = 0;
    uint8_t size;
    if (!table_find(root, "APIC", &madt)) {
        return 0;
    }
    for (uint64_t at = MADT_ENTRIES; peek(madt, at + 1, &size, 1) && size >= 2; at += size) {
        uint64_t id;
        bool usable = byte_at(madt, at) == INTERFACE && (byte_at(madt, at + FLAGS) & 1) != 0 &&
                      size >= ID + sizeof id && peek(madt, at + ID, &id, sizeof id);
        if (usable && count < capacity) {
            ids[count++] = id;
        }
    }
    return count;
}

enum psci_conduit tables_find_psci(uint64_t root) {
    constexpr uint64_t ARM_FLAGS = 129;
    struct bytes fadt;
    uint8_t flags = table_find(root, "FACP", &fadt) ? byte_at(fadt, ARM_FLAGS) : 0;
    return (flags & 1) == 0 ? PSCI_NONE : (flags & 2) != 0 ? PSCI_HVC : PSCI_SMC;
}
