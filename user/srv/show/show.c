/* SPDX-License-Identifier: MIT */
/*
 * The kernel's screen as a line of bytes (proto/stream.def) that nobody types into: for a terminal
 * that draws nothing by itself. Where the kernel has no screen it exits, as drivers do.
 */
#include <proto/kernel.h>
#include <proto/stream.h>
#include <user/ask.h>
#include <user/birth.h>
#include <user/request.h>
#include <user/server.h>

constexpr uint32_t READERS_MAX = 16;

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};
static handle_t kernel;
static handle_t readers[READERS_MAX]; /* who wait for ever */
static uint32_t reader_count;

static bool show(const uint8_t *bytes, uint32_t size) {
    struct message request = {
        .operation = KERNEL_SHOW, .payload = (void *)(uintptr_t)bytes, .payload_size = size};
    struct message reply = {.payload = nullptr};
    return ask_once(kernel, &request, &reply) == OK;
}

/* What the screen does not take, because a driver has it now, nobody waits for. */
static void write(struct message *request) {
    const uint8_t *bytes = request->payload;
    for (uint32_t done = 0; done < request->payload_size;) {
        uint32_t left = request->payload_size - done;
        uint32_t size = left < KERNEL_PATH_MAX ? left : KERNEL_PATH_MAX;
        (void)show(bytes + done, size);
        done += size;
    }
    request_answer_word(request, request->payload_size);
}

static void read(struct message *request) {
    if (request->words[0] == 0 || reader_count == READERS_MAX || request->reply == HANDLE_NONE) {
        request_answer_status(request, request->words[0] == 0 ? ERR_INVALID : ERR_BUSY);
        return;
    }
    readers[reader_count++] = request->reply;
    request->reply = HANDLE_NONE;
    request_answer_status(request, OK); /* closes what came along; there is no answer */
}

static void handle(struct message *message) {
    switch (message->operation) {
    case STREAM_WRITE:
        write(message);
        break;
    case STREAM_READ:
        read(message);
        break;
    default:
        request_answer_status(message, ERR_NOT_SUPPORTED);
        break;
    }
}

static struct message *start(void) {
    kernel = birth_find(PROTOCOL_KERNEL, nullptr);
    if (!show(payload, 0)) {
        system_exit(0);
    }
    return &buffer;
}

SERVER(show, start, handle)
