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
