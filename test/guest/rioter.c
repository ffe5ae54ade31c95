/* SPDX-License-Identifier: MIT */
/*
 * What storm.c makes processes of, by the first letter of their argument:
 *
 *   r   riots: enters all gates at random, with messages, modules, specs and addresses at random;
 *       now and then it recurses, loops or grows for ever instead. Its seed follows the letter. The
 *       first of its handles is the guardian's, which hears of its calls, the second the server's,
 *       the third the module of all of these; they are in its pool, too.
 *   g   the same, as a child of such a one; it has no children
 *   c   asks a server in numbered requests, the second of its handles, and looks at each answer,
 *       until it is told to stop; the guardian hears how many there were. Leaves with 0, or with
 * the line of what was not as it should be.
 *
 * As a handler it is that server: it answers whoever asks, and traps when a byte of its own memory
 * has changed.
 */
#include "expect.h"
#include "random.h"

enum : uint32_t { TELL_CALLS = 1, TELL_ANSWERS, ASK_ECHO = 77, STOP = 5 };

constexpr uint32_t OFTEN = 256; /* calls between two words to the guardian */
constexpr uint32_t SIZE = 64;   /* bytes of a numbered request */
constexpr uint32_t CANARY = 128 * 1024;

static uint8_t record[4096];
static uint8_t canary[CANARY];

enum : uint32_t { GUARDIAN, SERVER, MODULE };

static handle_t born_with(uint32_t index) {
    struct birth_handle handle;
    memcpy(&handle, record + sizeof(struct birth) + index * sizeof handle, sizeof handle);
    return handle.handle;
}

static const char *argument(void) {
    const struct birth *birth = (const struct birth *)record;
    return (const char *)(birth + 1) + birth->handle_count * sizeof(struct birth_handle);
}

static void canary_set(void) {
    for (uint32_t i = 0; i < CANARY; i++) {
        canary[i] = (uint8_t)(i * 7 + 3);
    }
}

static bool canary_lives(uint32_t from, uint32_t size) {
    for (uint32_t i = from; i < from + size; i++) {
        if (canary[i] != (uint8_t)(i * 7 + 3)) {
            return false;
        }
    }
    return true;
}

/* ---- r ---- */

static const uint8_t empty_module[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

static uint32_t recursion(uint32_t depth) {
    uint32_t below = depth == 0 ? 0 : recursion(depth - 1);
    __asm__ volatile("" : "+r"(below));
    return below + 1;
}

/* What a guardian must live with. */
static void run_wild(void) {
    switch (pick(4)) {
    case 0:
        (void)recursion(UINT32_MAX);
        break;
    case 1:
        while (__builtin_wasm_memory_grow(0, 1) != SIZE_MAX) {
        }
        break;
    case 2:
        system_exit(pick(100));
    default:
        for (;;) {
            state++;
            __asm__ volatile("");
        }
    }
}

/* An address anywhere: most of them end this process. */
static void *anywhere(void) {
    return (void *)(uintptr_t)number();
}

static uint64_t soon(void) {
    return pick(3) == 0 ? DEADLINE_NOW : system_time_get() + pick(300'000);
}

/* Most of what is forgotten is closed, so that there is room for more. */
static void keep_if(status_t status, handle_t handle) {
    if (status == OK) {
        uint32_t place = pick(POOL);
        if (pick(8) != 0) {
            (void)system_handle_close(pool[place]);
        }
        pool[place] = handle;
    }
}

/* Others than the server may never answer: then the guardian puts an end to it. */
static void call(void) {
    struct message request = some_message(), reply = some_message();
    handle_t handle = pick(1000) == 0 ? some_handle() : born_with(SERVER);
    if (system_call(handle, &request, &reply) == OK) {
        keep_all(&reply);
    }
}

static void send(void) {
    const struct message message = some_message();
    (void)system_send(some_handle(), &message, pick(2) == 0 ? 0 : number(), soon());
}

static void receive(void) {
    struct message message = some_message();
    if (system_receive(&message, soon()) == OK) {
        keep_all(&message);
    }
}

static void reply(void) {
    const struct message message = some_message();
    (void)system_reply(some_handle(), &message);
}

static void close(void) {
    (void)system_handle_close(some_handle());
}

static void copy(void) {
    handle_t handle;
    keep_if(system_handle_copy(some_handle(), &handle), handle);
}

static void mint(void) {
    handle_t handle;
    keep_if(system_handle_mint(number(), &handle), handle);
}

static void ask_badge(void) {
    uint64_t badge;
    (void)system_handle_badge(some_handle(), &badge);
}

static void set_timer(void) {
    (void)system_timer_set(number(), pick(2) == 0 ? soon() : number());
}

static void make_module(void) {
    bool sound = pick(20) != 0; /* what is not is told by a line */
    handle_t handle;
    scribble(room, 64);
    keep_if(system_module_create((const char *)room, pick(80), sound ? empty_module : room,
                                 sound ? sizeof empty_module : pick(64), &handle),
            handle);
}

/* Born with what this one was, or with nonsense. */
static void start_process(handle_t process) {
    uint32_t size = ((struct birth *)record)->size;
    memcpy(room, record, sizeof record);
    room[(const uint8_t *)argument() - record] = 'g';
    if (pick(4) == 0) {
        room[pick(64)] = (uint8_t)number();
    }
    (void)system_process_start(process, room, pick(8) == 0 ? pick(4096) : size);
}

static void start(void) {
    start_process(some_handle());
}

static void make_process(void) {
    struct process_spec spec = {.name = "grandchild",
                                .modules = {pick(2) == 0 ? some_handle() : born_with(MODULE)},
                                .module_count = 1,
                                .flags = pick(8)};
    handle_t handle;
    spec.priority = pick(20);
    spec.stack_size = pick(4) == 0 ? (uint32_t)number() : 64 * 1024;
    spec.memory_pages = pick(4) == 0 ? (uint32_t)number() : 8;
    spec.handles = pick(4) == 0 ? (uint32_t)number() : 100;
    spec.mailbox_messages = pick(40);
    spec.mailbox_bytes = pick(4) == 0 ? (uint32_t)number() : 0;
    spec.turn_ms = pick(4) == 0 ? pick(30) : 0;
    status_t status = system_process_create(&spec, number(), &handle);
    if (status == OK && pick(2) == 0) {
        start_process(handle);
    }
    keep_if(status, handle);
}

static void mint_for(void) {
    handle_t handle;
    keep_if(system_process_mint(some_handle(), number(), &handle), handle);
}

static void kill(void) {
    (void)system_process_kill(some_handle());
}

static void ask_status(void) {
    struct process_info info;
    (void)system_process_status(some_handle(), &info);
}

static void use_device(void) {
    static struct device_info info;
    static alignas(4096) uint8_t window[4096];
    handle_t device = some_handle(), handle;
    uint64_t address;
    (void)system_device_info(device, &info, pick(sizeof info));
    (void)system_device_map(device, pick(3), window);
    (void)system_device_port(device, pick(3), (uint32_t)number(), (uint32_t)number(), pick(256));
    (void)system_device_interrupt(device, pick(3), number());
    (void)system_device_acknowledge(device, pick(3));
    (void)system_device_dma(device, (uint32_t)number(), window, &address);
    keep_if(system_device_derive(device, &info, &handle), handle);
}

/* Bad addresses, in the gates that take one or two. */
static void lie(void) {
    switch (pick(6)) {
    case 0:
        (void)system_call(some_handle(), anywhere(), anywhere());
        break;
    case 1:
        (void)system_receive(anywhere(), DEADLINE_NOW);
        break;
    case 2:
        (void)system_process_create(anywhere(), 1, anywhere());
        break;
    case 3:
        (void)system_module_create(anywhere(), (uint32_t)number(), anywhere(), (uint32_t)number(),
                                   anywhere());
        break;
    case 4:
        (void)system_process_start(some_handle(), anywhere(), (uint32_t)number());
        break;
    default:
        (void)system_handle_copy(some_handle(), anywhere());
        break;
    }
}

static void enter(void) {
    static void (*const gates[])(void) = {
        call,     call,  call,  send,       send,       send,       receive,   receive,
        reply,    reply, close, copy,       mint,       ask_badge,  set_timer, make_process,
        mint_for, start, kill,  ask_status, use_device, make_module};
    gates[pick(sizeof gates / sizeof *gates)]();
}

static void refill(void) {
    const struct birth *birth = (const struct birth *)record;
    for (uint32_t i = 0; i < birth->handle_count; i++) {
        handle_t handle;
        if (i == MODULE && argument()[0] == 'g') {
            continue;
        }
        keep_if(system_handle_copy(born_with(i), &handle), handle);
    }
}

static void riot(uint64_t seed) {
    constexpr uint32_t LIES = 10'000, WILD = 40'000;
    state = (seed + 1) * UINT64_C(0x9E37'79B9'7F4A'7C15);
    state += argument()[0] == 'g' ? system_time_get() : 0; /* no two do the same */
    for (uint64_t calls = 1;; calls++) {
        if (calls % 16 == 1) {
            refill();
        }
        enter();
        if (pick(LIES) == 0) {
            lie();
        }
        if (pick(WILD) == 0) {
            run_wild();
        }
        if (calls % OFTEN == 0) {
            const struct message told = {.operation = TELL_CALLS, .words = {OFTEN, seed}};
            (void)system_send(born_with(GUARDIAN), &told, 0, DEADLINE_NEVER);
        }
    }
}

/* ---- c ---- */

static void ask(uint64_t number) {
    static uint8_t bytes[SIZE], answer[SIZE];
    struct message request = {
        .operation = ASK_ECHO, .words = {number}, .payload = bytes, .payload_size = SIZE};
    struct message reply = {.payload = answer, .payload_capacity = SIZE};
    memset(bytes, (int)(uint8_t)number, SIZE);
    memset(answer, 0, SIZE);
    CHECK(system_call(born_with(SERVER), &request, &reply) == OK);
    CHECK(reply.status == OK && reply.words[0] == number * 3 + 1 && reply.payload_size == SIZE);
    CHECK(memcmp(bytes, answer, SIZE) == 0 && reply.handle_count == 0);
}

static void converse(void) {
    struct message in = {};
    canary_set();
    for (uint64_t number = 1; system_receive(&in, DEADLINE_NOW) == ERR_TIMED_OUT; number++) {
        ask(number);
        if (number % OFTEN == 0) {
            const struct message told = {.operation = TELL_ANSWERS, .words = {number}};
            CHECK(canary_lives(0, CANARY));
            CHECK(system_send(born_with(GUARDIAN), &told, 0, DEADLINE_NEVER) == OK);
        }
    }
    CHECK(in.operation == STOP);
    system_exit(0);
}

[[clang::export_name("_start")]] void command(void);
void command(void) {
    CHECK(system_birth(record, sizeof record) <= (int32_t)sizeof record);
    uint64_t seed = 0;
    for (const char *at = argument() + 1; *at != 0; at++) {
        seed = seed * 10 + (uint64_t)(*at - '0');
    }
    if (argument()[0] == 'c') {
        converse();
    }
    riot(seed);
}

/* ---- the server ---- */

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};

[[clang::export_name("start")]] struct message *start_server(void);
struct message *start_server(void) {
    canary_set();
    return &buffer;
}

[[clang::export_name("handle")]] void handle(struct message *message);
void handle(struct message *message) {
    static uint32_t part;
    constexpr uint32_t PART = 1024;
    part = (part + PART) % CANARY;
    if (!canary_lives(part, PART)) {
        __builtin_trap();
    }
    for (uint32_t i = 0; i < message->handle_count; i++) {
        (void)system_handle_close(message->handles[i]);
    }
    if (message->reply != HANDLE_NONE) {
        const struct message answer = {.words = {message->words[0] * 3 + 1},
                                       .payload = payload,
                                       .payload_size = message->payload_size};
        (void)system_reply(message->reply, &answer);
    }
}
