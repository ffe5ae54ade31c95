/* SPDX-License-Identifier: MIT */
/* mem: where the machine's memory is. */
#include <user/command.h>
#include <user/kernel.h>

static uint32_t mem(uint32_t count, const char **arguments) {
    struct kernel_memory memory = {};
    struct message reply;
    status_t status = kernel_ask(KERNEL_MEMORY, 0, 0, &memory, sizeof memory, &reply);
    if (status != OK) {
        return kernel_failed("memory", status);
    }
    const struct {
        const char *name;
        uint64_t bytes;
    } rows[] = {
        {"all", memory.total},          {"free", memory.free},     {"  promised", memory.promised},
        {"programs", memory.programs},  {"stacks", memory.stacks}, {"code", memory.code},
        {"page tables", memory.tables}, {"kernel", memory.heap},   {"devices", memory.devices},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print("%-12s %10u KiB\n", rows[i].name, (unsigned)(rows[i].bytes >> 10));
    }
    return 0;
}

COMMAND(mem)
