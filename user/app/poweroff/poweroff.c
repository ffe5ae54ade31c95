/* SPDX-License-Identifier: MIT */
/* poweroff: switches the machine off. Nothing is asked of those that run. */
#include <user/command.h>
#include <user/kernel.h>

static uint32_t poweroff(uint32_t count, const char **arguments) {
    struct message reply;
    return kernel_failed("power",
                         kernel_ask(KERNEL_POWER, KERNEL_POWER_OFF, 0, nullptr, 0, &reply));
}

COMMAND(poweroff)
