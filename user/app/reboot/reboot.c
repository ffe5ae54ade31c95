/* SPDX-License-Identifier: MIT */
/* reboot: starts the machine again. Nothing is asked of those that run. */
#include <user/command.h>
#include <user/kernel.h>

static uint32_t reboot(uint32_t count, const char **arguments) {
    struct message reply;
    return kernel_failed("power",
                         kernel_ask(KERNEL_POWER, KERNEL_POWER_REBOOT, 0, nullptr, 0, &reply));
}

COMMAND(reboot)
