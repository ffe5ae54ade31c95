/* SPDX-License-Identifier: MIT */
/* The place in which threads are cores: see port.h. */
#include "port.h"
#include <base/ensure.h>
#include <kernel/lock.h>
#include <kernel/port.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static thread_local unsigned self;
static size_t allocated; /* atomic */

static struct sleeper {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool woken;
} sleepers[THREADS] = {
    [0 ... THREADS - 1] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false}};

void thread_is_core(unsigned number) {
    self = number;
}

size_t threads_allocated(void) {
    return __atomic_load_n(&allocated, __ATOMIC_SEQ_CST);
}

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

void *port_allocate(size_t size) {
    void *memory = malloc(size);
    ensure(memory != nullptr);
    memset(memory, 0xA5, size);
    __atomic_fetch_add(&allocated, size, __ATOMIC_RELAXED);
    return memory;
}

void port_release(void *memory, size_t size) {
    __atomic_fetch_sub(&allocated, size, __ATOMIC_RELAXED);
    free(memory);
}

unsigned port_core(void) {
    return self;
}

uint64_t port_time_ns(void) {
    struct timespec now;
    ensure(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1'000'000'000 + (uint64_t)now.tv_nsec;
}

uint64_t port_ticks(void) {
    return port_time_ns();
}

uint64_t port_ticks_time_ns(uint64_t ticks) {
    return ticks;
}

/* Who runs asks often enough. */
void port_alarm(uint64_t deadline_ns) {
}

void port_alarm_start(void (*rings)(void), bool (*is_wanted)(void)) {
}

void port_wait(uint64_t deadline_ns) {
    constexpr uint64_t MOST_NS = 50'000'000;
    uint64_t now = port_time_ns(), most = now + MOST_NS;
    uint64_t until = deadline_ns < most ? deadline_ns : most;
    struct timespec time = {(time_t)(until / 1'000'000'000), (long)(until % 1'000'000'000)};
    struct sleeper *sleeper = &sleepers[self];
    pthread_mutex_lock(&sleeper->mutex);
    if (!sleeper->woken && until > now) {
        pthread_cond_timedwait(&sleeper->condition, &sleeper->mutex, &time);
    }
    sleeper->woken = false;
    pthread_mutex_unlock(&sleeper->mutex);
}

void port_core_wake(unsigned core) {
    struct sleeper *sleeper = &sleepers[core];
    pthread_mutex_lock(&sleeper->mutex);
    sleeper->woken = true;
    pthread_cond_signal(&sleeper->condition);
    pthread_mutex_unlock(&sleeper->mutex);
}

/* ---- locks: ticket locks with jitter, so that what may happen in between does ---- */

static thread_local uint32_t held; /* bit per rank */
static thread_local uint32_t jitter;

static void dawdle(void) {
    jitter = jitter * 1664525 + 1013904223 + self;
    if ((jitter >> 24) < 8) {
        (void)sched_yield();
    } else if ((jitter >> 24) < 24) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 300'000}, nullptr);
    }
}

void lock_acquire(struct lock *lock) {
    uint32_t rank = 1u << lock->rank;
    ensure(held < rank);
    held |= rank;
    dawdle();
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
        (void)sched_yield();
    }
}

void lock_release(struct lock *lock) {
    held &= ~(1u << lock->rank);
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
    dawdle();
}

void lock_pause(void) {
    (void)sched_yield();
}
