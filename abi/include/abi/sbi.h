/* SPDX-License-Identifier: MIT */
/*
 * The supervisor binary interface: what firmware in machine mode does for riscv64's loaders and
 * kernels. Calls keep all registers but a0 and a1, and may be made with interrupts masked, by any
 * core. On another CPU a test plays the firmware.
 *
 * Source: RISC-V Supervisor Binary Interface Specification 1.0; console of 2.0, where it is there.
 */
#pragma once
#include <stdint.h>

struct sbi_result {
    int64_t error; /* 0: good */
    uint64_t value;
};

enum : uint64_t {
    SBI_PUTCHAR = 0x01, /* the two of version 0.1 that have no older successor everywhere */
    SBI_GETCHAR = 0x02,
    SBI_BASE = 0x10,
    SBI_TIME = 0x54494D45,    /* "TIME" */
    SBI_IPI = 0x735049,       /* "sPI" */
    SBI_FENCE = 0x52464E43,   /* "RFNC" */
    SBI_HARTS = 0x48534D,     /* "HSM" */
    SBI_RESET = 0x53525354,   /* "SRST" */
    SBI_CONSOLE = 0x4442434E, /* "DBCN" */
};

enum : uint64_t { SBI_BASE_PROBE = 3 };
enum : uint64_t { SBI_TIME_SET = 0, SBI_IPI_SEND = 0 };
enum : uint64_t { SBI_FENCE_CODE = 0, SBI_FENCE_TRANSLATIONS = 1 };
enum : uint64_t { SBI_HART_START = 0, SBI_HART_STOP = 1, SBI_HART_STATUS = 2 };
enum : uint64_t { SBI_HART_STOPPED = 1 };
enum : uint64_t { SBI_RESET_OFF = 0, SBI_RESET_COLD = 1 };
enum : uint64_t { SBI_CONSOLE_READ = 1, SBI_CONSOLE_PUT = 2 };
constexpr uint64_t SBI_ALL_HARTS = UINT64_MAX; /* as the base of a mask */

#ifdef __riscv
static inline struct sbi_result sbi_call4(uint64_t extension, uint64_t function, uint64_t first,
                                          uint64_t second, uint64_t third, uint64_t fourth) {
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a2 __asm__("a2") = third;
    register uint64_t a3 __asm__("a3") = fourth;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){(int64_t)a0, a1};
}
#else
struct sbi_result sbi_call4(uint64_t extension, uint64_t function, uint64_t first, uint64_t second,
                            uint64_t third, uint64_t fourth);
#endif

static inline struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t first,
                                         uint64_t second, uint64_t third) {
    return sbi_call4(extension, function, first, second, third, 0);
}

/* A fence on every hart that runs: of translations, over `size` bytes from `start` (0 and 0: all of
 * them), or of code. What this hart has stored before is seen by the others first. When it comes
 * back they have done it. False: the firmware cannot; nothing was done. */
static inline bool sbi_fence(uint64_t function, uintptr_t start, uint64_t size) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return sbi_call4(SBI_FENCE, function, 0, SBI_ALL_HARTS, start, size).error == 0;
}

static inline bool sbi_has(uint64_t extension) {
    struct sbi_result result = sbi_call(SBI_BASE, SBI_BASE_PROBE, extension, 0, 0);
    return result.error == 0 && result.value != 0;
}
