/* SPDX-License-Identifier: MIT */
/* mods: what the compiler has done since the machine began. */
#include <user/command.h>
#include <user/kernel.h>

static uint32_t mods(uint32_t count, const char **arguments) {
    struct kernel_modules modules = {};
    struct message reply;
    status_t status = kernel_ask(KERNEL_MODULES, 0, 0, &modules, sizeof modules, &reply);
    if (status != OK) {
        return kernel_failed("modules", status);
    }
    print("functions compiled  %10u\n", (unsigned)modules.functions_compiled);
    print("of WebAssembly      %10u bytes\n", (unsigned)modules.bytes_compiled);
    print("in                  %10u us\n", (unsigned)(modules.compile_time_ns / 1000));
    print("machine code        %10u bytes\n", (unsigned)modules.code_bytes);
    print("modules found again %10u\n", (unsigned)modules.cache_hits);
    print("modules new         %10u\n", (unsigned)modules.cache_misses);
    print("modules forgotten   %10u\n", (unsigned)modules.cache_evictions);
    return 0;
}

COMMAND(mods)
