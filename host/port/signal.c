/* SPDX-License-Identifier: MIT */
/*
 * CPU exceptions under Linux: signals, handled on a stack of their own because the process stack
 * may be the very thing that overflowed.
 *
 * An exception of compiled code becomes a trap: context_fault() says where to go on, and the
 * interrupted registers are set so that returning from the handler goes there. Every other one is
 * a fault of ours: the handler that was there before (the default action, or a sanitizer's report)
 * is put back, and the instruction runs into it once more.
 */
#include "signal.h"
#include "registers.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <engine/port.h>
#include <errno.h>
#include <kernel/port.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

constexpr size_t HANDLER_STACK_SIZE = 64 * 1024;

static const int exceptions[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
static struct sigaction previous[COUNT_OF(exceptions)];
static thread_local struct context *volatile current; /* of this core, which is a thread */

void port_context_set(struct context *context) {
    current = context;
}

const struct context *signal_context(void) {
    return current;
}

static bool is_exception(const siginfo_t *info) {
    return info->si_code > 0; /* else kill() or the like sent it */
}

static bool is_memory(int number) {
    return number == SIGSEGV || number == SIGBUS;
}

static const char *name_of(int number) {
    switch (number) {
    case SIGSEGV:
        return "copper: internal fault: bad memory access\n";
    case SIGBUS:
        return "copper: internal fault: bus error\n";
    case SIGILL:
        return "copper: internal fault: illegal instruction\n";
    case SIGFPE:
        return "copper: internal fault: arithmetic exception\n";
    default:
        return "copper: internal fault: breakpoint\n";
    }
}

static void give_up(int number, const siginfo_t *info) {
    for (size_t i = 0; i < COUNT_OF(exceptions); i++) {
        if (exceptions[i] == number) {
            sigaction(number, &previous[i], nullptr);
        }
    }
    if (!is_exception(info) || number == SIGTRAP) {
        raise(number); /* pending until the handler returns */
        return;
    }
    const char *text = name_of(number);
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void handle(int number, siginfo_t *info, void *data) {
    ucontext_t *user = data;
    struct interrupted at = registers_locate(user);
    struct fault fault = {.pc = at.pc, .sp = at.sp, .memory = is_memory(number)};
    struct resume resume;
    fault.address = fault.memory ? (uintptr_t)info->si_addr : 0;
    if (current != nullptr && is_exception(info) && context_fault(current, &fault, &resume)) {
        registers_resume(user, &resume);
        return;
    }
    give_up(number, info);
}

bool signal_preempt(void *user) {
    struct interrupted at = registers_locate(user);
    struct resume registers = {at.pc, at.sp, registers_argument(user)};
    if (current == nullptr || !context_preempt(current, &registers)) {
        return false;
    }
    registers_resume(user, &registers);
    return true;
}

/* ---- alarms ---- */

static timer_t timer;
static void (*rings)(void);
static bool (*is_wanted)(void);

static void alarm_handle(int number, siginfo_t *info, void *user) {
    int error = errno;
    rings();
    if (is_wanted()) {
        (void)signal_preempt(user);
    }
    errno = error;
}

void port_alarm_start(void (*ring)(void), bool (*wanted)(void)) {
    if (rings != nullptr) {
        return;
    }
    rings = ring;
    is_wanted = wanted;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    struct sigaction action = {.sa_sigaction = alarm_handle,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGPROF);
    ensure(signal_install() == OK && sigaction(SIGALRM, &action, nullptr) == 0 &&
           timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
}

/* Async-signal-safe, as alarms set the next. */
void port_alarm(uint64_t deadline_ns) {
    constexpr uint64_t NS_PER_SECOND = 1'000'000'000;
    uint64_t now = port_time_ns();
    uint64_t wait = deadline_ns > now ? deadline_ns - now : 1;
    struct itimerspec when = {
        .it_value = {(time_t)(wait / NS_PER_SECOND), (long)(wait % NS_PER_SECOND)}};
    ensure(timer_settime(timer, 0, &when, nullptr) == 0);
}

status_t signal_install(void) {
    static bool installed;
    if (installed) {
        return OK;
    }
    void *memory = mmap(nullptr, HANDLER_STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return ERR_NO_MEMORY;
    }
    stack_t stack = {.ss_sp = memory, .ss_size = HANDLER_STACK_SIZE};
    if (sigaltstack(&stack, nullptr) != 0) {
        return ERR_NO_MEMORY;
    }
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGPROF); /* a sample is of compiled code, or of C that it called */
    sigaddset(&action.sa_mask, SIGALRM);
    for (size_t i = 0; i < COUNT_OF(exceptions); i++) {
        sigaction(exceptions[i], &action, &previous[i]);
    }
    installed = true;
    return OK;
}
