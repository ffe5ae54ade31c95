/* SPDX-License-Identifier: MIT */
/* See chip/acpi_arm.h. Tables that end early read as zeros, which say nothing. */
#include <chip/acpi_arm.h>

constexpr size_t MADT_RECORDS = 44, RECORD_MIN = 2;
enum : uint8_t { RECORD_INTERFACE = 0x0B, RECORD_DISTRIBUTOR = 0x0C, RECORD_REDISTRIBUTORS = 0x0E };

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

static void region_add(struct acpi_arm *out, uint64_t address, uint64_t size) {
    struct acpi_arm_region *last = &out->redistributors[out->redistributor_count];
    if (address == 0 || size > -address) {
        return;
    }
    if (out->redistributor_count > 0 && last[-1].address + last[-1].size == address) {
        last[-1].size += size;
    } else if (out->redistributor_count < ACPI_ARM_REGIONS_MAX) {
        *last = (struct acpi_arm_region){address, size};
        out->redistributor_count++;
    }
}

/* kind, length, 2 reserved; flags at 12, of which bit 0 says that the core may run; its interface
 * at 32, redistributor at 60 unless records of their own tell, affinities at 68 */
static void interface_read(const struct acpi_table *table, size_t at, struct acpi_arm *out) {
    constexpr uint64_t REDISTRIBUTOR_SIZE = 0x20000, ENABLED = 1;
    if (acpi_table_get(table, at + 1, 1) >= 76 && (acpi_table_get(table, at + 12, 4) & ENABLED) &&
        out->core_count < ACPI_ARM_CORES_MAX) {
        out->cores[out->core_count++] = acpi_table_get(table, at + 68, 8);
    }
    if (out->interface == 0) {
        out->interface = acpi_table_get(table, at + 32, 8);
    }
    if (acpi_table_get(table, at + 1, 1) >= 68) {
        region_add(out, acpi_table_get(table, at + 60, 8), REDISTRIBUTOR_SIZE);
    }
}

static void distributor_read(const struct acpi_table *table, size_t at, struct acpi_arm *out) {
    out->distributor = acpi_table_get(table, at + 8, 8);
    out->version = (unsigned)acpi_table_get(table, at + 20, 1);
}

static void redistributors_read(const struct acpi_table *table, size_t at, struct acpi_arm *out) {
    region_add(out, acpi_table_get(table, at + 4, 8), acpi_table_get(table, at + 12, 4));
}

static void record_read(const struct acpi_table *table, size_t at, struct acpi_arm *out) {
    static const struct {
        uint8_t kind, size;
        void (*read)(const struct acpi_table *table, size_t at, struct acpi_arm *out);
    } readers[] = {{RECORD_INTERFACE, 40, interface_read},
                   {RECORD_DISTRIBUTOR, 24, distributor_read},
                   {RECORD_REDISTRIBUTORS, 16, redistributors_read}};
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (acpi_table_get(table, at, 1) == readers[i].kind &&
            acpi_table_get(table, at + 1, 1) >= readers[i].size) {
            readers[i].read(table, at, out);
        }
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
