/* SPDX-License-Identifier: MIT */
/* The random server: bytes fit for keys, from the machine's generator. It keeps none of them. */
#include <proto/random.h>
#include <user/device.h>
#include <user/request.h>
#include <user/server.h>

static struct message buffer; /* requests have no payload */
static uint8_t bytes[MESSAGE_PAYLOAD_MAX];

static void get(struct message *request) {
    if (request->words[0] > sizeof bytes) {
        request_answer_status(request, ERR_TOO_BIG);
        return;
    }
    uint32_t size = (uint32_t)request->words[0];
    struct message answer = {.payload = bytes, .payload_size = size};
    device_random(bytes, size);
    (void)request_answer(request, &answer); /* whoever asked may be gone */
    __builtin_memset(bytes, 0, size);
}

static void handle(struct message *request) {
    if (request->operation == RANDOM_GET) {
        get(request);
    } else {
        request_answer_status(request, ERR_NOT_SUPPORTED);
    }
}

static struct message *start(void) {
    return &buffer;
}

SERVER(random, start, handle)
