/* SPDX-License-Identifier: MIT */
/* See chip/acpi_arm.h. Tables that end early read as zeros, which say nothing. */
#include <chip/acpi_arm.h>

constexpr size_t MADT_RECORDS = 44, RECORD_MIN = 2;
enum : uint8_t { RECORD_INTERFACE = 0x0B, RECORD_DISTRIBUTOR = 0x0C };

static void serial_read(const struct acpi_table *table, struct acpi_arm *out) {
    constexpr size_t KIND = 36, SPACE = 40, ADDRESS = 44, INTERRUPT_KIND = 52, INTERRUPT = 54;
    constexpr uint64_t KIND_PL011 = 3, KIND_GENERIC = 14, SPACE_MEMORY = 0, BY_GIC = 8;
    uint64_t kind = acpi_table_get(table, KIND, 1);
    if ((kind == KIND_PL011 || kind == KIND_GENERIC) &&
        acpi_table_get(table, SPACE, 1) == SPACE_MEMORY) {
        out->serial = acpi_table_get(table, ADDRESS, 8);
        if (acpi_table_get(table, INTERRUPT_KIND, 1) & BY_GIC) {
            out->serial_line = (unsigned)acpi_table_get(table, INTERRUPT, 4);
        }
    }
}

static void record_read(const struct acpi_table *table, size_t at, struct acpi_arm *out) {
    uint8_t kind = (uint8_t)acpi_table_get(table, at, 1);
    if (kind == RECORD_INTERFACE && out->interface == 0) {
        out->interface = acpi_table_get(table, at + 32, 8);
    } else if (kind == RECORD_DISTRIBUTOR) {
        out->distributor = acpi_table_get(table, at + 8, 8);
    }
}

static void controller_read(const struct acpi_table *table, struct acpi_arm *out) {
    for (size_t at = MADT_RECORDS; at + RECORD_MIN <= table->size;) {
        size_t size = acpi_table_get(table, at + 1, 1);
        if (size < RECORD_MIN || size > table->size - at) {
            return;
        }
        record_read(table, at, out);
        at += size;
    }
}

static void timer_read(const struct acpi_table *table, struct acpi_arm *out) {
    constexpr size_t VIRTUAL = 64;
    out->timer = (unsigned)acpi_table_get(table, VIRTUAL, 4);
}

static void power_read(const struct acpi_table *table, struct acpi_arm *out) {
    constexpr size_t ARM_FLAGS = 129;
    constexpr uint64_t HAS_PSCI = 1, BY_HVC = 2;
    uint64_t flags = acpi_table_get(table, ARM_FLAGS, 2);
    out->psci = !(flags & HAS_PSCI) ? PSCI_NONE : flags & BY_HVC ? PSCI_HVC : PSCI_SMC;
}

void acpi_arm_read(const struct acpi_memory *memory, uint64_t root, struct acpi_arm *out) {
    static const struct {
        const char *name;
        void (*read)(const struct acpi_table *table, struct acpi_arm *out);
    } tables[] = {{"SPCR", serial_read},
                  {"APIC", controller_read},
                  {"GTDT", timer_read},
                  {"FACP", power_read}};
    *out = (struct acpi_arm){0};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct acpi_table table;
        if (acpi_table_find(memory, root, tables[i].name, &table)) {
            tables[i].read(&table, out);
            acpi_table_close(memory, &table);
        }
    }
}
