/* SPDX-License-Identifier: MIT */
/*
 * Gates: function objects whose code leaves wasm for a C function. Like an instance, a gate has a
 * base with a header before it, so that a call needs not know which of both it calls.
 */
#include <engine/private.h>

struct gate {
    struct instance_header header;
    struct function function; /* the base points here */
};
static_assert(offsetof(struct gate, function) == sizeof(struct instance_header));

status_t gate_create(struct context *context, const struct function_type *type,
                     gate_function *function, void *data, struct function **out) {
    if (type->parameter_count > GATE_VALUES || type->result_count > GATE_VALUES) {
        return ERR_NOT_SUPPORTED;
    }
    slot_t *slot = engine_gate_slot(context->engine, type);
    struct gate *gate = port_allocate(sizeof *gate);
    if (gate == nullptr || slot == nullptr) {
        goto fail;
    }
    *gate = (struct gate){
        .header = {.context = context},
        .function =
            {
                .type = type,
                .slot = slot,
                .base = (uint8_t *)&gate->function,
                .gate = function,
                .data = data,
            },
    };
    *out = &gate->function;
    return OK;

fail:
    if (gate != nullptr) {
        port_release(gate, sizeof *gate);
    }
    return ERR_NO_MEMORY;
}

void gate_destroy(struct function *function) {
    struct gate *gate = (struct gate *)((uint8_t *)function - offsetof(struct gate, function));
    port_release(gate, sizeof *gate);
}
