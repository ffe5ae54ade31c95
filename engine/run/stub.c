/* SPDX-License-Identifier: MIT */
/*
 * The stubs of the target, placed into the arena: one each for the ways that contexts go
 * on and stop, helpers and leaf routines; one per type for gates, made when first asked for; and
 * the stubs that compile a function on its first call, in chunks that all modules share.
 */
#include "stub.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <engine/sample.h>
#include <engine/validate.h>

/* Keeps the compiler of the last compilation for the next one; a second core makes its own. */
static struct compiler *compiler_take(struct engine *engine) {
    struct compiler *compiler = atomic_exchange(&engine->stubs->idle, nullptr);
    if (compiler == nullptr && compiler_create(engine, &compiler) != OK) {
        return nullptr;
    }
    return compiler;
}

static void compiler_give(struct engine *engine, struct compiler *compiler) {
    compiler_destroy(atomic_exchange(&engine->stubs->idle, compiler));
}

/* Likewise for validation, where it was left until now. */
static status_t validate_late(struct engine *engine, struct module *module, uint32_t function) {
    struct validate_scratch *scratch = atomic_exchange(&engine->stubs->idle_scratch, nullptr);
    status_t status = scratch != nullptr ? OK : validate_scratch_create(&scratch);
    if (status == OK) {
        status = module_validate_late(module, function, scratch);
        validate_scratch_destroy(atomic_exchange(&engine->stubs->idle_scratch, scratch));
    }
    return status;
}

static status_t compile_and_publish(struct engine *engine, struct module *module,
                                    uint32_t function) {
    struct compiler *compiler = compiler_take(engine);
    if (compiler == nullptr) {
        return ERR_NO_MEMORY;
    }
    uint64_t start_ns = port_time_ns();
    struct code_draft draft;
    status_t status = module->bodies_later ? validate_late(engine, module, function) : OK;
    if (status == OK) {
        status = function_compile(compiler, module, function, &draft);
    }
    if (status == OK) {
        status = code_publish(module, function, &draft);
    }
    compiler_give(engine, compiler);
    __atomic_fetch_add(&engine->statistics.compile_time_ns, port_time_ns() - start_ns,
                       __ATOMIC_RELAXED);
    return status;
}

static enum trap trap_of(const struct module *module, status_t status) {
    if (status == ERR_CORRUPT) {
        ensure(module->bodies_later); /* else it was refused when the module was made */
        return TRAP_INVALID_FUNCTION;
    }
    return status == ERR_NOT_SUPPORTED ? TRAP_COMPILE_LIMIT : TRAP_NO_MEMORY;
}

/* Called by the lazy stubs on the kernel stack: where to go on, or context->trap is set. */
static const void *compile_lazily(struct context *context, struct instance *instance,
                                  uint32_t defined) {
    struct module *module = instance->module;
    context->activity = SAMPLE_COMPILER;
    status_t status =
        compile_and_publish(module->engine, module, defined + module->imported_functions);
    context->activity = SAMPLE_KERNEL;
    if (status != OK) {
        context->trap = trap_of(module, status);
        return nullptr;
    }
    return atomic_load_explicit(&module->slots[defined], memory_order_acquire);
}

/* Called by the helper stub on the kernel stack. */
static uint64_t help(struct context *context, struct instance *instance, const uint64_t *arguments,
                     uint64_t number) {
    context->activity = SAMPLE_HELPER;
    uint64_t result = helper_functions[number](context, instance, arguments);
    context->activity = SAMPLE_KERNEL;
    return result;
}

/* An empty assembler for a stub, kept for the next one. NULL: no memory. */
static struct assembler *assembler_take(struct engine *engine) {
    struct assembler *assembler = atomic_exchange(&engine->stubs->idle_assembler, nullptr);
    if (assembler != nullptr) {
        return assembler;
    }
    assembler = port_allocate(sizeof *assembler);
    if (assembler != nullptr &&
        assembler_init(assembler, engine->target, engine->cpu_features) != OK) {
        port_release(assembler, sizeof *assembler);
        return nullptr;
    }
    return assembler;
}

static void assembler_give(struct engine *engine, struct assembler *assembler) {
    struct assembler *other = atomic_exchange(&engine->stubs->idle_assembler, assembler);
    if (other != nullptr) {
        assembler_fini(other);
        port_release(other, sizeof *other);
    }
}

static status_t place(struct engine *engine, struct assembler *assembler, const void **out) {
    status_t status = assembler_status(assembler);
    if (status == OK) {
        status = code_place(engine, assembler->bytes, assembler->size, out);
    }
    assembler_reset(assembler);
    return status;
}

typedef void stub_maker(struct assembler *, const struct stub_links *);

static status_t place_one(struct engine *engine, struct assembler *assembler, stub_maker *make,
                          const void **out, uint32_t *size) {
    make(assembler, &engine->stubs->links);
    if (size != nullptr) {
        *size = assembler->size;
    }
    return place(engine, assembler, out);
}

/* It comes first: the others lead there. */
static status_t place_stop(struct engine *engine, struct assembler *assembler) {
    struct stub_links *links = &engine->stubs->links;
    uint32_t next = engine->target->stub_stop(assembler, links);
    status_t status = place(engine, assembler, &links->stop);
    links->next = (const uint8_t *)links->stop + next;
    return status;
}

static status_t place_switches(struct engine *engine, struct assembler *assembler) {
    const struct target *target = engine->target;
    struct stubs *stubs = engine->stubs;
    const struct {
        stub_maker *make;
        const void **out;
        uint32_t *size;
    } all[] = {
        {target->stub_go, &stubs->go, nullptr},
        {target->stub_start, &stubs->start, nullptr},
        {target->stub_finish, &stubs->finish, &stubs->finish_size},
        {target->stub_preempt, &stubs->preempt, nullptr},
        {target->stub_resume, &stubs->resume, &stubs->resume_size},
        {target->stub_helper, &stubs->helper, nullptr},
    };
    status_t status = place_stop(engine, assembler);
    for (size_t i = 0; i < COUNT_OF(all) && status == OK; i++) {
        status = place_one(engine, assembler, all[i].make, all[i].out, all[i].size);
    }
    return status;
}

static status_t place_all(struct engine *engine, struct assembler *assembler) {
    const struct target *target = engine->target;
    struct stubs *stubs = engine->stubs;
    status_t status = place_switches(engine, assembler);
    for (uint32_t i = 0; i < LEAF_COUNT && status == OK; i++) {
        target->stub_leaf(assembler, (enum leaf)i);
        status = place(engine, assembler, &stubs->leaves[i]);
    }
    for (uint32_t i = 0; i < RELAY_COUNT && status == OK; i++) {
        target->stub_relay(assembler, (enum relay)i);
        stubs->relay_sizes[i] = assembler->size;
        status = place(engine, assembler, &stubs->relays[i]);
    }
    return status;
}

status_t stubs_create(struct engine *engine) {
    engine->stubs = port_allocate(sizeof *engine->stubs);
    if (engine->stubs == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(engine->stubs, 0, sizeof *engine->stubs);
    engine->stubs->links = (struct stub_links){.stopped = (uintptr_t)context_stopped,
                                               .help = (uintptr_t)help,
                                               .compile = (uintptr_t)compile_lazily,
                                               .masks_interrupts = engine->masks_interrupts};
    status_t status = ERR_NO_MEMORY;
    struct assembler *assembler = assembler_take(engine);
    if (assembler != nullptr) {
        status = place_all(engine, assembler);
        assembler_give(engine, assembler);
    }
    if (status != OK) {
        stubs_destroy(engine);
    }
    return status;
}

void stubs_destroy(struct engine *engine) {
    compiler_destroy(atomic_load(&engine->stubs->idle));
    validate_scratch_destroy(atomic_load(&engine->stubs->idle_scratch));
    assembler_give(engine, nullptr);
    port_release(engine->stubs, sizeof *engine->stubs);
    engine->stubs = nullptr;
}

struct lazy_chunk {
    uint32_t number, first, count; /* functions, by defined index */
};

static struct lazy_chunk lazy_chunk_of(uint32_t defined) {
    if (defined < LAZY_FIRST) {
        return (struct lazy_chunk){0, 0, LAZY_FIRST};
    }
    if (defined >= LAZY_CHUNK) {
        uint32_t number = defined / LAZY_CHUNK;
        return (struct lazy_chunk){LAZY_DOUBLINGS + number, number * LAZY_CHUNK, LAZY_CHUNK};
    }
    uint32_t doublings = 31 - (uint32_t)__builtin_clz(defined / LAZY_FIRST);
    uint32_t first = LAZY_FIRST << doublings;
    return (struct lazy_chunk){1 + doublings, first, first};
}

/* NULL: no memory or code space. */
static const void *make_lazy_chunk(struct engine *engine, const struct lazy_chunk *chunk) {
    struct assembler *assembler = assembler_take(engine);
    const void *stubs = nullptr;
    if (assembler == nullptr) {
        return nullptr;
    }
    engine->target->stub_lazy(assembler, &engine->stubs->links, chunk->first, chunk->count);
    if (place(engine, assembler, &stubs) != OK) {
        stubs = nullptr;
    }
    assembler_give(engine, assembler);
    return stubs;
}

/* Stores what was made, unless another core was quicker; what it made then stays unused. */
static const void *settle(_Atomic(const void *) *place_of, const void *made) {
    const void *expected = nullptr;
    if (made != nullptr && !atomic_compare_exchange_strong(place_of, &expected, made)) {
        return expected;
    }
    return made;
}

const void *engine_lazy_stub(struct engine *engine, uint32_t defined) {
    const struct lazy_chunk chunk = lazy_chunk_of(defined);
    ensure(chunk.number < LAZY_CHUNK_COUNT);
    _Atomic(const void *) *chunk_of = &engine->stubs->lazy[chunk.number];
    const void *stubs = atomic_load_explicit(chunk_of, memory_order_acquire);
    if (stubs == nullptr) {
        stubs = settle(chunk_of, make_lazy_chunk(engine, &chunk));
    }
    size_t offset = (size_t)(defined - chunk.first) * engine->target->stub_lazy_size;
    return stubs == nullptr ? nullptr : (const uint8_t *)stubs + offset;
}

static const void *make_gate(struct engine *engine, const struct function_type *type) {
    struct assembler *assembler = assembler_take(engine);
    const void *code = nullptr;
    if (assembler == nullptr) {
        return nullptr;
    }
    engine->target->stub_gate(assembler, &engine->stubs->links, type);
    if (place(engine, assembler, &code) != OK) {
        code = nullptr;
    }
    assembler_give(engine, assembler);
    return code;
}

slot_t *engine_gate_slot(struct engine *engine, const struct function_type *type) {
    slot_t *slot = &type_entry_of(type)->gate;
    ensure(type->parameter_count <= GATE_VALUES && type->result_count <= GATE_VALUES);
    if (atomic_load_explicit(slot, memory_order_acquire) == nullptr &&
        settle(slot, make_gate(engine, type)) == nullptr) {
        return nullptr;
    }
    return slot;
}
