/* SPDX-License-Identifier: MIT */
/* ps: the processes, a line each. */
#include <user/command.h>
#include <user/kernel.h>

constexpr uint64_t NS_PER_MS = 1'000'000;

static void print_process(const struct process_info *info) {
    print("%6u %6u %-8s %3u %9u %8u %8u %5u %4u  %.*s\n", (unsigned)info->number,
          (unsigned)info->guardian, process_state_text(info->state), (unsigned)info->priority,
          (unsigned)(info->cpu_ns / NS_PER_MS), (unsigned)(info->memory_bytes >> 10),
          (unsigned)(info->kernel_bytes >> 10), (unsigned)info->handles, (unsigned)info->restarts,
          (int)sizeof info->name, info->name);
}

static uint32_t ps(uint32_t count, const char **arguments) {
    static struct process_info infos[KERNEL_LIST_MAX];
    uint64_t next = 1;
    status_t status = OK;
    print("number  minder state    pri    cpu ms   memory   kernel  hand. rest  name\n");
    while (next != 0 && status == OK) {
        uint32_t found;
        status = kernel_list(next, infos, &found, &next);
        for (uint32_t i = 0; i < found; i++) {
            print_process(&infos[i]);
        }
    }
    return kernel_failed("the list", status);
}

COMMAND(ps)
