/* SPDX-License-Identifier: MIT */
/* The console server over pipes and files in the place of standard input and output. */
#include "../streams.h"
#include <base/ensure.h>
#include <fcntl.h>
#include <proto/console.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <test/check.h>
#include <unistd.h>
#include <user/system.h>

static struct message answer;
static uint8_t answer_payload[MESSAGE_PAYLOAD_MAX];
static int closed;

status_t system_reply(handle_t reply, const struct message *message) {
    answer = *message;
    if (message->payload_size > 0) {
        memcpy(answer_payload, message->payload, message->payload_size);
    }
    return OK;
}

status_t system_handle_close(handle_t handle) {
    closed++;
    return OK;
}

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

static status_t ask(uint64_t badge, uint32_t operation, uint64_t word, const char *payload) {
    static struct message *request;
    if (request == nullptr) {
        request = server_streams.start();
    }
    request->operation = operation;
    request->badge = badge;
    request->words[0] = word;
    request->payload_size = (uint32_t)strlen(payload);
    memcpy(request->payload, payload, request->payload_size);
    request->reply = 1;
    request->handle_count = 0;
    server_streams.handle(request);
    return (status_t)answer.status;
}

/* Puts a descriptor into the place of another. */
static void replace(int place, int file) {
    ensure(dup2(file, place) == place);
    close(file);
}

static void test_pipes(void) {
    int in[2], out[2];
    char bytes[8];
    ensure(pipe(in) == 0 && pipe(out) == 0);
    replace(0, in[0]);
    int keep = dup(1);
    replace(1, out[1]);
    const uint64_t input = streams_badge(0), output = streams_badge(1);

    CHECK(ask(input, CONSOLE_READY, CONSOLE_READY_READ, "") == OK);
    CHECK(answer.words[0] == 0 && answer.words[1] == 0);
    CHECK(write(in[1], "hello", 5) == 5);
    CHECK(ask(input, CONSOLE_READY, CONSOLE_READY_READ, "") == OK && answer.words[0] == 5);
    CHECK(ask(input, CONSOLE_READ, 3, "") == OK && answer.payload_size == 3);
    CHECK(memcmp(answer_payload, "hel", 3) == 0);
    CHECK(ask(input, CONSOLE_READ, 0, "") == ERR_INVALID);
    CHECK(ask(input, CONSOLE_READ, UINT64_MAX, "") == OK && answer.payload_size == 2);
    close(in[1]);
    CHECK(ask(input, CONSOLE_READY, CONSOLE_READY_READ, "") == OK);
    CHECK(answer.words[0] == 0 && answer.words[1] == 1);
    CHECK(ask(input, CONSOLE_READ, 9, "") == OK && answer.payload_size == 0);
    CHECK(ask(input, CONSOLE_INFO, 0, "") == OK && answer.words[0] == CONSOLE_STREAM);

    CHECK(ask(output, CONSOLE_WRITE, 0, "abc") == OK && answer.words[0] == 3);
    CHECK(read(out[0], bytes, sizeof(bytes)) == 3 && memcmp(bytes, "abc", 3) == 0);
    CHECK(ask(output, CONSOLE_READY, CONSOLE_READY_WRITE, "") == OK && answer.words[0] > 0);
    close(out[0]);
    CHECK(ask(output, CONSOLE_WRITE, 0, "abc") == ERR_CLOSED);
    CHECK(ask(output, CONSOLE_READY, CONSOLE_READY_WRITE, "") == OK && answer.words[1] == 1);
    replace(1, keep);
}

static void test_file(void) {
    int file = memfd_create("input", 0);
    ensure(write(file, "1234", 4) == 4 && lseek(file, 1, SEEK_SET) == 1);
    replace(0, file);
    const uint64_t input = streams_badge(0);
    CHECK(ask(input, CONSOLE_INFO, 0, "") == OK && answer.words[0] == CONSOLE_FILE);
    CHECK(ask(input, CONSOLE_READY, CONSOLE_READY_READ, "") == OK && answer.words[0] == 3);
    CHECK(ask(input, CONSOLE_READ, 100, "") == OK && answer.payload_size == 3);
    CHECK(ask(input, CONSOLE_READY, CONSOLE_READY_READ, "") == OK);
    CHECK(answer.words[0] == 0 && answer.words[1] == 1);
}

static void test_terminal(void) {
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    ensure(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    replace(0, open(ptsname(terminal), O_RDWR | O_NOCTTY));
    CHECK(ask(streams_badge(0), CONSOLE_INFO, 0, "") == OK);
    CHECK(answer.words[0] == CONSOLE_TERMINAL);
    close(terminal);
}

static void test_refusals(void) {
    CHECK(ask(0, CONSOLE_INFO, 0, "") == ERR_BAD_HANDLE);
    CHECK(ask(4, CONSOLE_INFO, 0, "") == ERR_BAD_HANDLE);
    CHECK(ask(streams_badge(0), 0, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(streams_badge(0), 5, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(streams_badge(0), UINT32_MAX, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(streams_badge(0), CONSOLE_READY, 3, "") == ERR_INVALID);
}

int main(void) {
    (void)signal(SIGPIPE, SIG_IGN);
    test_pipes();
    test_file();
    test_terminal();
    test_refusals();
    return check_finish("host streams");
}
