/* SPDX-License-Identifier: MIT */
/*
 * The gates of abi/system.def, bound to kernel/core: one function each, one table made from the
 * list. What a guest says is copied before it is looked at; an address outside its memory is
 * TRAP_BAD_CALL of that guest and harms nobody.
 *
 *   struct message_wire        --copy-->  struct message, payload checked and made a pointer;
 *                                         each field is read once
 *   in the guest's memory      <--copy--  what was received
 *
 * Pointers into guest memory stay good for the whole gate: memory never moves, and only its own
 * instance, which waits, could let it grow.
 */
#include "device.h"
#include "gate.h"
#include <base/string.h>
#include <kernel/port.h>

/* Exactly one load: what is checked is what is used. */
static uint32_t load(const uint32_t *field) {
    typedef uint32_t anywhere __attribute__((aligned(1)));
    return *(const volatile anywhere *)field;
}
#define LOAD(place, field)                                                                         \
    load((const uint32_t *)((const uint8_t *)(place) + offsetof(struct message_wire, field)))

static bool find(const struct unit *unit, uint32_t address, struct described *out) {
    out->place = unit_range(unit, address, sizeof(struct message_wire));
    return out->place != nullptr;
}

/* A message to be sent, but for its payload. */
static bool fetch(const struct unit *unit, uint32_t address, struct described *out) {
    if (!find(unit, address, out)) {
        return false;
    }
    const guest_message *place = out->place;
    struct message *message = &out->message;
    message->operation = LOAD(place, operation);
    message->status = (int32_t)LOAD(place, status);
    message->payload_size = LOAD(place, payload_size);
    message->flags = LOAD(place, flags);
    message->handle_count = LOAD(place, handle_count);
    out->payload = LOAD(place, payload);
    memcpy(message->words, place->words, sizeof message->words);
    for (uint32_t i = 0; i < message->handle_count && i < MESSAGE_HANDLES; i++) {
        message->handles[i] = LOAD(place, handles[i]);
    }
    return true;
}

/* Where a message is to be received, but for its payload. */
static bool fetch_place(const struct unit *unit, uint32_t address, struct described *out) {
    if (!find(unit, address, out)) {
        return false;
    }
    out->payload = LOAD(out->place, payload);
    out->message.payload_capacity = LOAD(out->place, payload_capacity);
    return true;
}

/* False: it is not all there. */
static bool find_payload(const struct memory *memory, struct described *described, uint32_t size) {
    described->message.payload = nullptr;
    if (size > 0 && memory != nullptr) {
        described->message.payload = memory_range(memory, described->payload, size);
    }
    return size == 0 || described->message.payload != nullptr;
}

static bool fetch_outgoing(const struct unit *unit, uint32_t address, struct described *out) {
    return fetch(unit, address, out) && find_payload(unit->memory, out, out->message.payload_size);
}

bool described_fetch_incoming(const struct unit *unit, uint32_t address, struct described *out) {
    return fetch_place(unit, address, out) &&
           find_payload(unit->memory, out, out->message.payload_capacity);
}

void described_store(const struct described *described) {
    const struct message *message = &described->message;
    guest_message *place = described->place;
    place->operation = message->operation;
    place->status = message->status;
    place->badge = message->badge;
    memcpy(place->words, message->words, sizeof place->words);
    place->payload = described->payload;
    place->payload_size = message->payload_size;
    place->payload_capacity = message->payload_capacity;
    place->flags = message->flags;
    place->reply = message->reply;
    place->handle_count = message->handle_count;
    memcpy(place->handles, message->handles, sizeof place->handles);
}

static struct context *bad_call(struct context *context) {
    context->trap = TRAP_BAD_CALL;
    return context;
}

/* The answer goes to program->incoming. */
static struct context *call(struct program *program, handle_t handle,
                            const struct described *request) {
    program->receives = true;
    program_gate_begin(program);
    return program_gate_end(program, process_call(program->process, handle, &request->message,
                                                  &program->incoming.message));
}

/* The descriptions of what is received, or answered, stay in the program until the gate is over. */
static struct context *gate_call(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    struct described request;
    if (!fetch_outgoing(unit, argument_u32(values, 1), &request) ||
        !described_fetch_incoming(unit, argument_u32(values, 2), &program->incoming)) {
        return bad_call(context);
    }
    return call(program, argument_u32(values, 0), &request);
}

static struct context *gate_send(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    struct described message;
    if (!fetch_outgoing(unit, argument_u32(values, 1), &message)) {
        return bad_call(context);
    }
    program_gate_begin(program);
    return program_gate_end(program, process_send(program->process, argument_u32(values, 0),
                                                  &message.message, values[2], values[3]));
}

static struct context *gate_receive(struct context *context, struct function *gate,
                                    uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    if (!described_fetch_incoming(unit, argument_u32(values, 0), &program->incoming)) {
        return bad_call(context);
    }
    program->receives = true;
    program_gate_begin(program);
    return program_gate_end(
        program, process_receive(program->process, &program->incoming.message, values[1]));
}

static struct context *gate_reply(struct context *context, struct function *gate,
                                  uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    struct described message;
    if (!fetch_outgoing(unit, argument_u32(values, 1), &message)) {
        return bad_call(context);
    }
    return program_gate_end(
        program, process_reply(program->process, argument_u32(values, 0), &message.message));
}

static struct context *gate_handle_close(struct context *context, struct function *gate,
                                         uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    return program_gate_end(program,
                            process_handle_close(program->process, argument_u32(values, 0)));
}

static struct context *gate_handle_copy(struct context *context, struct function *gate,
                                        uint64_t *values) {
    const struct unit *unit = gate->data;
    handle_t copy;
    void *out = guest_range(context, unit, argument_u32(values, 1), sizeof copy);
    if (out == nullptr) {
        return context;
    }
    status_t status = process_handle_copy(unit->program->process, argument_u32(values, 0), &copy);
    if (status == OK) {
        memcpy(out, &copy, sizeof copy);
    }
    result_status(values, status);
    return context;
}

static struct context *gate_handle_mint(struct context *context, struct function *gate,
                                        uint64_t *values) {
    const struct unit *unit = gate->data;
    handle_t minted;
    void *out = guest_range(context, unit, argument_u32(values, 1), sizeof minted);
    if (out == nullptr) {
        return context;
    }
    status_t status = port_memory_is_low()
                          ? ERR_NO_MEMORY
                          : process_handle_mint(unit->program->process, values[0], &minted);
    if (status == OK) {
        memcpy(out, &minted, sizeof minted);
    }
    result_status(values, status);
    return context;
}

static struct context *gate_handle_badge(struct context *context, struct function *gate,
                                         uint64_t *values) {
    const struct unit *unit = gate->data;
    uint64_t badge;
    void *out = guest_range(context, unit, argument_u32(values, 1), sizeof badge);
    if (out == nullptr) {
        return context;
    }
    status_t status = process_handle_badge(unit->program->process, argument_u32(values, 0), &badge);
    if (status == OK) {
        memcpy(out, &badge, sizeof badge);
    }
    result_status(values, status);
    return context;
}

static struct context *gate_birth(struct context *context, struct function *gate,
                                  uint64_t *values) {
    const struct unit *unit = gate->data;
    const struct program *program = unit->program;
    if (argument_u32(values, 1) >= program->birth_size) {
        void *out = guest_range(context, unit, argument_u32(values, 0), program->birth_size);
        if (out == nullptr) {
            return context;
        }
        memcpy(out, program->birth, program->birth_size);
    }
    values[0] = program->birth_size;
    return context;
}

static struct context *gate_time_get(struct context *context, struct function *gate,
                                     uint64_t *values) {
    values[0] = port_time_ns();
    return context;
}

static struct context *gate_timer_set(struct context *context, struct function *gate,
                                      uint64_t *values) {
    const struct unit *unit = gate->data;
    result_status(values, process_timer_set(unit->program->process, values[0], values[1]));
    return context;
}

/* Leaving wasm for good takes the way of a trap; program_run() knows by `exited` that it is none.
 */
static struct context *gate_exit(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    unit->program->exited = true;
    unit->program->exit_code = argument_u32(values, 0);
    context->trap = TRAP_KILLED;
    return context;
}

static const struct {
    const char *name, *parameters, *results;
    gate_function *function;
} gates[GATE_COUNT] = {
#define GATE(name, parameters, results, text) {#name, parameters, results, gate_##name},
#include <abi/system.def>
#undef GATE
};

static status_t make(struct unit *unit, const char *parameters, const char *results,
                     gate_function *function, struct function **place) {
    const struct function_type *type =
        engine_type_parse(unit->program->engine, parameters, results);
    if (type == nullptr) {
        return ERR_NO_MEMORY;
    }
    return gate_create(unit->program->context, type, function, unit, place);
}

status_t unit_gate(struct unit *unit, struct text name, struct function **out) {
    for (uint32_t i = 0; i < GATE_COUNT; i++) {
        if (text_equal(name, text_of(gates[i].name))) {
            struct function **place = &unit->gates[i];
            status_t status = *place != nullptr ? OK
                                                : make(unit, gates[i].parameters, gates[i].results,
                                                       gates[i].function, place);
            *out = *place;
            return status;
        }
    }
    return ERR_NOT_FOUND;
}

/* (to, from, size) -> 0, or 1 when a range is not all there: an adapter asks with addresses that
 * its program gave it, so that is no fault of the adapter. Its own addresses are. A program may
 * have imported the adapter's memory as its own: then both ranges lie in one. */
static struct context *copy_read(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    uint32_t size = argument_u32(values, 2);
    void *to = guest_range(context, unit, argument_u32(values, 0), size);
    const void *from = memory_range(unit->program->guest_memory, argument_u32(values, 1), size);
    if (to != nullptr && from != nullptr) {
        memmove(to, from, size);
    }
    values[0] = from == nullptr;
    return context;
}

static struct context *copy_write(struct context *context, struct function *gate,
                                  uint64_t *values) {
    const struct unit *unit = gate->data;
    uint32_t size = argument_u32(values, 2);
    void *to = memory_range(unit->program->guest_memory, argument_u32(values, 0), size);
    const void *from = guest_range(context, unit, argument_u32(values, 1), size);
    if (to != nullptr && from != nullptr) {
        memmove(to, from, size);
    }
    values[0] = to == nullptr;
    return context;
}

/* As `call`, but both payloads lie in the program's memory; or 1. */
static struct context *copy_call(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    struct described request, *reply = &program->incoming;
    if (!fetch(unit, argument_u32(values, 1), &request) ||
        !fetch_place(unit, argument_u32(values, 2), reply)) {
        return bad_call(context);
    }
    const struct memory *memory = program->guest_memory;
    if (!find_payload(memory, &request, request.message.payload_size) ||
        !find_payload(memory, reply, reply->message.payload_capacity)) {
        values[0] = 1;
        return context;
    }
    return call(program, argument_u32(values, 0), &request);
}

static const struct {
    const char *name;
    gate_function *function;
} copies[COPY_COUNT] = {
    [COPY_READ] = {"read", copy_read},
    [COPY_WRITE] = {"write", copy_write},
    [COPY_CALL] = {"call", copy_call},
};

status_t unit_copy_call(struct unit *unit, struct text name, struct function **out) {
    for (uint32_t i = 0; i < COPY_COUNT; i++) {
        if (text_equal(name, text_of(copies[i].name))) {
            struct function **place = &unit->copies[i];
            status_t status =
                *place != nullptr ? OK : make(unit, "iii", "i", copies[i].function, place);
            *out = *place;
            return status;
        }
    }
    return ERR_NOT_FOUND;
}

static struct context *unknown_called(struct context *context, struct function *gate,
                                      uint64_t *values) {
    const struct unknown *unknown = gate->data;
    unknown->program->unknown_called = unknown->import;
    context->trap = TRAP_UNKNOWN_IMPORT;
    return context;
}

status_t unit_unknown(struct unit *unit, const struct import *import, struct function **out) {
    struct program *program = unit->program;
    struct unknown *unknown = port_allocate(sizeof *unknown);
    if (unknown == nullptr) {
        return ERR_NO_MEMORY;
    }
    *unknown = (struct unknown){.next = program->unknowns, .program = program, .import = import};
    status_t status =
        gate_create(program->context, module_function_type(unit->module, import->index),
                    unknown_called, unknown, &unknown->gate);
    if (status != OK) {
        port_release(unknown, sizeof *unknown);
        return status;
    }
    program->unknowns = unknown;
    *out = unknown->gate;
    return OK;
}

static void destroy(struct function *gate) {
    if (gate != nullptr) {
        gate_destroy(gate);
    }
}

void program_gates_destroy(struct program *program) {
    for (size_t i = 0; i < program->unit_count; i++) {
        for (uint32_t gate = 0; gate < GATE_COUNT; gate++) {
            destroy(program->units[i].gates[gate]);
        }
        for (uint32_t copy = 0; copy < COPY_COUNT; copy++) {
            destroy(program->units[i].copies[copy]);
        }
    }
    while (program->unknowns != nullptr) {
        struct unknown *unknown = program->unknowns;
        program->unknowns = unknown->next;
        gate_destroy(unknown->gate);
        port_release(unknown, sizeof *unknown);
    }
}
