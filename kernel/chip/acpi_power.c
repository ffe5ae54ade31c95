/* SPDX-License-Identifier: MIT */
/* What switching off takes: the FADT's registers, and \_S5_ in the DSDT. */
#include <base/string.h>
#include <chip/acpi.h>

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
    struct acpi_table table;
    if (!acpi_table_open(memory, address, &table)) {
        return false;
    }
    bool found = acpi_find_s5(table.bytes + ACPI_HEADER_SIZE, table.size - ACPI_HEADER_SIZE,
                              &out->type_a, &out->type_b);
    acpi_table_close(memory, &table);
    return found;
}

static bool fadt_read(const struct acpi_memory *memory, const struct acpi_table *fadt,
                      struct acpi_power *out) {
    constexpr uint32_t RESET_SUPPORTED = 1 << 10;
    *out = (struct acpi_power){
        .smi_command = (uint16_t)acpi_table_get(fadt, FADT_SMI_COMMAND, 4),
        .enable = (uint8_t)acpi_table_get(fadt, FADT_ENABLE, 1),
        .control_a = (uint16_t)acpi_table_get(fadt, FADT_CONTROL_A, 4),
        .control_b = (uint16_t)acpi_table_get(fadt, FADT_CONTROL_B, 4),
    };
    if ((acpi_table_get(fadt, FADT_FLAGS, 4) & RESET_SUPPORTED) &&
        acpi_table_get(fadt, FADT_RESET, 1) == 1) {
        out->reset_register = acpi_table_get(fadt, FADT_RESET + 4, 8);
        out->reset_value = (uint8_t)acpi_table_get(fadt, FADT_RESET_VALUE, 1);
    }
    uint64_t wide = acpi_table_get(fadt, FADT_X_DSDT, 8);
    return out->control_a != 0 &&
           (s5_in(memory, wide, out) || s5_in(memory, acpi_table_get(fadt, FADT_DSDT, 4), out));
}

bool acpi_find_power(const struct acpi_memory *memory, uint64_t root, struct acpi_power *out) {
    struct acpi_table fadt;
    if (!acpi_table_find(memory, root, "FACP", &fadt)) {
        return false;
    }
    bool found = fadt.size >= FADT_MIN && fadt_read(memory, &fadt, out);
    acpi_table_close(memory, &fadt);
    return found;
}
