/* SPDX-License-Identifier: MIT */
/*
 * The kernel as a server: one function for each operation, in a table with the right that it takes.
 * Each turn answers its request, and is bounded: what could be long is asked for in pieces.
 */
#include "unit.h"
#include <engine/engine.h>
#include <kernel/port.h>
#include <kernel/trace.h>

struct service service;

static uint8_t path[KERNEL_PATH_MAX], text[KERNEL_TEXT_MAX];
static struct message buffer = {.payload = path, .payload_capacity = sizeof path};
static_assert(sizeof text >= KERNEL_LIST_MAX * sizeof(struct process_info));

void service_answer(const struct message *request, const struct message *reply) {
    bool waits = request->reply != HANDLE_NONE;
    if (!waits || process_reply(service.process, request->reply, reply) != OK) {
        for (uint32_t i = 0; i < reply->handle_count; i++) { /* if it is still there */
            (void)process_handle_close(service.process, reply->handles[i]);
        }
    }
}

void service_answer_status(const struct message *request, status_t status) {
    service_answer(request, &(struct message){.status = status});
}

void service_answer_bytes(const struct message *request, const void *bytes, size_t size,
                          uint64_t first, uint64_t second) {
    service_answer(request, &(struct message){.words = {first, second},
                                              .payload = (void *)(uintptr_t)bytes, /* only read */
                                              .payload_size = (uint32_t)size});
}

void service_answer_handle(const struct message *request, status_t status, handle_t handle) {
    struct message reply = {.status = status};
    if (status == OK) {
        reply.handle_count = 1;
        reply.handles[0] = handle;
    }
    service_answer(request, &reply);
}

/* What is written into `text`; what does not fit is cut off. */
static void put(void *context, const char *bytes, size_t size) {
    size_t *used = context;
    size_t count = at_most(size, sizeof text - *used);
    memcpy(text + *used, bytes, count);
    *used += count;
}

/* ---- operations ---- */

static void do_KERNEL_LIMIT(const struct message *request) {
    handle_t handle = HANDLE_NONE;
    status_t status =
        port_memory_is_low()
            ? ERR_NO_MEMORY
            : process_handle_mint(service.process, request->badge & request->words[0], &handle);
    service_answer_handle(request, status, handle);
}

static void do_KERNEL_TRACE_READ(const struct message *request) {
    size_t size = 0;
    trace_replay((unsigned)at_most(request->words[0], KERNEL_TRACE_MAX), put, &size);
    service_answer_bytes(request, text, size, 0, 0);
}

static void do_KERNEL_LIST(const struct message *request) {
    uint64_t number = request->words[0], most = at_most(request->words[1], KERNEL_LIST_MAX);
    struct process_info info;
    size_t count = 0;
    bool more = process_info_from(number, &info);
    for (; more && count < most; count++) {
        memcpy(text + count * sizeof info, &info, sizeof info);
        number = info.number + 1;
        more = process_info_from(number, &info);
    }
    service_answer_bytes(request, text, count * sizeof info, more ? info.number : 0, 0);
}

static void do_KERNEL_END(const struct message *request) {
    service_answer_status(request, process_kill_number(request->words[0]));
}

static void do_KERNEL_MEMORY(const struct message *request) {
    struct kernel_memory memory = {};
    if (service.place->memory_get == nullptr) {
        service_answer_status(request, ERR_NOT_SUPPORTED);
        return;
    }
    service.place->memory_get(&memory);
    service_answer_bytes(request, &memory, sizeof memory, 0, 0);
}

static void do_KERNEL_MODULES(const struct message *request) {
    const struct engine_statistics *statistics = engine_statistics_get(service.place->engine);
    struct kernel_modules modules = {
        .functions_compiled = statistics->functions_compiled,
        .bytes_compiled = statistics->bytes_compiled,
        .code_bytes = statistics->code_bytes,
        .compile_time_ns = statistics->compile_time_ns,
        .cache_hits = statistics->cache_hits,
        .cache_misses = statistics->cache_misses,
        .cache_evictions = statistics->cache_evictions,
    };
    service_answer_bytes(request, &modules, sizeof modules, 0, 0);
}

static void do_KERNEL_POWER(const struct message *request) {
    uint64_t how = request->words[0];
    if (how != KERNEL_POWER_OFF && how != KERNEL_POWER_REBOOT) {
        service_answer_status(request, ERR_INVALID);
        return;
    }
    if (service.place->power != nullptr) {
        service.place->power(how == KERNEL_POWER_REBOOT);
    }
    service_answer_status(request, ERR_NOT_SUPPORTED);
}

static void do_KERNEL_SHOW(const struct message *request) {
    bool shown = service.place->show != nullptr &&
                 service.place->show(request->payload, request->payload_size);
    service_answer_status(request, shown ? OK : ERR_NOT_FOUND);
}

static void do_KERNEL_WALL_TIME(const struct message *request) {
    service_answer(request, &(struct message){.words = {(uint64_t)port_wall_time_ns()}});
}

static void do_KERNEL_RANDOM(const struct message *request) {
    if (request->words[0] > KERNEL_RANDOM_MAX) {
        service_answer_status(request, ERR_TOO_BIG);
        return;
    }
    port_random(text, request->words[0]);
    service_answer_bytes(request, text, request->words[0], 0, 0);
    memset(text, 0, KERNEL_RANDOM_MAX); /* they were for nobody else */
}

static void do_KERNEL_MACHINE(const struct message *request) {
    size_t size = 0;
    if (service.place->describe == nullptr) {
        service_answer_status(request, ERR_NOT_SUPPORTED);
        return;
    }
    service.place->describe(put, &size);
    service_answer_bytes(request, text, size, 0, 0);
}

static void do_KERNEL_DEVICE(const struct message *request) {
    struct shared *device;
    handle_t handle = HANDLE_NONE;
    status_t status = service.place->device_find != nullptr
                          ? service.place->device_find(payload_text(request), &device)
                          : ERR_NOT_SUPPORTED;
    if (status == OK) {
        status = process_share(service.process, device, &handle);
        shared_release(device);
    }
    service_answer_handle(request, status, handle);
}

/* ---- the server ---- */

static const struct {
    uint32_t right;
    void (*act)(const struct message *request);
} operations[] = {
#define OP(name, number, right, text) [number] = {right, do_##name},
#include <proto/kernel.def>
#undef OP
};

static void turn(struct process *process, void *data, struct message *request) {
    for (uint32_t i = 0; i < request->handle_count; i++) {
        (void)process_handle_close(service.process,
                                   request->handles[i]); /* nobody asked for them */
    }
    uint32_t number = request->operation;
    if (number >= COUNT_OF(operations) || operations[number].act == nullptr) {
        service_answer_status(request, ERR_NOT_SUPPORTED);
    } else if ((operations[number].right & ~request->badge) != 0) {
        service_answer_status(request, ERR_DENIED);
    } else {
        operations[number].act(request);
    }
    service_log_look();
}

status_t service_start(const struct service_place *where, struct process **out) {
    const struct process_limits limits = {
        .handles = 4096, .mailbox_messages = 256, .mailbox_bytes = 64 * 1024, .priority = 0};
    status_t status = process_create("kernel", &limits, &service.process);
    if (status == OK) {
        service.place = where;
        process_set_turn(service.process, turn, nullptr, &buffer);
        *out = service.process;
    }
    return status;
}
