/* SPDX-License-Identifier: MIT */
/* ACPI tables: from the root to FADT and DSDT, and in there to \_S5_. */
#include <base/string.h>
#include <chip/acpi.h>

constexpr size_t HEADER = 36;
constexpr size_t TABLE_MAX = 4 * 1024 * 1024;
constexpr size_t FADT_MIN = 116; /* of ACPI 1.0 */

enum : size_t { /* offsets in the FADT */
                FADT_DSDT = 40,
                FADT_SMI_COMMAND = 48,
                FADT_ENABLE = 52,
                FADT_CONTROL_A = 64,
                FADT_CONTROL_B = 68,
                FADT_FLAGS = 112,
                FADT_RESET = 116,
                FADT_RESET_VALUE = 128,
                FADT_X_DSDT = 140,
};

struct table {
    const uint8_t *bytes;
    size_t size;
};

static uint64_t get(const struct table *table, size_t offset, size_t width) {
    uint64_t value = 0;
    if (offset + width <= table->size) {
        memcpy(&value, table->bytes + offset, width);
    }
    return value;
}

static bool sum_is_zero(const struct table *table) {
    uint8_t sum = 0;
    for (size_t i = 0; i < table->size; i++) {
        sum = (uint8_t)(sum + table->bytes[i]);
    }
    return sum == 0;
}

/* Maps a whole table; its length is believed only within reason. */
static bool table_open(const struct acpi_memory *memory, uint64_t address, struct table *out) {
    if (address == 0) {
        return false;
    }
    const uint8_t *header = memory->map(address, HEADER);
    if (header == nullptr) {
        return false;
    }
    uint32_t size;
    memcpy(&size, header + 4, sizeof(size));
    memory->unmap(header, HEADER);
    if (size < HEADER || size > TABLE_MAX) {
        return false;
    }
    *out = (struct table){memory->map(address, size), size};
    return out->bytes != nullptr;
}

static void table_close(const struct acpi_memory *memory, struct table *table) {
    memory->unmap(table->bytes, table->size);
}

static bool is_named(const struct table *table, const char *name) {
    return memcmp(table->bytes, name, 4) == 0;
}

static bool table_find(const struct acpi_memory *memory, const struct table *root, const char *name,
                       struct table *out) {
    size_t width = is_named(root, "XSDT") ? 8 : 4;
    for (size_t at = HEADER; at + width <= root->size; at += width) {
        if (!table_open(memory, get(root, at, width), out)) {
            continue;
        }
        if (is_named(out, name) && sum_is_zero(out)) {
            return true;
        }
        table_close(memory, out);
    }
    return false;
}

/* One small integer of AML: zero, one, or a byte behind its prefix. */
static bool integer_read(struct bytes *aml, uint8_t *out) {
    uint8_t op;
    if (!bytes_read_u8(aml, &op)) {
        return false;
    }
    if (op == 0x0A) {
        return bytes_read_u8(aml, out);
    }
    *out = op;
    return op <= 1;
}

/* After the name: PackageOp, PkgLength, element count, elements. */
static bool package_read(struct bytes aml, uint8_t *type_a, uint8_t *type_b) {
    uint8_t op, lead, count;
    return bytes_read_u8(&aml, &op) && op == 0x12 && bytes_read_u8(&aml, &lead) &&
           bytes_skip(&aml, lead >> 6) && bytes_read_u8(&aml, &count) && count >= 2 &&
           integer_read(&aml, type_a) && integer_read(&aml, type_b) && *type_a < 8 && *type_b < 8;
}

bool acpi_find_s5(const uint8_t *aml, size_t size, uint8_t *type_a, uint8_t *type_b) {
    for (size_t at = 1; at + 4 <= size; at++) {
        if (memcmp(aml + at, "_S5_", 4) != 0) {
            continue;
        }
        bool named = aml[at - 1] == 0x08 || (aml[at - 1] == '\\' && at >= 2 && aml[at - 2] == 0x08);
        if (named && package_read(bytes_init(aml + at + 4, size - at - 4), type_a, type_b)) {
            return true;
        }
    }
    return false;
}

static bool s5_in(const struct acpi_memory *memory, uint64_t address, struct acpi_power *out) {
    struct table table;
    if (!table_open(memory, address, &table)) {
        return false;
    }
    bool found =
        acpi_find_s5(table.bytes + HEADER, table.size - HEADER, &out->type_a, &out->type_b);
    table_close(memory, &table);
    return found;
}

static bool fadt_read(const struct acpi_memory *memory, const struct table *fadt,
                      struct acpi_power *out) {
    constexpr uint32_t RESET_SUPPORTED = 1 << 10;
    *out = (struct acpi_power){
        .smi_command = (uint16_t)get(fadt, FADT_SMI_COMMAND, 4),
        .enable = (uint8_t)get(fadt, FADT_ENABLE, 1),
        .control_a = (uint16_t)get(fadt, FADT_CONTROL_A, 4),
        .control_b = (uint16_t)get(fadt, FADT_CONTROL_B, 4),
    };
    if ((get(fadt, FADT_FLAGS, 4) & RESET_SUPPORTED) && get(fadt, FADT_RESET, 1) == 1) {
        out->reset_register = get(fadt, FADT_RESET + 4, 8);
        out->reset_value = (uint8_t)get(fadt, FADT_RESET_VALUE, 1);
    }
    uint64_t wide = get(fadt, FADT_X_DSDT, 8);
    return out->control_a != 0 &&
           (s5_in(memory, wide, out) || s5_in(memory, get(fadt, FADT_DSDT, 4), out));
}

bool acpi_find_power(const struct acpi_memory *memory, uint64_t root_address,
                     struct acpi_power *out) {
    struct table root, fadt;
    if (!table_open(memory, root_address, &root)) {
        return false;
    }
    bool found = false;
    if ((is_named(&root, "RSDT") || is_named(&root, "XSDT")) && sum_is_zero(&root) &&
        table_find(memory, &root, "FACP", &fadt)) {
        found = fadt.size >= FADT_MIN && fadt_read(memory, &fadt, out);
        table_close(memory, &fadt);
    }
    table_close(memory, &root);
    return found;
}
