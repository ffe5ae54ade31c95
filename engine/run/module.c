/* SPDX-License-Identifier: MIT */
/*
 * The one way to a module: decode, validate all of it (bodies later, if so wanted), lay out its
 * instances, and let every slot start at the stub that compiles on the first call.
 */
#include <base/format.h>
#include <base/string.h>
#include <engine/private.h>
#include <engine/validate.h>

static void count(struct engine *engine, uint64_t bytes, uint64_t start_ns) {
    struct engine_statistics *statistics = &engine->statistics;
    __atomic_fetch_add(&statistics->validate_time_ns, port_time_ns() - start_ns, __ATOMIC_RELAXED);
    __atomic_fetch_add(&statistics->validated_bytes, bytes, __ATOMIC_RELAXED);
}

/* Keeps the notes of the function that was validated last, unless another core has done so. */
static status_t keep_notes(struct module_record *record, struct body *body,
                           const struct validate_scratch *scratch) {
    constexpr size_t AT_ONCE = 4000;
    uint32_t size;
    const uint8_t *notes = validate_notes(scratch, &size);
    struct note_room *room = &record->notes;
    spin_take(&room->lock);
    if (size > room->left) {
        room->left = size > AT_ONCE ? size : AT_ONCE;
        room->at = pool_allocate(&record->pool, 1, room->left);
        room->left = room->at != nullptr ? room->left : 0;
    }
    if (size <= room->left && body->notes == nullptr) {
        memcpy(room->at, notes, size);
        body->notes = room->at;
        room->at += size;
        room->left -= size;
    }
    spin_give(&room->lock);
    return body->notes != nullptr ? OK : ERR_NO_MEMORY;
}

static status_t validate_functions(struct module_record *record, struct module_error *error) {
    const struct module *module = &record->module;
    struct validate_scratch *scratch;
    status_t status = validate_scratch_create(&scratch);
    if (status != OK) {
        return status;
    }
    uint64_t bytes = 0, start_ns = port_time_ns();
    uint32_t i = module->imported_functions;
    for (; i < module->function_count && status == OK; i++) {
        struct body *body = (struct body *)&module->bodies[i - module->imported_functions];
        status = function_validate(module, i, body, scratch, error);
        status = status != OK ? status : keep_notes(record, body, scratch);
        bytes += body->size;
    }
    count(module->engine, bytes, start_ns);
    validate_scratch_destroy(scratch);
    return status;
}

/* Other cores may do the same at the same time: all store the same. */
status_t module_validate_late(struct module *module, uint32_t function,
                              struct validate_scratch *scratch) {
    struct body *body = (struct body *)&module->bodies[function - module->imported_functions];
    struct body found = {.start = body->start, .size = body->size};
    struct module_error error;
    uint64_t start_ns = port_time_ns();
    status_t status = function_validate(module, function, &found, scratch, &error);
    if (status == OK) {
        __atomic_store_n(&body->local_count, found.local_count, __ATOMIC_RELAXED);
        __atomic_store_n(&body->operand_depth, found.operand_depth, __ATOMIC_RELAXED);
        __atomic_store_n(&body->control_depth, found.control_depth, __ATOMIC_RELAXED);
        status = keep_notes((struct module_record *)module, body, scratch);
    }
    count(module->engine, found.size, start_ns);
    return status;
}

static status_t create_slots(struct module_record *record) {
    struct module *module = &record->module;
    uint32_t count = module->function_count - module->imported_functions;
    module->slots = pool_allocate(&record->pool, count, sizeof *module->slots);
    if (module->slots == nullptr) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        const void *stub = engine_lazy_stub(module->engine, i);
        if (stub == nullptr) {
            return ERR_NO_MEMORY;
        }
        atomic_init(&module->slots[i], stub);
    }
    return OK;
}

static status_t build(struct module_record *record, struct module_error *error) {
    status_t status = module_decode(record, error);
    status = status != OK ? status : module_validate(record, error);
    if (status == OK && !record->module.bodies_later) {
        status = validate_functions(record, error);
    }
    status = status != OK ? status : module_layout_create(record);
    return status != OK ? status : create_slots(record);
}

status_t module_make(struct engine *engine, const struct module_source *source,
                     struct module_error *error, struct module **out) {
    *error = (struct module_error){.function = UINT32_MAX};
    struct module_record *record = port_allocate(sizeof *record);
    if (record == nullptr) {
        return ERR_NO_MEMORY;
    }
    *record = (struct module_record){.module = {.engine = engine,
                                                .bytes = source->bytes,
                                                .size = source->size,
                                                .memory_mode = source->memory_mode,
                                                .bodies_later = source->bodies_later}};
    status_t status = build(record, error);
    if (status != OK) {
        if (error->text[0] == 0) {
            format_buffer(error->text, sizeof error->text, "%s", status_text(status));
        }
        module_destroy(&record->module);
        return status;
    }
    *out = &record->module;
    return OK;
}

status_t module_create(struct engine *engine, const void *bytes, size_t size, enum memory_mode mode,
                       struct module_error *error, struct module **out) {
    const struct module_source source = {.bytes = bytes, .size = size, .memory_mode = mode};
    return module_make(engine, &source, error, out);
}

void module_destroy(struct module *module) {
    struct module_record *record = (struct module_record *)module;
    code_forget(module);
    for (uint32_t i = 0; i < module->type_count; i++) {
        engine_type_release(module->engine, module->types[i]);
    }
    pool_destroy(&record->pool);
    port_release(record, sizeof *record);
}
