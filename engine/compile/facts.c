/* SPDX-License-Identifier: MIT */
/* Facts of a function: its locals by their declarations, and what validation noted of them. */
#include "body.h"
#include <engine/facts.h>
#include <engine/port.h>

/* Room for `count` locals; what was there is gone. */
static bool provide(struct function_facts *facts, uint32_t count) {
    if (count <= facts->local_capacity) {
        return true;
    }
    facts_fini(facts);
    facts->local_capacity = 0;
    uint32_t larger = count + count / 2;
    facts->locals = port_allocate(larger * sizeof *facts->locals);
    if (facts->locals == nullptr) {
        return false;
    }
    facts->local_capacity = larger;
    return true;
}

static struct local_fact *add_locals(struct local_fact *to, uint32_t count, enum value_type type) {
    for (; count > 0; count--) {
        *to++ = (struct local_fact){.type = type};
    }
    return to;
}

/* Returns the first instruction. */
static const uint8_t *declare(struct function_facts *facts, const struct function_type *type,
                              const uint8_t *at) {
    struct local_fact *to = facts->locals;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        to = add_locals(to, 1, type->parameters[i]);
    }
    for (uint32_t runs = read_leb_u32(&at); runs > 0; runs--) {
        uint32_t count = read_leb_u32(&at);
        to = add_locals(to, count, (enum value_type) * at++);
    }
    return at;
}

/* A weight, and the flag that is kept with it. */
static uint32_t read_weight(const uint8_t **at, bool *flag) {
    uint64_t value = 0;
    uint8_t byte;
    uint32_t shift = 0;
    do {
        byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte >= 0x80);
    *flag = (value & 1) != 0;
    return (uint32_t)(value >> 1);
}

static void read_notes(struct function_facts *facts, const uint8_t *at) {
    facts->call_weight = read_weight(&at, &facts->has_tail_call);
    facts->has_call = facts->call_weight > 0;
    for (uint32_t count = read_leb_u32(&at); count > 0; count--) {
        struct local_fact *fact = &facts->locals[read_leb_u32(&at)];
        fact->weight = read_weight(&at, &fact->needs_zero);
    }
}

status_t facts_read(struct function_facts *facts, const struct module *module, uint32_t function) {
    const struct body *body = &module->bodies[function - module->imported_functions];
    if (!provide(facts, body->local_count)) {
        return ERR_NO_MEMORY;
    }
    facts->local_count = body->local_count;
    facts->operand_depth = body->operand_depth;
    facts->control_depth = body->control_depth;
    facts->code =
        declare(facts, module_function_type(module, function), module->bytes + body->start);
    read_notes(facts, body->notes);
    return OK;
}

void facts_fini(struct function_facts *facts) {
    if (facts->local_capacity > 0) {
        port_release(facts->locals, facts->local_capacity * sizeof *facts->locals);
    }
}
