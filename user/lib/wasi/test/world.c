/* SPDX-License-Identifier: MIT */
/* See world.h. A handle is a place in one table for all; what it leads to is a kind and a badge. */
#include "world.h"
#include "../wasi.h"
#include <abi/birth.h>
#include <base/ensure.h>
#include <proto/clock.h>
#include <proto/file.h>
#include <proto/random.h>
#include <proto/socket.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <user/device.h>
#include <user/files.h>
#include <user/memory.h>
#include <user/system.h>

enum kind : uint8_t { NOTHING, CONSOLE, CLOCK, RANDOM, FILE_BADGE, LISTENER, CONNECTION };

struct object {
    enum kind kind;
    uint64_t badge;
};

constexpr uint32_t OBJECTS = 4096;
constexpr handle_t REPLY = OBJECTS;

uint8_t *guest_memory;
char world_written[64 * 1024];
uint32_t world_written_size;
bool world_input_waits;
uint64_t world_now_ns = 1000;
int64_t world_wall_set_ns;
unsigned world_callers;
unsigned world_watches;
uint64_t world_arrives_ns = UINT64_MAX;
uint64_t world_shut;
unsigned world_calls;

static struct object objects[OBJECTS];
static const char *input = "";
static uint64_t keys[16]; /* of those who want to be told, world_watches of them */
static struct message *server_buffer;
static struct message *reply_to; /* the caller's, while the server serves it */

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

/* ---- the kernel's part ---- */

static handle_t object_add(enum kind kind, uint64_t badge) {
    for (handle_t i = 1; i < OBJECTS; i++) {
        if (objects[i].kind == NOTHING) {
            objects[i] = (struct object){kind, badge};
            return i;
        }
    }
    return HANDLE_NONE;
}

unsigned world_handles(void) {
    unsigned count = 0;
    for (handle_t i = 1; i < OBJECTS; i++) {
        count += objects[i].kind != NOTHING;
    }
    return count;
}

static bool badge_is_held(uint64_t badge) {
    for (handle_t i = 1; i < OBJECTS; i++) {
        if (objects[i].kind == FILE_BADGE && objects[i].badge == badge) {
            return true;
        }
    }
    return false;
}

static void server_turn(const struct message *message) {
    void *buffer = server_buffer->payload;
    uint32_t capacity = server_buffer->payload_capacity;
    ensure(message->payload_size <= capacity);
    *server_buffer = *message;
    server_buffer->payload = buffer;
    server_buffer->payload_capacity = capacity;
    if (message->payload_size > 0) {
        memcpy(buffer, message->payload, message->payload_size);
    }
    server_files.handle(server_buffer);
    server_buffer->payload = buffer;
    server_buffer->payload_capacity = capacity;
}

status_t system_handle_close(handle_t handle) {
    if (handle == 0 || handle >= OBJECTS || objects[handle].kind == NOTHING) {
        return ERR_BAD_HANDLE;
    }
    struct object object = objects[handle];
    objects[handle].kind = NOTHING;
    if (object.kind == FILE_BADGE && !badge_is_held(object.badge)) {
        struct message released = {.operation = MESSAGE_RELEASED, .badge = object.badge};
        server_turn(&released);
    }
    return OK;
}

status_t system_handle_mint(uint64_t badge, handle_t *out) {
    *out = object_add(FILE_BADGE, badge);
    return *out != HANDLE_NONE ? OK : ERR_FULL;
}

status_t system_handle_badge(handle_t handle, uint64_t *out) {
    if (handle == 0 || handle >= OBJECTS || objects[handle].kind != FILE_BADGE) {
        return ERR_BAD_HANDLE;
    }
    *out = objects[handle].badge;
    return OK;
}

status_t system_reply(handle_t reply, const struct message *message) {
    ensure(reply == REPLY && reply_to != nullptr);
    void *payload = reply_to->payload;
    uint32_t capacity = reply_to->payload_capacity;
    ensure(message->payload_size <= capacity);
    *reply_to = *message;
    reply_to->payload = payload;
    reply_to->payload_capacity = capacity;
    if (message->payload_size > 0) {
        memcpy(payload, message->payload, message->payload_size);
    }
    reply_to = nullptr;
    return OK;
}

static status_t call_files(uint64_t badge, const struct message *request, struct message *reply) {
    struct message message = *request;
    message.badge = badge;
    message.reply = REPLY;
    if (request->handle_count > 0) {
        ensure((request->flags & MESSAGE_HANDLE_COPY) != 0 && request->handle_count == 1);
        struct object object = objects[request->handles[0]];
        message.handles[0] = object_add(object.kind, object.badge);
    }
    reply_to = reply;
    server_turn(&message);
    ensure(reply_to == nullptr);
    return OK;
}

static void read_input(uint64_t most, struct message *reply) {
    size_t size = strlen(input) < most ? strlen(input) : (size_t)most;
    memcpy(reply->payload, input, size);
    reply->payload_size = (uint32_t)size;
    input += size;
}

static void call_console(uint64_t badge, const struct message *request, struct message *reply) {
    switch (request->operation) {
    case CONSOLE_WRITE:
        if (request->payload_size > sizeof world_written - world_written_size) {
            world_written_size = 0; /* nobody looks at that much */
        }
        memcpy(world_written + world_written_size, request->payload, request->payload_size);
        world_written_size += request->payload_size;
        reply->words[0] = request->payload_size;
        break;
    case CONSOLE_READ:
        read_input(request->words[0], reply);
        break;
    case SOCKET_PEEK: {
        const char *before = input;
        read_input(request->words[0], reply);
        input = before;
        break;
    }
    case SOCKET_SHUTDOWN:
        ensure(request->words[0] >= 1 && request->words[0] <= 3);
        world_shut |= request->words[0];
        break;
    case CONSOLE_INFO:
        reply->words[0] = badge == 0 ? CONSOLE_TERMINAL : CONSOLE_STREAM;
        break;
    case CONSOLE_READY:
        reply->words[0] = request->words[0] == CONSOLE_READY_WRITE ? 4096 : strlen(input);
        reply->words[1] =
            request->words[0] == CONSOLE_READY_READ && *input == '\0' && !world_input_waits;
        break;
    default:
        reply->status = ERR_NOT_SUPPORTED;
    }
}

static void call_listener(const struct message *request, struct message *reply) {
    if (request->operation == CONSOLE_READY) {
        reply->words[0] = world_callers;
    } else if (request->operation == SOCKET_ACCEPT) {
        world_callers -= world_callers > 0;
        reply->handles[0] = object_add(CONNECTION, 1);
        reply->handle_count = 1;
    } else {
        reply->status = ERR_NOT_SUPPORTED;
    }
}

static void call_clock(const struct message *request, struct message *reply) {
    ensure(request->words[0] <= CLOCK_THREAD);
    bool wall = request->words[0] == CLOCK_WALL;
    reply->words[0] = request->operation == CLOCK_RESOLUTION ? 1
                      : wall                                 ? (uint64_t)device_wall_time_ns()
                                                             : world_now_ns;
}

static void call_random(const struct message *request, struct message *reply) {
    ensure(request->words[0] <= reply->payload_capacity);
    memset(reply->payload, 0xa5, request->words[0]);
    reply->payload_size = (uint32_t)request->words[0];
}

status_t system_call(handle_t handle, const struct message *request, struct message *reply) {
    world_calls++;
    if (handle == 0 || handle >= OBJECTS || objects[handle].kind == NOTHING) {
        return ERR_BAD_HANDLE;
    }
    struct object object = objects[handle];
    ensure(request->payload_size <= MESSAGE_PAYLOAD_MAX);
    if (object.kind == FILE_BADGE) {
        return call_files(object.badge, request, reply);
    }
    *reply =
        (struct message){.payload = reply->payload, .payload_capacity = reply->payload_capacity};
    if (object.kind == LISTENER) {
        call_listener(request, reply);
    } else if (object.kind == CONSOLE || object.kind == CONNECTION) {
        call_console(object.badge, request, reply);
    } else if (object.kind == CLOCK) {
        call_clock(request, reply);
    } else {
        call_random(request, reply);
    }
    return OK;
}

/* To be told when something is ready: nothing is before world_arrives_ns. */
status_t system_send(handle_t handle, const struct message *message, uint64_t key,
                     uint64_t deadline_ns) {
    ensure(message->operation == CONSOLE_WATCH && key != 0 && key >> 2 == handle);
    ensure(world_watches < sizeof keys / sizeof keys[0]);
    keys[world_watches++] = key;
    return OK;
}

status_t system_receive(struct message *message, uint64_t deadline_ns) {
    if (world_watches > 0 && world_arrives_ns <= deadline_ns) {
        if (world_arrives_ns > world_now_ns) {
            world_now_ns = world_arrives_ns;
        }
        world_type("arrived");
        world_callers = 1;
        *message = (struct message){.operation = MESSAGE_REPLY, .badge = keys[--world_watches]};
        return OK;
    }
    if (deadline_ns > world_now_ns) {
        world_now_ns = deadline_ns;
    }
    return ERR_TIMED_OUT;
}

uint64_t system_time_get(void) {
    return world_now_ns;
}

void system_exit(uint32_t code) {
    _exit((int)code);
}

int64_t device_wall_time_ns(void) {
    return INT64_C(1'700'000'000'000'000'000) + (int64_t)(world_now_ns % 1'000'000'000) +
           world_wall_set_ns;
}

void *memory_allocate(size_t size) {
    return malloc(size);
}

void memory_release(void *memory, size_t size) {
    free(memory);
}

/* ---- the program's part ---- */

int32_t guest_copy_in(void *to, guest_t from, uint32_t size);
int32_t guest_copy_out(guest_t to, const void *from, uint32_t size);
int32_t guest_call(handle_t handle, const struct message *request, struct message *reply);

/* A payload that is an address of the program's memory. False: it is not all there. */
static bool place_in_guest(struct message *message, uint32_t size) {
    uintptr_t at = (uintptr_t)message->payload;
    message->payload = size > 0 ? guest_memory + at : nullptr;
    return size == 0 || (at <= GUEST_SIZE && size <= GUEST_SIZE - at);
}

int32_t guest_call(handle_t handle, const struct message *given, struct message *reply) {
    struct message request = *given;
    if (!place_in_guest(&request, request.payload_size) ||
        !place_in_guest(reply, reply->payload_capacity)) {
        return 1;
    }
    return system_call(handle, &request, reply);
}

int32_t guest_copy_in(void *to, guest_t from, uint32_t size) {
    if (from > GUEST_SIZE || size > GUEST_SIZE - from) {
        return 1;
    }
    memcpy(to, guest_memory + from, size);
    return 0;
}

int32_t guest_copy_out(guest_t to, const void *from, uint32_t size) {
    if (to > GUEST_SIZE || size > GUEST_SIZE - to) {
        return 1;
    }
    memcpy(guest_memory + to, from, size);
    return 0;
}

void world_type(const char *bytes) {
    input = bytes;
}

guest_t put_text(guest_t at, const char *text) {
    memcpy(guest_memory + at, text, strlen(text));
    return at;
}

guest_t put_iovec(guest_t at, guest_t address, uint32_t size) {
    struct wasi_iovec iovec = {address, size};
    memcpy(guest_memory + at, &iovec, sizeof iovec);
    return at;
}

uint32_t get_u32(guest_t at) {
    uint32_t value;
    memcpy(&value, guest_memory + at, sizeof value);
    return value;
}

uint64_t get_u64(guest_t at) {
    uint64_t value;
    memcpy(&value, guest_memory + at, sizeof value);
    return value;
}

/* ---- birth ---- */

static const char strings[] =
    "prog\0one\0\0KEY=value\0stdin\0stdout\0stderr\0clock\0random\0/\0socket";

static struct {
    struct birth header;
    struct birth_handle handles[7];
    char strings[sizeof strings];
} record;

/* Without the padding at the end of the struct. */
constexpr uint32_t RECORD_SIZE =
    sizeof record.header + sizeof record.handles + sizeof record.strings;

int32_t system_birth(void *buffer, uint32_t capacity) {
    if (RECORD_SIZE <= capacity) {
        memcpy(buffer, &record, RECORD_SIZE);
    }
    return (int32_t)RECORD_SIZE;
}

/* The badge of /tmp, opened through the root for reading and writing. */
static handle_t open_tmp(void) {
    uint8_t bytes[64] = "tmp";
    struct message request = {.operation = FILE_OPEN,
                              .words = {FILE_OPEN_DIRECTORY, FILE_RIGHT_READ | FILE_RIGHT_WRITE},
                              .payload = bytes,
                              .payload_size = 3};
    struct message reply = {.payload = bytes, .payload_capacity = sizeof bytes};
    ensure(call_files(FILES_ROOT, &request, &reply) == OK && reply.status == OK);
    return reply.handles[0];
}

void world_start(void) {
    guest_memory = calloc(1, GUEST_SIZE);
    server_buffer = server_files.start();
    handle_t tmp = open_tmp();
    record.header = (struct birth){BIRTH_MAGIC, RECORD_SIZE, 3, 1, 7, sizeof strings};
    for (uint32_t i = 0; i < 3; i++) {
        record.handles[i] = (struct birth_handle){object_add(CONSOLE, i), PROTOCOL_CONSOLE};
    }
    record.handles[3] = (struct birth_handle){object_add(CLOCK, 0), PROTOCOL_CLOCK};
    record.handles[4] = (struct birth_handle){object_add(RANDOM, 0), PROTOCOL_RANDOM};
    record.handles[5] = (struct birth_handle){tmp, PROTOCOL_FILE};
    record.handles[6] = (struct birth_handle){object_add(LISTENER, 0), PROTOCOL_SOCKET};
    memcpy(record.strings, strings, sizeof strings);
}
