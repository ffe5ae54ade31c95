/* SPDX-License-Identifier: MIT */
/* Counters of few bits that go round, read by one and by many; and the HPET over an array. */
#include <base/ensure.h>
#include <chip/counter.h>
#include <chip/hpet.h>
#include <pthread.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

/* Steps of up to less than half way round are all seen. */
static void test_goes_round(unsigned bits) {
    uint64_t mask = (UINT64_C(1) << bits) - 1, truth = mask - 5, last = truth;
    bool equal = true;
    for (uint64_t step = 0; step < mask / 2; step += 1 + step / 7) {
        truth += step;
        equal &= counter_extend(&last, truth & mask, bits) == truth;
    }
    CHECK(equal && truth > mask);
}

/* One that was read before another core went on is no step back. */
static void test_late(void) {
    uint64_t last = 0x1'FFF0;
    CHECK(counter_extend(&last, 0x0010, 16) == 0x2'0010);
    CHECK(counter_extend(&last, 0xFFF8, 16) == 0x2'0010);
    CHECK(counter_extend(&last, 0x0011, 16) == 0x2'0011);
}

static uint64_t shared, hardware, highest;
static bool backwards;

/* Whatever one thread got, no thread gets less of later. */
static void *reader(void *data) {
    for (unsigned i = 0; i < 200'000; i++) {
        uint64_t before = __atomic_load_n(&highest, __ATOMIC_ACQUIRE);
        uint64_t raw = __atomic_add_fetch(&hardware, 3, __ATOMIC_RELAXED) & 0xFFFF;
        uint64_t now = counter_extend(&shared, raw, 16);
        if (now < before) {
            __atomic_store_n(&backwards, true, __ATOMIC_RELAXED);
        }
        while (before < now && !__atomic_compare_exchange_n(&highest, &before, now, true,
                                                            __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        }
    }
    return nullptr;
}

static void test_many(void) {
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], nullptr, reader, nullptr) == 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], nullptr);
    }
    CHECK(!backwards);
    CHECK(shared > 0x1'0000);
}

/* An array does not count: what says nothing else wrong of itself is found out by that. */
static void test_hpet(void) {
    uint32_t registers[HPET_SIZE / 4] = {0x8086'A201, 69'841'279};
    uint64_t hz = 0;
    CHECK(!hpet_start(registers, &hz));
    CHECK(hz == 14'318'180 && registers[4] == 1);
    registers[1] = 0; /* no period */
    registers[4] = 0;
    CHECK(!hpet_start(registers, &hz) && registers[4] == 0);
    registers[1] = 100'000'001; /* slower than may be */
    CHECK(!hpet_start(registers, &hz) && registers[4] == 0);
    registers[0] = UINT32_MAX, registers[1] = UINT32_MAX; /* nobody answers */
    CHECK(!hpet_start(registers, &hz) && registers[4] == 0);
    registers[60] = 7;
    CHECK(hpet_read(registers) == 7);
}

int main(void) {
    test_goes_round(16);
    test_goes_round(24);
    test_goes_round(32);
    test_late();
    test_many();
    test_hpet();
    return check_finish("counter");
}
