/* SPDX-License-Identifier: MIT */
/* The console server over pipes and files in the place of standard input and output. */
#include "../../port/sleep.h"
#include "../streams.h"
#include <arpa/inet.h>
#include <base/ensure.h>
#include <errno.h>
#include <fcntl.h>
#include <kernel/process.h>
#include <proto/socket.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

/* The kernel's part of being woken. */
static port_sleep *sleeps;
static unsigned interrupts;

void port_sleep_set(port_sleep *sleep) {
    sleeps = sleep;
}

void process_expect_interrupts(struct process *process) {
}

void process_interrupt(struct process *process) {
    interrupts++;
}

static uint64_t minted;

status_t system_handle_mint(uint64_t badge, handle_t *out) {
    minted = badge;
    *out = 9;
    return OK;
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

/* Sleeps until something is ready, which is to be at once, and has the server look. */
static void wake(void) {
    const struct timespec long_enough = {.tv_sec = 60};
    unsigned before = interrupts;
    answer.status = ERR_TIMED_OUT;
    sleeps(&long_enough);
    CHECK(interrupts == before + 1);
    struct message interrupt = {.operation = MESSAGE_INTERRUPT};
    server_streams.handle(&interrupt);
}

static void test_watch(void) {
    int in[2];
    ensure(pipe(in) == 0);
    replace(0, in[0]);
    const uint64_t input = streams_badge(0);
    answer.words[0] = 77;
    CHECK(ask(input, CONSOLE_WATCH, 3, "") == ERR_INVALID);
    answer.words[0] = 77;
    for (int i = 0; i < 2; i++) {
        (void)ask(input, CONSOLE_WATCH, CONSOLE_READY_READ, "");
        CHECK(answer.words[0] != 4); /* not answered yet */
        CHECK(write(in[1], "hello", 4) == 4);
        wake();
        CHECK(answer.status == OK && answer.words[0] == 4 && answer.words[1] == 0);
        CHECK(ask(input, CONSOLE_WATCH, CONSOLE_READY_READ, "") == OK && answer.words[0] == 4);
        CHECK(ask(input, CONSOLE_READ, 99, "") == OK && answer.payload_size == 4);
    }
    answer.words[1] = 0;
    for (int i = 0; i < 100; i++) { /* more than there is room for: the oldest are told to look */
        (void)ask(input, CONSOLE_WATCH, CONSOLE_READY_READ, "");
    }
    CHECK(answer.words[1] == 0);
    close(in[1]);
    wake();
    CHECK(answer.status == OK && answer.words[0] == 0 && answer.words[1] == 1);
}

static int connect_to(int listener) {
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    ensure(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    ensure(connect(file, (struct sockaddr *)&address, size) == 0);
    return file;
}

static void test_sockets(void) {
    int listener;
    const char *why;
    char bytes[8];
    CHECK(!socket_listen("127.0.0.1", &listener, &why) && !socket_listen(":1", &listener, &why));
    CHECK(!socket_listen("localhost:1", &listener, &why) && !socket_listen("1:", &listener, &why));
    CHECK(!socket_listen("127.0.0.1:65536", &listener, &why));
    CHECK(!socket_listen("127.0.0.1:1x", &listener, &why));
    CHECK(!socket_listen("127.0.0.1:-1", &listener, &why));
    CHECK(!socket_listen("127.0.0.256:1", &listener, &why));
    CHECK(!socket_listen("[::1:1", &listener, &why) && !socket_listen("[::g]:1", &listener, &why));
    CHECK(socket_listen("[::1]:0", &listener, &why) || strcmp(why, strerror(EAFNOSUPPORT)) == 0 ||
          strcmp(why, strerror(EADDRNOTAVAIL)) == 0); /* a system without IPv6 */
    close(listener);
    CHECK(socket_listen("127.0.0.1:0", &listener, &why));
    const uint64_t badge = streams_badge(listener);
    CHECK(ask(badge, CONSOLE_READY, CONSOLE_READY_READ, "") == OK && answer.words[0] == 0);
    answer.words[0] = 0;
    (void)ask(badge, CONSOLE_WATCH, CONSOLE_READY_READ, "");
    int peer = connect_to(listener);
    wake();
    CHECK(answer.status == OK && answer.words[0] > 0);
    CHECK(ask(badge, SOCKET_ACCEPT, 0, "") == OK && answer.handle_count == 1);
    const uint64_t connection = minted;
    CHECK(connection != badge && ask(connection, SOCKET_ACCEPT, 0, "") == ERR_INVALID);

    CHECK(write(peer, "hello", 5) == 5);
    CHECK(ask(connection, SOCKET_PEEK, 2, "") == OK && answer.payload_size == 2);
    CHECK(ask(connection, SOCKET_PEEK, 0, "") == ERR_INVALID);
    CHECK(ask(connection, CONSOLE_READ, 99, "") == OK && answer.payload_size == 5);
    CHECK(memcmp(answer_payload, "hello", 5) == 0);
    CHECK(ask(connection, CONSOLE_WRITE, 0, "abc") == OK && answer.words[0] == 3);
    CHECK(read(peer, bytes, sizeof(bytes)) == 3 && memcmp(bytes, "abc", 3) == 0);
    CHECK(ask(connection, SOCKET_SHUTDOWN, 0, "") == ERR_INVALID);
    CHECK(ask(connection, SOCKET_SHUTDOWN, 4, "") == ERR_INVALID);
    CHECK(ask(connection, SOCKET_SHUTDOWN, SOCKET_SHUT_SEND, "") == OK);
    CHECK(read(peer, bytes, sizeof(bytes)) == 0);

    (void)ask(connection, CONSOLE_WATCH, CONSOLE_READY_READ, "");
    answer.words[1] = 0;
    struct message released = {.operation = MESSAGE_RELEASED, .badge = connection};
    server_streams.handle(&released);
    CHECK(answer.words[1] == 1); /* whoever waited is told */
    CHECK(ask(connection, CONSOLE_READY, CONSOLE_READY_READ, "") == ERR_BAD_HANDLE);
    close(peer);
    close(listener);
}

static void test_refusals(void) {
    CHECK(ask(0, CONSOLE_INFO, 0, "") == ERR_BAD_HANDLE);
    CHECK(ask(4, CONSOLE_INFO, 0, "") == ERR_BAD_HANDLE);
    CHECK(ask(streams_badge(0), 0, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(streams_badge(0), 6, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(streams_badge(0), SOCKET_ACCEPT, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(UINT64_MAX, CONSOLE_READY, CONSOLE_READY_READ, "") == ERR_BAD_HANDLE);
    CHECK(ask(streams_badge(0), UINT32_MAX, 0, "") == ERR_NOT_SUPPORTED);
    CHECK(ask(streams_badge(0), CONSOLE_READY, 3, "") == ERR_INVALID);
}

int main(void) {
    (void)signal(SIGPIPE, SIG_IGN);
    test_pipes();
    test_file();
    test_terminal();
    streams_attach((struct process *)&closed); /* only passed on */
    test_watch();
    test_sockets();
    test_refusals();
    return check_finish("host streams");
}
