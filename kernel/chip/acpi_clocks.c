/* SPDX-License-Identifier: MIT */
/* Where ACPI says that the machine's clocks are. */
#include <chip/acpi.h>

enum : size_t { /* offsets in the FADT, in the HPET table and in a generic address */
                FADT_PM_TIMER = 76,
                FADT_PM_TIMER_SIZE = 91,
                FADT_FLAGS = 112,
                FADT_X_PM_TIMER = 208,
                HPET_ADDRESS = 40,
                ADDRESS_VALUE = 4,
};
constexpr uint8_t SPACE_MEMORY = 0, SPACE_IO = 1;
constexpr uint32_t TIMER_OF_32_BITS = 1 << 8;

static uint64_t address_get(const struct acpi_table *table, size_t offset, uint8_t space) {
    return acpi_table_get(table, offset, 1) == space
               ? acpi_table_get(table, offset + ADDRESS_VALUE, 8)
               : 0;
}

static void pm_timer_read(const struct acpi_table *fadt, struct acpi_clocks *out) {
    uint64_t port = address_get(fadt, FADT_X_PM_TIMER, SPACE_IO);
    if (port == 0 && acpi_table_get(fadt, FADT_PM_TIMER_SIZE, 1) == 4) {
        port = acpi_table_get(fadt, FADT_PM_TIMER, 4);
    }
    out->pm_timer = port <= UINT16_MAX ? (uint16_t)port : 0;
    out->pm_bits = acpi_table_get(fadt, FADT_FLAGS, 4) & TIMER_OF_32_BITS ? 32 : 24;
}

void acpi_find_clocks(const struct acpi_memory *memory, uint64_t root, struct acpi_clocks *out) {
    *out = (struct acpi_clocks){0};
    struct acpi_table table;
    if (acpi_table_find(memory, root, "FACP", &table)) {
        pm_timer_read(&table, out);
        acpi_table_close(memory, &table);
    }
    if (acpi_table_find(memory, root, "HPET", &table)) {
        out->hpet = address_get(&table, HPET_ADDRESS, SPACE_MEMORY);
        acpi_table_close(memory, &table);
    }
}
