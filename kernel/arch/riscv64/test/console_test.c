/* SPDX-License-Identifier: MIT */
/* The firmware's console by firmware that has the newer call, which is played here. console_test
 * plays firmware of version 0.1 in a process of its own: what there is is asked once. */
#include "../console.h"
#include <abi/sbi.h>
#include <string.h>
#include <sys/wait.h>
#include <test/check.h>
#include <unistd.h>

static bool modern;
static char written[64];
static size_t written_size;
static unsigned probes;

struct sbi_result sbi_call4(uint64_t extension, uint64_t function, uint64_t first, uint64_t second,
                            uint64_t third, uint64_t fourth) {
    if (extension == SBI_BASE) {
        CHECK(function == SBI_BASE_PROBE && first == SBI_CONSOLE);
        probes++;
        return (struct sbi_result){0, modern};
    }
    CHECK(extension == (modern ? SBI_CONSOLE : SBI_PUTCHAR));
    CHECK(function == (modern ? SBI_CONSOLE_PUT : 0));
    CHECK(first <= UINT8_MAX && second == 0 && third == 0 && fourth == 0);
    written[written_size++ % sizeof(written)] = (char)first;
    return (struct sbi_result){0, 0};
}

static void play(void) {
    static uint8_t in[UART_RING_SIZE], out[UART_RING_SIZE];
    struct uart uart = {.wiring = {.chip = &firmware_console}, .ring = in, .out = out};
    uint8_t byte;
    uart_init(&uart);
    CHECK(uart.present);
    CHECK(uart_write(&uart, "hello \xFF\n", 8) == 8);
    uart_drain(&uart);
    CHECK(written_size == 8 && memcmp(written, "hello \xFF\n", 8) == 0 && probes == 1);
    CHECK(uart_read(&uart, &byte, 1) == 0);
    uart_listen(&uart);
    CHECK(uart_queue(&uart, "more", 4) == 4);
    uart_service(&uart);
    uart_drain(&uart);
    CHECK(written_size == 12 && memcmp(written + 8, "more", 4) == 0 && probes == 1);
}

int main(void) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        play();
        _exit(check_failed != 0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    modern = true;
    play();
    return check_finish("console");
}
