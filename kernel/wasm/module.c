/* SPDX-License-Identifier: MIT */
/*
 * Modules as objects that handles stand for: immutable bytes with a name, decoded and validated,
 * and opened once for each memory mode that is asked for. The engine shares what has the same
 * bytes, so that ten thousand processes have one module and its code.
 */
#include "unit.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

static void destroy(struct shared *shared) {
    struct program_module *module = list_owner(shared, struct program_module, shared);
    for (size_t mode = 0; mode < COUNT_OF(module->opened); mode++) {
        if (module->opened[mode] != nullptr) {
            module_close(module->opened[mode]);
        }
    }
    if (module->payer != nullptr) {
        process_discharge(module->payer, sizeof *module + module->size);
    }
    if (module->copy != nullptr) {
        port_release(module->copy, module->size);
    }
    port_release(module, sizeof *module + module->name_size);
}

const struct shared_kind program_module_kind = {"module", destroy};

status_t program_module_create(struct engine *engine, const struct program_module_source *source,
                               struct program_module **out) {
    size_t name_size = source->name.size + 1;
    struct program_module *module = port_allocate(sizeof *module + name_size);
    if (module == nullptr) {
        return ERR_NO_MEMORY;
    }
    *module = (struct program_module){.shared = {&program_module_kind, 1},
                                      .engine = engine,
                                      .bytes = source->bytes,
                                      .size = source->size,
                                      .stays = source->stays,
                                      .bodies_later = source->trusted,
                                      .name_size = name_size};
    memcpy(module->name, source->name.bytes, source->name.size);
    module->name[source->name.size] = 0;
    *out = module;
    return OK;
}

struct shared *program_module_shared(struct program_module *module) {
    return &module->shared;
}

void program_module_release(struct program_module *module) {
    shared_release(&module->shared);
}

/* Another core may have been quicker. */
static struct module *keep(struct program_module *module, enum memory_mode mode,
                           struct module *opened) {
    struct module *before = nullptr;
    if (__atomic_compare_exchange_n(&module->opened[mode], &before, opened, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        return opened;
    }
    module_close(opened);
    return before;
}

status_t program_module_open(struct program_module *module, enum memory_mode mode,
                             struct module_error *error, struct module **out) {
    const struct module_source source = {.bytes = module->bytes,
                                         .size = module->size,
                                         .memory_mode = mode,
                                         .stays = module->stays,
                                         .bodies_later = module->bodies_later};
    *out = __atomic_load_n(&module->opened[mode], __ATOMIC_ACQUIRE);
    if (*out != nullptr) {
        return OK;
    }
    status_t status = module_open(module->engine, &source, error, out);
    if (status == OK) {
        *out = keep(module, mode, *out);
    }
    return status;
}

static status_t copy_bytes(struct program_module *module) {
    module->copy = port_allocate(module->size);
    if (module->copy == nullptr) {
        return ERR_NO_MEMORY;
    }
    memcpy(module->copy, module->bytes, module->size);
    module->bytes = module->copy;
    return OK;
}

/* The cache has a copy of the bytes, or has had them before. Without a cache the module borrows
 * them. */
status_t program_module_settle(struct program_module *module, enum memory_mode mode,
                               struct module_error *error) {
    struct module *opened;
    *error = (struct module_error){.function = UINT32_MAX};
    status_t status = program_module_open(module, mode, error, &opened);
    if (status != OK) {
        return status;
    }
    if (opened->bytes != module->bytes) {
        module->bytes = opened->bytes;
        return OK;
    }
    module->opened[mode] = nullptr;
    module_close(opened);
    status = copy_bytes(module);
    return status == OK ? program_module_open(module, mode, error, &opened) : status;
}

void program_complain_module(const struct program *program, const struct program_module *module,
                             status_t status, const struct module_error *error) {
    const char *what = error->invalid ? "invalid" : "malformed";
    if (status == ERR_CORRUPT && error->function != UINT32_MAX) {
        program_complain(program, "%s: %s at 0x%zx in function %u: %s", module->name, what,
                         error->offset, error->function, error->text);
    } else if (status == ERR_CORRUPT) {
        program_complain(program, "%s: %s at 0x%zx: %s", module->name, what, error->offset,
                         error->text);
    } else {
        program_complain(program, "%s: %s", module->name, status_text(status));
    }
}
