/* SPDX-License-Identifier: MIT */
/* Machine checks. Source: Intel SDM volume 3, 15.3 (registers) and 15.8 (initialisation). */
#include "machine_check.h"
#include "registers.h"

constexpr uint32_t CPUID_MCE = 1u << 7, CPUID_MCA = 1u << 14;
constexpr uint32_t MSR_CAPABILITY = 0x179, MSR_CONTROL = 0x17B;
constexpr uint32_t MSR_BANKS = 0x400; /* four each: control, status, address, more */
constexpr uint64_t CAPABILITY_CONTROL = 0x100;
constexpr uint64_t STATUS_VALID = UINT64_C(1) << 63;
constexpr uint64_t STATUS_MORE = UINT64_C(1) << 59, STATUS_ADDRESS = UINT64_C(1) << 58;

static unsigned bank_count(void) {
    return cpuid_read(1, 0).edx & CPUID_MCA ? msr_read(MSR_CAPABILITY) & 0xFF : 0;
}

void machine_check_start(void) {
    if (!(cpuid_read(1, 0).edx & CPUID_MCE)) {
        return;
    }
    if (bank_count() > 0 && (msr_read(MSR_CAPABILITY) & CAPABILITY_CONTROL)) {
        msr_write(MSR_CONTROL, UINT64_MAX);
    }
    for (unsigned i = 0; i < bank_count(); i++) {
        msr_write(MSR_BANKS + 4 * i, UINT64_MAX);
        msr_write(MSR_BANKS + 4 * i + 1, 0);
    }
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_MCE) : "memory");
}

void machine_check_print(format_sink *sink, void *context) {
    for (unsigned i = 0; i < bank_count(); i++) {
        uint32_t bank = MSR_BANKS + 4 * i;
        uint64_t status = msr_read(bank + 1);
        if (!(status & STATUS_VALID)) {
            continue;
        }
        uint64_t address = status & STATUS_ADDRESS ? msr_read(bank + 2) : 0;
        uint64_t more = status & STATUS_MORE ? msr_read(bank + 3) : 0;
        format_to(sink, context, "bank %u: status %016llx  address %016llx  more %016llx\n", i,
                  (unsigned long long)status, (unsigned long long)address,
                  (unsigned long long)more);
    }
}
