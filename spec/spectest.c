/* SPDX-License-Identifier: MIT */
/* The module `spectest`: functions that print nothing, four globals, a table and a memory. */
#include "runner.h"

#include <base/checked.h>
#include <engine/port.h>

static const struct {
    const char *name, *parameters;
} prints[] = {
    {"print", ""},      {"print_i32", "i"},      {"print_i64", "I"},      {"print_f32", "f"},
    {"print_f64", "F"}, {"print_i32_f32", "if"}, {"print_f64_f64", "FF"},
};

static const struct {
    const char *name;
    enum value_type type;
    uint64_t bits;
} constants[] = {
    {"global_i32", TYPE_I32, 666},
    {"global_i64", TYPE_I64, 666},
    {"global_f32", TYPE_F32, 0x4426A666},         /* 666.6 */
    {"global_f64", TYPE_F64, 0x4084D4CCCCCCCCCD}, /* 666.6 */
};

struct spectest {
    struct function *functions[COUNT_OF(prints)];
    uint64_t globals[COUNT_OF(constants)];
    struct table *table;
    struct memory *memory;
};

static struct context *print(struct context *context, struct function *gate, uint64_t *values) {
    return context;
}

static status_t create_functions(struct spectest *spectest, const struct spec_config *config) {
    for (size_t i = 0; i < COUNT_OF(prints); i++) {
        const struct function_type *type =
            engine_type_parse(config->engine, prints[i].parameters, "");
        if (type == nullptr) {
            return ERR_NO_MEMORY;
        }
        status_t status =
            gate_create(config->context, type, print, nullptr, &spectest->functions[i]);
        if (status != OK) {
            return status;
        }
    }
    return OK;
}

status_t spectest_create(const struct spec_config *config, struct spectest **out) {
    struct spectest *spectest = port_allocate(sizeof *spectest);
    if (spectest == nullptr) {
        return ERR_NO_MEMORY;
    }
    *spectest = (struct spectest){};
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        spectest->globals[i] = constants[i].bits;
    }
    struct table_type table = {{.minimum = 10, .maximum = 20, .has_maximum = true}, TYPE_FUNCREF};
    struct memory_type memory = {{.minimum = 1, .maximum = 2, .has_maximum = true}};
    status_t status = create_functions(spectest, config);
    status = status != OK ? status : table_create(config->engine, &table, &spectest->table);
    status = status != OK ? status : memory_create(config->engine, &memory, &spectest->memory);
    if (status != OK) {
        spectest_destroy(spectest);
        return status;
    }
    *out = spectest;
    return OK;
}

void spectest_destroy(struct spectest *spectest) {
    for (size_t i = 0; i < COUNT_OF(prints); i++) {
        if (spectest->functions[i] != nullptr) {
            gate_destroy(spectest->functions[i]);
        }
    }
    if (spectest->table != nullptr) {
        table_destroy(spectest->table);
    }
    if (spectest->memory != nullptr) {
        memory_destroy(spectest->memory);
    }
    port_release(spectest, sizeof *spectest);
}

status_t spectest_find(struct spectest *spectest, struct text name, struct external *out) {
    for (size_t i = 0; i < COUNT_OF(prints); i++) {
        if (text_equal(name, text_of(prints[i].name))) {
            *out = (struct external){EXTERNAL_FUNCTION, .function = spectest->functions[i]};
            return OK;
        }
    }
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        if (text_equal(name, text_of(constants[i].name))) {
            *out = (struct external){EXTERNAL_GLOBAL,
                                     .global = {&spectest->globals[i], {constants[i].type, false}}};
            return OK;
        }
    }
    if (text_equal(name, text_of("table"))) {
        *out = (struct external){EXTERNAL_TABLE, .table = spectest->table};
        return OK;
    }
    if (text_equal(name, text_of("memory"))) {
        *out = (struct external){EXTERNAL_MEMORY, .memory = spectest->memory};
        return OK;
    }
    return ERR_NOT_FOUND;
}
