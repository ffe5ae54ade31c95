/* SPDX-License-Identifier: MIT */
/* <user/device.h> of wasm programs: time and chance, from the kernel's server that the program was
 * born with a handle to. */
#include <proto/kernel.h>
#include <user/ask.h>
#include <user/birth.h>
#include <user/device.h>

static handle_t kernel;

static bool ask(struct message *request, struct message *reply) {
    if (kernel == HANDLE_NONE) {
        kernel = birth_find(PROTOCOL_KERNEL, nullptr);
    }
    return ask_once(kernel, request, reply) == OK;
}

int64_t device_wall_time_ns(void) {
    struct message request = {.operation = KERNEL_WALL_TIME}, reply = {.payload = nullptr};
    return ask(&request, &reply) ? (int64_t)reply.words[0] : 0;
}

void device_random(void *to, size_t size) {
    uint8_t *at = to;
    while (size > 0) {
        uint32_t want = size < KERNEL_RANDOM_MAX ? (uint32_t)size : KERNEL_RANDOM_MAX;
        struct message request = {.operation = KERNEL_RANDOM, .words = {want}};
        struct message reply = {.payload = at, .payload_capacity = want};
        if (!ask(&request, &reply) || reply.payload_size == 0) {
            __builtin_trap(); /* a server that cannot do its work: its guardian decides */
        }
        at += reply.payload_size;
        size -= reply.payload_size;
    }
}
