/* SPDX-License-Identifier: MIT */
/* See psci.h. */
#include "psci.h"
#include <abi/psci.h>

static enum psci_conduit conduit;

bool psci_find(const struct platform *platform) {
    struct text method;
    if (platform->has_acpi) {
        conduit = platform->acpi.psci;
        return conduit != PSCI_NONE;
    }
    device_node_t node = DEVICE_NODE_NONE;
    if (platform->has_tree) {
        node = device_tree_find_compatible(&platform->tree, DEVICE_NODE_NONE, "arm,psci-0.2");
    }
    if (node < 0 || !device_tree_text(&platform->tree, node, "method", &method)) {
        return false;
    }
    conduit = text_equal(method, text_of("hvc"))   ? PSCI_HVC
              : text_equal(method, text_of("smc")) ? PSCI_SMC
                                                   : PSCI_NONE;
    return conduit != PSCI_NONE;
}

bool psci_core_start(uint64_t id, uint64_t address) {
    return psci_call(conduit, PSCI_CORE_ON, id, address, 0) == 0;
}

void psci_power_off(void) {
    (void)psci_call(conduit, PSCI_SYSTEM_OFF, 0, 0, 0);
}

void psci_reset(void) {
    (void)psci_call(conduit, PSCI_SYSTEM_RESET, 0, 0, 0);
}
