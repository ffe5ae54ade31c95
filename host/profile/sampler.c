/* SPDX-License-Identifier: MIT */
/*
 * Samples: a timer of the process's CPU time sends SIGPROF, whose handler asks the engine where the
 * context was and counts that in the tree. The handler runs on the stack for exceptions, takes no
 * lock and allocates nothing. It is not interrupted by itself, nor does it strike while an
 * exception of compiled code is handled (signal.c masks it there).
 */
#include "../port/registers.h"
#include "../port/signal.h"
#include "unit.h"
#include <engine/sample.h>
#include <errno.h>
#include <signal.h>
#include <time.h>

constexpr long INTERVAL_NS = 1'000'000;

static timer_t timer;
static uint64_t lost;
static struct sample sample; /* of the handler; not on its stack, which is small */

static const uint32_t place_names[] = {
    [SAMPLE_KERNEL] = NAME_KERNEL, [SAMPLE_COMPILER] = NAME_COMPILER, [SAMPLE_HELPER] = NAME_HELPER,
    [SAMPLE_STUB] = NAME_STUB,     [SAMPLE_CODE] = NAME_UNKNOWN, /* not used: codes[0] says more */
};

/* Node by node from the outermost frame. */
static uint32_t find_node(void) {
    uint32_t node = sample.whole ? 0 : tree_child(0, NAME_CUT);
    for (uint32_t i = sample.count; i-- > 0 && node != UINT32_MAX;) {
        node = tree_child(node, name_at(sample.codes[i]->start));
    }
    if (sample.place != SAMPLE_CODE && node != UINT32_MAX) {
        node = tree_child(node, place_names[sample.place]);
    }
    return node;
}

static void handle(int number, siginfo_t *info, void *data) {
    int before = errno;
    uint64_t elapsed = info->si_code == SI_TIMER ? 1 + (uint64_t)info->si_overrun : 1;
    struct interrupted at = registers_locate(data);
    const struct context *context = signal_context();
    uint32_t node;
    if (context == nullptr) {
        node = tree_child(0, NAME_OUTSIDE);
    } else {
        context_sample(context, &at, &sample);
        node = find_node();
    }
    if (node != UINT32_MAX) {
        tree_count(node, elapsed);
    } else {
        lost += elapsed;
    }
    errno = before;
}

bool sampler_start(void) {
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF};
    const struct itimerspec interval = {{0, INTERVAL_NS}, {0, INTERVAL_NS}};
    sigemptyset(&action.sa_mask);
    return signal_install() == OK && sigaction(SIGPROF, &action, nullptr) == 0 &&
           timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0 &&
           timer_settime(timer, 0, &interval, nullptr) == 0;
}

uint64_t sampler_stop(void) {
    timer_delete(timer);
    (void)signal(SIGPROF, SIG_IGN); /* one may be on its way */
    return lost;
}
