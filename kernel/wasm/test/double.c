/* SPDX-License-Identifier: MIT */
/* See double.h. */
#include "double.h"
#include <engine/private.h>
#include <stdlib.h>

void (*double_script)(struct context *context, struct function *function);
const struct frame *double_frames;
size_t double_frame_count;

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

status_t context_create(struct engine *engine, size_t size, struct context **out) {
    *out = calloc(1, sizeof **out);
    (*out)->engine = engine;
    return *out != nullptr ? OK : ERR_NO_MEMORY;
}

void context_destroy(struct context *context) {
    free(context);
}

status_t context_prepare(struct context *context, struct function *function,
                         const uint64_t *values) {
    context->trap = TRAP_NONE;
    context->function = function;
    return OK;
}

void context_go(struct context *context) {
    while (context != nullptr) {
        if (double_script != nullptr) {
            double_script(context, context->function);
        }
        bool trapped = context->trap != TRAP_NONE;
        context = context->stopped(context, trapped ? STOP_TRAPPED : STOP_RETURNED);
    }
}

void context_results(const struct context *context, uint64_t *values) {
    values[0] = 0;
}

bool context_fault(struct context *context, const struct fault *fault, struct resume *resume) {
    return false;
}

bool context_preempt(struct context *context, struct resume *registers) {
    return false;
}

size_t context_trace(const struct context *context, struct frame *frames, size_t capacity) {
    size_t count = double_frame_count < capacity ? double_frame_count : capacity;
    for (size_t i = 0; i < count; i++) {
        frames[i] = double_frames[i];
    }
    return count;
}
