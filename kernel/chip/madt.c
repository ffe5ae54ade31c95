/* SPDX-License-Identifier: MIT */
/* The MADT: a header, then records of a kind and a length each. */
#include <base/checked.h>
#include <chip/madt.h>

constexpr size_t FLAGS = 40, RECORDS = 44, RECORD_MIN = 2;
constexpr uint32_t ENABLED = 1, LEGACY_PRESENT = 1;
constexpr uint32_t X2APIC_NONE = UINT32_MAX;
constexpr uint8_t APIC_NONE = UINT8_MAX;

enum kind : uint8_t { CORE = 0, IOAPIC = 1, OVERRIDE = 2, CORE_X2 = 9 };

static void core_add(struct madt *out, uint32_t id) {
    for (unsigned i = 0; i < out->core_count; i++) {
        if (out->cores[i] == id) {
            return;
        }
    }
    if (out->core_count < MADT_CORES_MAX) {
        out->cores[out->core_count++] = id;
    } else {
        out->cores_left++;
    }
}

/* kind, length, firmware's number, id, flags */
static void core_read(const struct acpi_table *table, size_t at, struct madt *out) {
    uint8_t id = (uint8_t)acpi_table_get(table, at + 3, 1);
    if ((acpi_table_get(table, at + 4, 4) & ENABLED) && id != APIC_NONE) {
        core_add(out, id);
    }
}

/* kind, length, 2 reserved, id, flags, firmware's number */
static void core_x2_read(const struct acpi_table *table, size_t at, struct madt *out) {
    uint32_t id = (uint32_t)acpi_table_get(table, at + 4, 4);
    if ((acpi_table_get(table, at + 8, 4) & ENABLED) && id != X2APIC_NONE) {
        core_add(out, id);
    }
}

/* kind, length, id, reserved, address, first input */
static void ioapic_read(const struct acpi_table *table, size_t at, struct madt *out) {
    uint64_t address = acpi_table_get(table, at + 4, 4);
    if (address != 0 && out->ioapic_count < MADT_IOAPICS_MAX) {
        out->ioapics[out->ioapic_count++] =
            (struct madt_ioapic){address, (uint32_t)acpi_table_get(table, at + 8, 4)};
    }
}

/* kind, length, bus, line, input, flags: polarity in bits 0 and 1, trigger in 2 and 3, of which 0
 * means "as the bus is", which for ISA is high and edge. */
static void override_read(const struct acpi_table *table, size_t at, struct madt *out) {
    uint8_t line = (uint8_t)acpi_table_get(table, at + 3, 1);
    uint16_t flags = (uint16_t)acpi_table_get(table, at + 8, 2);
    if (acpi_table_get(table, at + 2, 1) == 0 && line < MADT_LINES) {
        out->lines[line] = (struct madt_line){
            .input = (uint32_t)acpi_table_get(table, at + 4, 4),
            .level = (flags >> 2 & 3) == 3,
            .low = (flags & 3) == 3,
        };
    }
}

static void record_read(const struct acpi_table *table, size_t at, size_t length,
                        struct madt *out) {
    static const struct {
        uint8_t kind, size;
        void (*read)(const struct acpi_table *table, size_t at, struct madt *out);
    } readers[] = {
        {CORE, 8, core_read},
        {IOAPIC, 12, ioapic_read},
        {OVERRIDE, 10, override_read},
        {CORE_X2, 16, core_x2_read},
    };
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        if (table->bytes[at] == readers[i].kind && length >= readers[i].size) {
            readers[i].read(table, at, out);
        }
    }
}

void madt_read(const struct acpi_table *table, struct madt *out) {
    *out = (struct madt){.legacy = acpi_table_get(table, FLAGS, 4) & LEGACY_PRESENT};
    for (unsigned i = 0; i < MADT_LINES; i++) {
        out->lines[i].input = i;
    }
    for (size_t at = RECORDS; at + RECORD_MIN <= table->size;) {
        size_t length = table->bytes[at + 1];
        if (length < RECORD_MIN || length > table->size - at) {
            return;
        }
        record_read(table, at, length, out);
        at += length;
    }
}
