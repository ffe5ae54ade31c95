/* SPDX-License-Identifier: MIT */
/* handles: what each process has of what is limited: handles, and messages that wait for it. */
#include <user/command.h>
#include <user/kernel.h>

static void print_process(const struct process_info *info) {
    print("%6u %7u of %7u %7u of %7u %10u  %.*s\n", (unsigned)info->number, (unsigned)info->handles,
          (unsigned)info->handle_limit, (unsigned)info->messages, (unsigned)info->message_limit,
          (unsigned)info->turns, (int)sizeof info->name, info->name);
}

static uint32_t handles(uint32_t count, const char **arguments) {
    static struct process_info infos[KERNEL_LIST_MAX];
    uint64_t next = 1;
    status_t status = OK;
    print("number            handles   messages that wait   received  name\n");
    while (next != 0 && status == OK) {
        uint32_t found;
        status = kernel_list(next, infos, &found, &next);
        for (uint32_t i = 0; i < found; i++) {
            print_process(&infos[i]);
        }
    }
    return kernel_failed("the list", status);
}

COMMAND(handles)
