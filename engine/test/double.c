/* SPDX-License-Identifier: MIT */
/*
 * Stands in for run/context.c, compile/ and target/ where a test needs none of them: every slot
 * holds the address of a byte that is never run.
 */
#include <engine/private.h>

static const uint8_t stub;
static slot_t gate_slot = &stub;

status_t stubs_create(struct engine *engine) {
    return OK;
}

void stubs_destroy(struct engine *engine) {
}

const void *engine_lazy_stub(struct engine *engine, uint32_t defined) {
    return &stub;
}

slot_t *engine_gate_slot(struct engine *engine, const struct function_type *type) {
    return &gate_slot;
}

bool context_fault(struct context *context, const struct fault *fault, struct resume *resume) {
    return false;
}

bool context_preempt(struct context *context, struct resume *registers) {
    return false;
}
