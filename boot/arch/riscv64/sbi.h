/* SPDX-License-Identifier: MIT */
/*
 * The supervisor binary interface: what firmware in machine mode does for riscv64's supervisors.
 * Source: RISC-V Supervisor Binary Interface Specification 1.0; console of 2.0, where it is there.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct sbi_result {
    int64_t error; /* 0: good */
    uint64_t value;
};

enum : uint64_t {
    SBI_PUTCHAR = 0x01, /* the two of version 0.1 that have no older successor everywhere */
    SBI_GETCHAR = 0x02,
    SBI_BASE = 0x10,
    SBI_HARTS = 0x48534D,    /* "HSM" */
    SBI_RESET = 0x53525354,  /* "SRST" */
    SBI_CONSOLE = 0x4442434E /* "DBCN" */
};

enum : uint64_t { SBI_BASE_PROBE = 3 };
enum : uint64_t { SBI_HART_START = 0, SBI_HART_STATUS = 2 };
enum : uint64_t { SBI_RESET_OFF = 0, SBI_RESET_COLD = 1 };
enum : uint64_t { SBI_CONSOLE_READ = 1, SBI_CONSOLE_PUT = 2 };

static inline struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t first,
                                         uint64_t second, uint64_t third) {
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a2 __asm__("a2") = third;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){(int64_t)a0, a1};
}

static inline bool sbi_has(uint64_t extension) {
    struct sbi_result result = sbi_call(SBI_BASE, SBI_BASE_PROBE, extension, 0, 0);
    return result.error == 0 && result.value != 0;
}
