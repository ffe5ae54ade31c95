/* SPDX-License-Identifier: MIT */
/* ACPI tables by name: the root is walked once per search, each table looked at as a whole. */
#include <base/string.h>
#include <chip/acpi.h>

constexpr size_t TABLE_MAX = 4 * 1024 * 1024;

uint64_t acpi_table_get(const struct acpi_table *table, size_t offset, size_t width) {
    uint64_t value = 0;
    if (offset <= table->size && width <= table->size - offset) {
        memcpy(&value, table->bytes + offset, width);
    }
    return value;
}

static bool sum_is_zero(const struct acpi_table *table) {
    uint8_t sum = 0;
    for (size_t i = 0; i < table->size; i++) {
        sum = (uint8_t)(sum + table->bytes[i]);
    }
    return sum == 0;
}

/* The length of a table is believed only within reason. */
bool acpi_table_open(const struct acpi_memory *memory, uint64_t address, struct acpi_table *out) {
    if (address == 0) {
        return false;
    }
    const uint8_t *header = memory->map(address, ACPI_HEADER_SIZE);
    if (header == nullptr) {
        return false;
    }
    uint32_t size;
    memcpy(&size, header + 4, sizeof(size));
    memory->unmap(header, ACPI_HEADER_SIZE);
    if (size < ACPI_HEADER_SIZE || size > TABLE_MAX) {
        return false;
    }
    *out = (struct acpi_table){memory->map(address, size), size};
    return out->bytes != nullptr;
}

void acpi_table_close(const struct acpi_memory *memory, const struct acpi_table *table) {
    memory->unmap(table->bytes, table->size);
}

static bool is_named(const struct acpi_table *table, const char *name) {
    return memcmp(table->bytes, name, 4) == 0;
}

static bool find_below(const struct acpi_memory *memory, const struct acpi_table *root,
                       const char *name, struct acpi_table *out) {
    size_t width = is_named(root, "XSDT") ? 8 : 4;
    for (size_t at = ACPI_HEADER_SIZE; at + width <= root->size; at += width) {
        if (!acpi_table_open(memory, acpi_table_get(root, at, width), out)) {
            continue;
        }
        if (is_named(out, name) && sum_is_zero(out)) {
            return true;
        }
        acpi_table_close(memory, out);
    }
    return false;
}

bool acpi_table_find(const struct acpi_memory *memory, uint64_t root_address, const char *name,
                     struct acpi_table *out) {
    struct acpi_table root;
    if (!acpi_table_open(memory, root_address, &root)) {
        return false;
    }
    bool found = (is_named(&root, "RSDT") || is_named(&root, "XSDT")) && sum_is_zero(&root) &&
                 find_below(memory, &root, name, out);
    acpi_table_close(memory, &root);
    return found;
}
