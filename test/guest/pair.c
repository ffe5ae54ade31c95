/* SPDX-License-Identifier: MIT */
/*
 * Two processes that exchange messages of 64 bytes on a booted machine: pair call|send COUNT.
 *
 * One of them makes COUNT calls to the other, or sends it as much; both are of post.wasm. Then the
 * program ends, and with it the machine. It measures nothing: bench/booted.py counts what was
 * executed.
 */
#include <base/string.h>
#include <user/command.h>
#include <user/record.h>

constexpr uint32_t PAGE_BYTES = 4096;
enum : uint32_t { BURST = 1, CALLS = 4, ECHO = 5 }; /* post.wat's */

static const uint8_t post[] = {
#embed "post.wasm"
};

static void must(status_t status, const char *what) {
    if (status != OK) {
        print_error("%s: %s", what, status_text(status));
        print_flush();
        system_exit(1);
    }
}

/* A process that can reach `to`, or nobody; the handle is one to its mailbox. */
static handle_t post_make(handle_t module, handle_t to) {
    static uint8_t birth[256];
    const struct process_spec spec = {.name = "post",
                                      .modules = {module},
                                      .module_count = 1,
                                      .flags = PROCESS_HANDLER | PROCESS_CHECKED,
                                      .priority = 8,
                                      .stack_size = 16 * PAGE_BYTES,
                                      .memory_pages = 1,
                                      .handles = 8,
                                      .mailbox_messages = 64,
                                      .mailbox_bytes = 16 * PAGE_BYTES};
    const struct record_handle target = {.protocol = PROTOCOL_CONSOLE, .name = "to", .handle = to};
    const struct record_spec record = {.handles = &target,
                                       .handle_count = to == HANDLE_NONE ? 0 : 1};
    handle_t process, handle;
    must(system_process_create(&spec, 0, &process), "create");
    uint32_t size = record_make(&record, birth, sizeof birth);
    must(system_process_start(process, birth, size), "start");
    must(system_process_mint(process, 1, &handle), "mint");
    return handle;
}

static uint64_t number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

static uint32_t pair(uint32_t count, const char **arguments) {
    if (count != 3) {
        print_error("usage: pair call|send COUNT");
        return 1;
    }
    bool calls = text_equal(text_of(arguments[1]), text_of("call"));
    struct message request = {.operation = calls ? CALLS : BURST, .words = {number(arguments[2])}};
    char answer[64];
    struct message echo = {.operation = ECHO};
    struct message reply = {.payload = answer, .payload_capacity = sizeof answer};
    handle_t module;
    must(system_module_create("post", 4, post, sizeof post, &module), "module");
    handle_t from = post_make(module, post_make(module, HANDLE_NONE));
    must(system_send(from, &request, 0, 0), "send");
    must(system_call(from, &echo, &reply), "call"); /* answered when the work is done */
    return 0;
}

COMMAND(pair)
