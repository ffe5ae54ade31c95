/* SPDX-License-Identifier: MIT */
/* The controllers that are known, and what device trees call them. */
#include "controller.h"
#include "gic3_core.h"
#include "platform.h"
#include <base/checked.h>
#include <chip/bcm2836.h>
#include <chip/gic2.h>
#include <kernel/panic.h>

constexpr uint64_t LOCAL = 0x4000'0000, LOCAL_SIZE = 0x1000; /* of a Raspberry Pi 2 or 3 */
constexpr unsigned DEVICES = 0xB200;
constexpr unsigned TIMER_INDEX = 2; /* of the timer's interrupts: the virtual one */
constexpr unsigned TIMER_USUAL = 27;

struct search {
    unsigned index, found;
};

static bool timer_visit(void *data, const struct device_interrupt *interrupt) {
    struct search *search = data;
    if (search->index-- > 0) {
        return true;
    }
    (void)platform_line(interrupt, &search->found);
    return false;
}

/* Secure, non-secure, virtual, hypervisor: in this order. */
static unsigned timer_number(const struct device_tree *tree) {
    device_node_t node = device_tree_find_compatible(tree, DEVICE_NODE_NONE, "arm,armv8-timer");
    struct search search = {TIMER_INDEX, TIMER_USUAL};
    if (node >= 0) {
        device_tree_visit_interrupts(tree, node, timer_visit, &search);
    }
    return search.found < 32 ? search.found : TIMER_USUAL;
}

static unsigned timer_told(const struct acpi_arm *acpi) {
    return acpi->timer >= 16 && acpi->timer < 32 ? acpi->timer : TIMER_USUAL;
}

static bool gic2_find(const struct device_tree *tree) {
    static const char *const names[] = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        device_node_t node = device_tree_find_compatible(tree, DEVICE_NODE_NONE, names[i]);
        struct device_region distributor, interface;
        if (node >= 0 && device_tree_region(tree, node, 0, &distributor) &&
            device_tree_region(tree, node, 1, &interface)) {
            gic2_init(platform_map(distributor.address, distributor.size),
                      platform_map(interface.address, interface.size), timer_number(tree));
            return true;
        }
    }
    return false;
}

static bool gic2_told(const struct acpi_arm *acpi) {
    constexpr uint64_t DISTRIBUTOR_SIZE = 0x1000, INTERFACE_SIZE = 0x2000;
    if (acpi->distributor == 0 || acpi->interface == 0 || acpi->version > 2) {
        return false;
    }
    gic2_init(platform_map(acpi->distributor, DISTRIBUTOR_SIZE),
              platform_map(acpi->interface, INTERFACE_SIZE), timer_told(acpi));
    return true;
}

static void region_add(struct gic3_wiring *wiring, uint64_t address, uint64_t size) {
    if (wiring->region_count < GIC3_REGIONS_MAX && size >= GIC3_REDISTRIBUTOR_SIZE) {
        wiring->regions[wiring->region_count++] =
            (struct gic3_region){platform_map(address, size), size};
    }
}

static bool gic3_start(const struct gic3_wiring *wiring) {
    bool good = wiring->region_count > 0 && gic3_core_works();
    if (good) {
        gic3_init(wiring);
    }
    return good;
}

/* The distributor, then regions of redistributors. */
static bool gic3_find(const struct device_tree *tree) {
    struct gic3_wiring wiring = {.interface = &gic3_core, .timer = timer_number(tree)};
    device_node_t node = device_tree_find_compatible(tree, DEVICE_NODE_NONE, "arm,gic-v3");
    struct device_region region;
    uint64_t regions = 1;
    if (node < 0 || !device_tree_region(tree, node, 0, &region)) {
        return false;
    }
    wiring.distributor = platform_map(region.address, region.size);
    (void)device_tree_number(tree, node, "#redistributor-regions", &regions);
    if (!device_tree_number(tree, node, "redistributor-stride", &wiring.stride) ||
        wiring.stride % GIC3_REDISTRIBUTOR_SIZE != 0) {
        wiring.stride = 0;
    }
    for (unsigned i = 1; i <= regions && device_tree_region(tree, node, i, &region); i++) {
        region_add(&wiring, region.address, region.size);
    }
    return gic3_start(&wiring);
}

static bool gic3_told(const struct acpi_arm *acpi) {
    struct gic3_wiring wiring = {.interface = &gic3_core, .timer = timer_told(acpi)};
    if (acpi->distributor == 0 || acpi->version == 2) {
        return false;
    }
    wiring.distributor = platform_map(acpi->distributor, GIC3_DISTRIBUTOR_SIZE);
    for (size_t i = 0; i < acpi->redistributor_count; i++) {
        region_add(&wiring, acpi->redistributors[i].address, acpi->redistributors[i].size);
    }
    return gic3_start(&wiring);
}

const struct interrupt_chip *controller_find(void) {
    const struct platform *platform = platform_get();
    if (platform->mmio != 0) {
        bcm2836_init(platform_map(LOCAL, LOCAL_SIZE),
                     platform_map(platform->mmio, PLATFORM_MMIO_SIZE) + DEVICES);
        return &bcm2836;
    }
    if ((platform->has_tree && gic2_find(&platform->tree)) ||
        (platform->has_acpi && gic2_told(&platform->acpi))) {
        return &gic2;
    }
    if ((platform->has_tree && gic3_find(&platform->tree)) ||
        (platform->has_acpi && gic3_told(&platform->acpi))) {
        return &gic3;
    }
    panic("no interrupt controller that is known");
}
