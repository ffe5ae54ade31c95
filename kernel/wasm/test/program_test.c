/* SPDX-License-Identifier: MIT */
/*
 * Programs as the kernel sees them: what is refused and how that is told, gates with every kind of
 * bad pointer, adapters' copy calls, the birth record, exit, traces. Compiled code is played by
 * scripts.
 */
#include "../unit.h"
#include "double.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <engine/port.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static const uint8_t command[] = {
#embed "command.wasm"
};
static const uint8_t guest[] = {
#embed "guest.wasm"
};
static const uint8_t adapter[] = {
#embed "adapter.wasm"
};
static const uint8_t relay[] = {
#embed "relay.wasm"
};
static const uint8_t borrower[] = {
#embed "borrower.wasm"
};
static const uint8_t wrong[] = {
#embed "wrong.wasm"
};
static const uint8_t unknown[] = {
#embed "unknown.wasm"
};
static const uint8_t shapeless[] = {
#embed "shapeless.wasm"
};
static const uint8_t segment[] = {
#embed "segment.wasm"
};

constexpr uint32_t PAGE = PAGE_SIZE_WASM;

static struct engine *engine;
static const struct target *no_target;
static struct process *server;
static struct program_result result;
static char told[4096];

static void tell(void *data, const char *line) {
    CHECK(strlen(told) + strlen(line) + 2 < sizeof told);
    strcat(told, line);
    strcat(told, "\n");
}

static const struct program_adapter adapters[] = {{"unused", "x", 1},
                                                  {"wasi", adapter, sizeof adapter}};
static const char *const arguments[] = {"program", "one two"};
static const char *const environment[] = {"KEY=value"};
static struct program_grant grants[] = {{"stdin", PROTOCOL_CONSOLE, nullptr, 70}};

static struct program_config config_of(const uint8_t *bytes, size_t size) {
    grants[0].server = server;
    return (struct program_config){.name = "test.wasm",
                                   .bytes = bytes,
                                   .size = size,
                                   .arguments = arguments,
                                   .argument_count = 2,
                                   .environment = environment,
                                   .environment_count = 1,
                                   .grants = grants,
                                   .grant_count = 1,
                                   .adapters = adapters,
                                   .adapter_count = 2,
                                   .complain = tell};
}

static void run(const struct program_config *config,
                void (*script)(struct context *context, struct function *function)) {
    told[0] = 0;
    double_script = script;
    program_run(engine, config, &result);
    if (double_script == nullptr || strcmp(told, "") != 0) {
        return;
    }
    CHECK(result.how == PROGRAM_EXITED);
}

static bool tells(const char *text) {
    bool same = strcmp(told, text) == 0;
    if (!same) {
        fprintf(stderr, "told:\n%s", told);
    }
    return same;
}

/* ---- calling imports as compiled code would ---- */

static struct program *program_of(struct context *context) {
    return context->owner;
}

static uint64_t enter_gate(struct context *context, struct function *gate, uint64_t a, uint64_t b,
                           uint64_t c, uint64_t d) {
    uint64_t *values = context->values;
    values[0] = a;
    values[1] = b;
    values[2] = c;
    values[3] = d;
    CHECK(gate->gate(context, gate, values) == context);
    return values[0];
}

#define ENTER(name, ...) enter_gate(context, gate_of(context, GATE_##name), __VA_ARGS__)

static struct function *gate_of(struct context *context, enum gate gate) {
    return program_of(context)->units[0].gates[gate];
}

static uint8_t *memory_of(struct context *context) {
    return program_of(context)->units[0].memory->base;
}

static struct message_wire *wire_at(struct context *context, uint32_t address) {
    return (struct message_wire *)(void *)(memory_of(context) + address);
}

static bool traps(struct context *context) {
    bool bad = context->trap == TRAP_BAD_CALL;
    context->trap = TRAP_NONE;
    return bad;
}

/* ---- a server to talk to ---- */

static uint8_t server_payload[256];
static struct message server_buffer = {.payload = server_payload, .payload_capacity = 256};
static unsigned server_turns;

static void serve(struct process *process, void *data, struct message *message) {
    server_turns++;
    for (uint32_t i = 0; i < message->handle_count; i++) {
        CHECK(process_handle_close(process, message->handles[i]) == OK);
    }
    if (message->reply == HANDLE_NONE) {
        return;
    }
    struct message answer = {.words = {message->badge, message->words[3]},
                             .payload = message->payload,
                             .payload_size = message->payload_size};
    if (process_handle_mint(process, 5, &answer.handles[0]) == OK) {
        answer.handle_count = 1;
    }
    if (process_reply(process, message->reply, &answer) == ERR_CLOSED) {
        CHECK(process_handle_close(process, answer.handles[0]) == OK);
    }
}

static void start_server(void) {
    struct process_limits limits = {1000, 100, 10000};
    ensure(process_create("server", &limits, &server) == OK);
    process_set_turn(server, serve, nullptr, &server_buffer);
}

/* ---- tests ---- */

static void script_exit(struct context *context, struct function *function) {
    CHECK(process_current() == program_of(context)->process);
    ENTER(exit, 7, 0, 0, 0);
}

static void script_nothing(struct context *context, struct function *function) {
}

static void script_killed(struct context *context, struct function *function) {
    context->trap = TRAP_KILLED;
}

static void test_ends(void) {
    struct program_config config = config_of(command, sizeof command);
    run(&config, script_exit);
    CHECK(result.how == PROGRAM_EXITED && result.exit_code == 7 && tells(""));
    CHECK(result.first_instruction_ns > 0 && process_current() == nullptr);
    run(&config, script_nothing);
    CHECK(result.how == PROGRAM_EXITED && result.exit_code == 0 && tells(""));
    run(&config, script_killed); /* the same trap, but it is no exit */
    CHECK(result.how == PROGRAM_TRAPPED && result.trap == TRAP_KILLED && tells("trap: killed\n"));
}

static void script_birth(struct context *context, struct function *function) {
    uint32_t size = (uint32_t)ENTER(birth, 0, 0, 0, 0);
    CHECK(size == 24 + 8 + strlen("program.one two.KEY=value.stdin.") && !traps(context));
    CHECK(ENTER(birth, 0, size - 1, 0, 0) == size && memory_of(context)[0] == 0);
    ENTER(birth, PAGE - size + 1, size, 0, 0);
    CHECK(traps(context));
    CHECK(ENTER(birth, PAGE - size, size, 0, 0) == size && !traps(context));
    struct birth birth;
    struct birth_handle handle;
    uint8_t *record = memory_of(context) + PAGE - size;
    memcpy(&birth, record, sizeof birth);
    memcpy(&handle, record + sizeof birth, sizeof handle);
    CHECK(birth.magic == BIRTH_MAGIC && birth.size == size && birth.strings_size == size - 32);
    CHECK(birth.argument_count == 2 && birth.environment_count == 1 && birth.handle_count == 1);
    CHECK(handle.protocol == PROTOCOL_CONSOLE);
    CHECK(memcmp(record + 32, "program\0one two\0KEY=value\0stdin", size - 32) == 0);
    *wire_at(context, 0) = (struct message_wire){.words = {0, 0, 0, 9}};
    CHECK(ENTER(call, handle.handle, 0, 100, 0) == 0); /* unaligned is as good */
    struct message_wire reply;
    memcpy(&reply, memory_of(context) + 100, sizeof reply);
    CHECK(reply.words[0] == 70 && reply.words[1] == 9 && reply.handle_count == 1);
    CHECK(ENTER(time_get, 0, 0, 0, 0) > 0);
}

static void test_birth(void) {
    struct program_config config = config_of(command, sizeof command);
    run(&config, script_birth);
    CHECK(tells(""));
    char *large = malloc(BIRTH_MAX + 1);
    memset(large, 'x', BIRTH_MAX);
    large[BIRTH_MAX] = 0;
    const char *const many[] = {"p", large};
    config.arguments = many;
    run(&config, script_nothing);
    CHECK(result.how == PROGRAM_REFUSED);
    CHECK(tells("arguments and environment take 65587 bytes; at most 65536 can be given\n"));
    free(large);
}

static handle_t granted(struct context *context) {
    struct birth_handle handle;
    memcpy(&handle, program_of(context)->birth + sizeof(struct birth), sizeof handle);
    return handle.handle;
}

static void script_payload(struct context *context, struct function *function) {
    handle_t handle = granted(context), copy;
    uint8_t *memory = memory_of(context);
    memcpy(memory + 1000, "payload", 7);
    *wire_at(context, 0) = (struct message_wire){.payload = 1000, .payload_size = 7};
    *wire_at(context, 200) =
        (struct message_wire){.payload = PAGE - 7, .payload_capacity = 7, .badge = 99};
    CHECK(ENTER(call, handle, 0, 200, 0) == 0 && memcmp(memory + PAGE - 7, "payload", 7) == 0);
    const struct message_wire *reply = wire_at(context, 200);
    CHECK(reply->payload == PAGE - 7 && reply->payload_capacity == 7 && reply->payload_size == 7);
    CHECK(reply->operation == MESSAGE_REPLY && reply->badge == 0 && reply->handle_count == 1);
    wire_at(context, 200)->payload_capacity = 6;
    CHECK((int32_t)ENTER(call, handle, 0, 200, 0) == ERR_TOO_BIG);
    /* handles */
    CHECK(ENTER(handle_copy, handle, 400, 0, 0) == 0);
    memcpy(&copy, memory + 400, sizeof copy);
    CHECK(copy != handle && ENTER(handle_close, copy, 0, 0, 0) == 0);
    CHECK((int32_t)ENTER(handle_close, copy, 0, 0, 0) == ERR_BAD_HANDLE);
    CHECK(ENTER(handle_mint, UINT64_MAX - 3, 404, 0, 0) == 0);
    memcpy(&copy, memory + 404, sizeof copy);
    CHECK(ENTER(handle_badge, copy, 408, 0, 0) == 0);
    CHECK(memcmp(memory + 408, &(uint64_t){UINT64_MAX - 3}, 8) == 0);
    CHECK((int32_t)ENTER(handle_badge, handle, 408, 0, 0) == ERR_BAD_HANDLE);
    /* to oneself, with a key */
    CHECK(ENTER(send, copy, 0, 0, 0) == 0);
    CHECK(ENTER(send, handle, 0, 31, UINT64_MAX) == 0);
    *wire_at(context, 200) = (struct message_wire){.payload = 2000, .payload_capacity = 100};
    CHECK(ENTER(receive, 200, 0, 0, 0) == 0 && reply->badge == UINT64_MAX - 3);
    CHECK(ENTER(receive, 200, 0, 0, 0) == 0 && reply->badge == 31 && reply->payload_size == 7);
    CHECK((int32_t)ENTER(receive, 200, 0, 0, 0) == ERR_TIMED_OUT);
    CHECK((int32_t)ENTER(receive, 200, UINT64_MAX, 0, 0) == ERR_DEADLOCK);
    CHECK((int32_t)ENTER(reply, copy, 0, 0, 0) == ERR_BAD_HANDLE);
    CHECK(!traps(context));
}

static void test_payload(void) {
    struct program_config config = config_of(command, sizeof command);
    run(&config, script_payload);
    CHECK(tells(""));
}

/* Every pointer of every gate, just outside and far outside. */
static void script_bad_pointers(struct context *context, struct function *function) {
    static const uint32_t bad[] = {PAGE - 87, PAGE - 1, PAGE, PAGE + 1, 0x80000000, UINT32_MAX};
    handle_t handle = granted(context);
    unsigned turns = server_turns;
    for (unsigned i = 0; i < COUNT_OF(bad); i++) {
        uint32_t at = bad[i], word = at == PAGE - 87 ? PAGE - 3 : at;
        *wire_at(context, 0) = (struct message_wire){};
        CHECK((ENTER(call, handle, at, 0, 0), traps(context)));
        CHECK((ENTER(call, handle, 0, at, 0), traps(context)));
        CHECK((ENTER(send, handle, at, 0, 0), traps(context)));
        CHECK((ENTER(receive, at, 0, 0, 0), traps(context)));
        CHECK((ENTER(reply, handle, at, 0, 0), traps(context)));
        CHECK((ENTER(handle_copy, handle, word, 0, 0), traps(context)));
        CHECK((ENTER(handle_mint, 1, word, 0, 0), traps(context)));
        CHECK((ENTER(handle_badge, handle, word, 0, 0), traps(context)));
        CHECK((ENTER(birth, word, UINT32_MAX, 0, 0), traps(context)));
        CHECK((ENTER(module_create, at, 88, 0, 0), traps(context)));
        CHECK((ENTER(module_create, 0, 8, at, 88), traps(context)));
        context->values[4] = word;
        CHECK((ENTER(module_create, 0, 8, 0, 8), traps(context)));
        CHECK((ENTER(process_create, at, 1, 0, 0), traps(context)));
        CHECK((ENTER(process_create, 0, 1, word, 0), traps(context)));
        CHECK((ENTER(process_mint, handle, 1, word, 0), traps(context)));
        CHECK((ENTER(process_start, handle, at, 88, 0), traps(context)));
        CHECK((ENTER(process_status, handle, at - 32, 0, 0), traps(context)));
        *wire_at(context, 0) =
            (struct message_wire){.payload = at, .payload_size = 88, .payload_capacity = 88};
        CHECK((ENTER(call, handle, 0, 200, 0), traps(context)));
        CHECK((ENTER(call, handle, 200, 0, 0), traps(context)));
        CHECK((ENTER(send, handle, 0, 0, 0), traps(context)));
        CHECK((ENTER(receive, 0, 0, 0, 0), traps(context)));
        CHECK((ENTER(reply, handle, 0, 0, 0), traps(context)));
        wire_at(context, 0)->payload = 0;
        wire_at(context, 0)->payload_size = at > PAGE ? at : PAGE + 1;
        CHECK((ENTER(call, handle, 0, 200, 0), traps(context)));
    }
    CHECK(server_turns == turns);
    context->trap = TRAP_BAD_CALL;
}

static void test_bad_pointers(void) {
    struct program_config config = config_of(command, sizeof command);
    run(&config, script_bad_pointers);
    CHECK(result.how == PROGRAM_TRAPPED && result.trap == TRAP_BAD_CALL);
    CHECK(tells("trap: bad pointer or argument in a kernel call\n"));
    struct process_usage usage;
    process_usage_get(server, &usage);
    CHECK(usage.handles == 0 && usage.messages == 0);
}

static uint64_t state = 1234567;
static uint32_t chance(uint32_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % bound;
}

static uint64_t any_value(struct context *context) {
    switch (chance(6)) {
    case 0:
        return granted(context);
    case 1:
        return (1 + chance(2)) << 20 | chance(20); /* a likely handle */
    case 2:
        return PAGE - chance(100);
    case 3:
        return (uint32_t)(state >> 20);
    default:
        return 8 * chance(100);
    }
}

/* Every gate with any arguments, over memory that is full of likely and unlikely messages. */
static void script_random(struct context *context, struct function *function) {
    unsigned trapped = 0;
    for (unsigned i = 0; i < 100'000; i++) {
        uint32_t *word = (uint32_t *)(void *)(memory_of(context) + 4 * chance(PAGE / 4));
        *word = chance(3) == 0 ? (uint32_t)any_value(context) : chance(5);
        struct message_wire *wire = wire_at(context, 8 * chance(100));
        if (chance(2) == 0) {
            *wire = (struct message_wire){.operation = chance(10),
                                          .payload = chance(PAGE + 50),
                                          .payload_size = chance(300),
                                          .payload_capacity = chance(300),
                                          .flags = chance(2),
                                          .handle_count = chance(6)};
        }
        uint32_t gate = chance(GATE_COUNT);
        if (gate != GATE_exit && gate != GATE_module_create) { /* which complains each time */
            uint64_t last = chance(4) == 0 ? UINT64_MAX : chance(100);
            enter_gate(context, gate_of(context, (enum gate)gate), any_value(context),
                       any_value(context), gate == GATE_send ? chance(2) : any_value(context),
                       last);
        }
        trapped += traps(context);
    }
    CHECK(trapped > 1000 && trapped < 90'000);
}

static void test_random(void) {
    struct program_config config = config_of(command, sizeof command);
    run(&config, script_random);
    CHECK(tells(""));
    struct process_usage usage;
    process_usage_get(server, &usage);
    CHECK(usage.handles == 0 && usage.handles_reserved == 0); /* it died owing and owning */
}

/* An adapter's call: the messages are the adapter's, the payloads the program's. */
static void check_call(struct context *context, struct program *program, uint8_t *own,
                       uint8_t *theirs) {
    struct function *call = program->units[1].copies[COPY_CALL];
    handle_t to = granted(context);
    struct message_wire *request = (struct message_wire *)(own + 104);
    struct message_wire *reply = (struct message_wire *)(own + 208);
    *request = (struct message_wire){.operation = 3, .payload = 60, .payload_size = 5};
    *reply = (struct message_wire){.payload = PAGE - 5, .payload_capacity = 5};
    memcpy(theirs + 60, "bytes", 5);
    memset(theirs + PAGE - 5, 0, 5);
    unsigned turns = server_turns;
    CHECK(enter_gate(context, call, to, 104, 208, 0) == 0 && !traps(context));
    CHECK(server_turns == turns + 1 && reply->words[0] == 70 && reply->payload_size == 5);
    CHECK(memcmp(theirs + PAGE - 5, "bytes", 5) == 0 && own[60] == 0 && own[PAGE - 5] == 0);
    /* nobody is asked when a range of the program's is not there */
    reply->payload++;
    CHECK(enter_gate(context, call, to, 104, 208, 0) == 1 && !traps(context));
    reply->payload--;
    request->payload = UINT32_MAX;
    CHECK(enter_gate(context, call, to, 104, 208, 0) == 1 && !traps(context));
    CHECK(server_turns == turns + 1);
    CHECK((enter_gate(context, call, to, PAGE - 80, 208, 0), traps(context)));
    CHECK((enter_gate(context, call, to, 104, PAGE - 80, 0), traps(context)));
}

static const char *order[4];
static unsigned entered;

static void script_adapter(struct context *context, struct function *function) {
    struct program *program = program_of(context);
    order[entered++ % 4] = function->instance == program->units[1].instance ? "adapter" : "program";
    CHECK(program->unit_count == 2 && program->guest_memory == program->units[0].memory);
    struct function *read = program->units[1].copies[COPY_READ];
    struct function *write = program->units[1].copies[COPY_WRITE];
    uint8_t *own = program->units[1].memory->base, *theirs = memory_of(context);
    CHECK(own != theirs);
    memcpy(theirs + 50, "theirs", 6);
    CHECK(enter_gate(context, read, PAGE - 6, 50, 6, 0) == 0 && !traps(context));
    CHECK(memcmp(own + PAGE - 6, "theirs", 6) == 0);
    CHECK(enter_gate(context, write, PAGE - 3, PAGE - 6, 3, 0) == 0 && !traps(context));
    CHECK(memcmp(theirs + PAGE - 3, "the", 3) == 0);
    /* their addresses may be wrong: told; the adapter's own may not */
    CHECK(enter_gate(context, read, 0, PAGE - 5, 6, 0) == 1 && !traps(context));
    CHECK(enter_gate(context, write, UINT32_MAX, 0, 1, 0) == 1 && !traps(context));
    CHECK(enter_gate(context, read, 0, 0, UINT32_MAX, 0) == 1 && traps(context));
    CHECK((enter_gate(context, write, 0, PAGE, 1, 0), traps(context)));
    CHECK(enter_gate(context, read, PAGE, PAGE, 0, 0) == 0 && !traps(context));
    memset(own, 0, PAGE);
    check_call(context, program, own, theirs);
    /* gates of the adapter mean the adapter's memory */
    memset(theirs, 0, 100);
    enter_gate(context, program->units[1].gates[GATE_birth], 0, 1000, 0, 0);
    CHECK(memcmp(own, "BRTH", 4) == 0 && theirs[0] == 0);
}

static void test_adapter(void) {
    struct program_config config = config_of(guest, sizeof guest);
    run(&config, script_adapter);
    CHECK(tells("") && result.how == PROGRAM_EXITED && entered == 3);
    CHECK(strcmp(order[0], "adapter") == 0); /* its start function runs first */
    CHECK(strcmp(order[1], "program") == 0 && strcmp(order[2], "program") == 0);
    config.adapter_count = 1; /* the other one is not looked at: nobody imports from it */
    run(&config, nullptr);
    CHECK(result.how == PROGRAM_REFUSED && tells("wasi.double: nothing provides it\n"));
}

/* Both units mean one memory: copies within it may overlap. */
static void script_borrower(struct context *context, struct function *function) {
    struct program *program = program_of(context);
    struct unit *lender = &program->units[1];
    uint8_t *shared = memory_of(context);
    CHECK(program->guest_memory != nullptr && program->guest_memory == lender->memory);
    CHECK(instance_function(program->units[0].instance, 0) == lender->gates[GATE_time_get]);
    memcpy(shared, "0123456789", 10);
    CHECK(enter_gate(context, lender->copies[COPY_READ], 2, 0, 8, 0) == 0);
    CHECK(memcmp(shared, "0101234567", 10) == 0);
    CHECK(enter_gate(context, lender->copies[COPY_WRITE], 0, 2, 8, 0) == 0);
    CHECK(memcmp(shared, "0123456767", 10) == 0 && !traps(context));
}

static void test_borrowed_memory(void) {
    static const struct program_adapter relays[] = {{"relay", relay, sizeof relay}};
    struct program_config config = config_of(borrower, sizeof borrower);
    config.adapters = relays;
    config.adapter_count = 1;
    run(&config, script_borrower);
    CHECK(tells("") && result.how == PROGRAM_EXITED);
}

static void script_unknown(struct context *context, struct function *function) {
    struct function *gate = program_of(context)->unknowns->next->gate;
    enter_gate(context, gate, 0, 0, 0, 0);
}

static void test_imports(void) {
    struct program_config config = config_of(wrong, sizeof wrong);
    run(&config, nullptr);
    CHECK(result.how == PROGRAM_REFUSED && result.first_instruction_ns == 0);
    CHECK(tells("copper.format_disk: nothing provides it\n"
                "copper.exit: what provides it is a function of another type\n"
                "wasi.double: what provides it is a function of another type\n"
                "wasi.triple: nothing provides it\n"
                "guest.read: nothing provides it\n"
                "?[2J.??x?: nothing provides it\n"
                "other.memory: nothing provides it\n"));
    config.trap_unknown_imports = true;
    run(&config, nullptr);
    CHECK(result.how == PROGRAM_REFUSED && tells("other.memory: nothing provides it\n"));
    config = config_of(unknown, sizeof unknown);
    run(&config, nullptr);
    CHECK(result.how == PROGRAM_REFUSED);
    config.trap_unknown_imports = true;
    run(&config, script_unknown);
    CHECK(result.how == PROGRAM_TRAPPED && result.trap == TRAP_UNKNOWN_IMPORT);
    CHECK(tells("trap: call of an import that nothing provides (nowhere.nothing)\n"));
}

static void test_shape(void) {
    struct program_config config = config_of(shapeless, sizeof shapeless);
    run(&config, nullptr);
    CHECK(result.how == PROGRAM_REFUSED);
    CHECK(tells("test.wasm: exports no function \"_start\" without parameters and results\n"
                "test.wasm: exports no memory \"memory\"\n"));
    config = config_of(segment, sizeof segment);
    run(&config, script_nothing);
    CHECK(result.how == PROGRAM_TRAPPED && result.trap == TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(tells("trap: out of bounds memory access, in a segment that initializes\n"));
    for (size_t size = 0; size < sizeof command; size += 7) { /* cut anywhere */
        config = config_of(command, size);
        run(&config, nullptr);
        CHECK(result.how == PROGRAM_REFUSED && strstr(told, "test.wasm: ") == told);
    }
}

static struct frame frames[PROGRAM_TRACE_MAX + 1];

static void script_trap(struct context *context, struct function *function) {
    struct program *program = program_of(context);
    for (unsigned i = 0; i <= PROGRAM_TRACE_MAX; i++) {
        frames[i] = (struct frame){.module = program->units[i % 2].module,
                                   .function = i % 2 == 0 ? 2 : 5,
                                   .offset = 0x100 + i};
    }
    double_frames = frames;
    context->trap = TRAP_MEMORY_OUT_OF_BOUNDS;
    context->trap_address = (uintptr_t)memory_of(context) + 0x1'2345'6789;
}

static void script_recursion(struct context *context, struct function *function) {
    for (unsigned i = 0; i <= PROGRAM_TRACE_MAX; i++) {
        frames[i] = (struct frame){.module = program_of(context)->units[0].module,
                                   .function = i == 0 ? 1 : 2,
                                   .offset = i == 0 ? 0 : 7};
    }
    context->trap = TRAP_STACK_OVERFLOW;
}

static void test_trace(void) {
    struct program_config config = config_of(guest, sizeof guest);
    double_frame_count = 3;
    run(&config, script_trap);
    CHECK(result.how == PROGRAM_TRAPPED && result.trap == TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(tells("trap: out of bounds memory access (address 0x123456789)\n"
                "  at #0 _start (func 2) +0x100\n"
                "  at #1 wasi: double (func 5) +0x101\n"
                "  at #2 _start (func 2) +0x102\n"));
    double_frame_count = PROGRAM_TRACE_MAX + 1;
    run(&config, script_trap);
    CHECK(strstr(told, "  at #63 ") != nullptr && strstr(told, "  at #64 ") == nullptr);
    CHECK(strcmp(told + strlen(told) - 11, "  and more\n") == 0);
    run(&config, script_recursion);
    CHECK(tells("trap: call stack exhausted\n"
                "  at #0 (func 1) +0x0\n"
                "  at #1 _start (func 2) +0x7\n"
                "  ... the same 62 times more\n"
                "  and more\n"));
    double_frame_count = 0;
}

int main(void) {
    struct engine_config config = {.target = no_target, .code_size = 1 << 20};
    ensure(engine_create(&config, &engine) == OK);
    start_server();
    test_ends();
    test_birth();
    test_payload();
    test_bad_pointers();
    test_random();
    test_adapter();
    test_borrowed_memory();
    test_imports();
    test_shape();
    test_trace();
    process_destroy(server);
    engine_destroy(engine);
    return check_finish("program");
}
