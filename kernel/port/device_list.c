/* SPDX-License-Identifier: MIT */
/*
 * The list of devices: serial ports, what else the CPU's folder knows of the machine, and the
 * framebuffer that the loader has left. Made once; nothing of it ever goes away.
 *
 * A window can be mapped when it starts a page and no other device of the list has registers in its
 * pages.
 */
#include <abi/bootinfo.h>
#include <arch/machine.h>
#include <arch/mmu.h>
#include <base/checked.h>
#include <base/format.h>
#include <base/string.h>
#include <kernel/devices.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/machine.h>

constexpr unsigned DEVICES_MAX = 64;
constexpr size_t NAME_MAX = DEVICE_KIND_MAX + 8;

static struct {
    struct device_info info;
    struct device *device;
    char name[NAME_MAX];
    unsigned serial; /* which of the kernel's ports it is; MACHINE_SERIALS: none */
} devices[DEVICES_MAX];
static unsigned count;

static unsigned count_kind(const char *kind) {
    unsigned same = 0;
    for (unsigned i = 0; i < count; i++) {
        same += text_equal(text_of(devices[i].info.kind), text_of(kind));
    }
    return same;
}

static void add(const struct device_info *info, unsigned serial) {
    if (count < DEVICES_MAX) {
        format_buffer(devices[count].name, NAME_MAX, "%s/%u", info->kind, count_kind(info->kind));
        devices[count].info = *info;
        devices[count].serial = serial;
        count++;
    }
}

/* Facts: width and height in pixels, bytes from line to line, and how a pixel lies. */
static void framebuffer_add(void) {
    const struct bootinfo *boot = (const struct bootinfo *)BOOTINFO_ADDRESS;
    uint64_t start = align_down(boot->framebuffer_address, PAGE_SIZE);
    if (boot->framebuffer_address == 0 || boot->framebuffer_size == 0) {
        return;
    }
    const struct device_info info = {
        .kind = "framebuffer",
        .resource_count = 1,
        .facts = {boot->framebuffer_width, boot->framebuffer_height, boot->framebuffer_scanline,
                  boot->framebuffer_type},
        .resources = {{DEVICE_WINDOW, DEVICE_PIXELS | DEVICE_MAPPABLE, start,
                       boot->framebuffer_address + boot->framebuffer_size - start}},
    };
    if (start == boot->framebuffer_address) {
        add(&info, MACHINE_SERIALS);
    }
}

/* ---- which windows can be mapped ---- */

static bool shares_page(const struct device_resource *one, const struct device_resource *other) {
    uint64_t one_end = align_up(one->start + one->size, PAGE_SIZE);
    uint64_t other_end = align_up(other->start + other->size, PAGE_SIZE);
    return align_down(one->start, PAGE_SIZE) < other_end &&
           align_down(other->start, PAGE_SIZE) < one_end;
}

static bool is_alone(unsigned device, uint32_t index) {
    const struct device_resource *window = &devices[device].info.resources[index];
    for (unsigned i = 0; i < count; i++) {
        for (uint32_t j = 0; i != device && j < devices[i].info.resource_count; j++) {
            const struct device_resource *other = &devices[i].info.resources[j];
            if (other->kind == DEVICE_WINDOW && shares_page(window, other)) {
                return false;
            }
        }
    }
    return true;
}

static void look_at_windows(unsigned device) {
    for (uint32_t i = 0; i < devices[device].info.resource_count; i++) {
        struct device_resource *window = &devices[device].info.resources[i];
        if (window->kind == DEVICE_WINDOW && window->start % PAGE_SIZE == 0 &&
            is_alone(device, i)) {
            window->flags |= DEVICE_MAPPABLE;
        }
    }
}

status_t devices_start(void) {
    struct device_info info;
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        if (machine_serial_device(i, &info)) {
            add(&info, i);
        }
    }
    for (unsigned i = 0; machine_device(i, &info); i++) {
        add(&info, MACHINE_SERIALS);
    }
    framebuffer_add();
    for (unsigned i = 0; i < count; i++) {
        look_at_windows(i);
        status_t status = device_create(&devices[i].info, &devices[i].device);
        if (status != OK) {
            count = i;
            return status;
        }
    }
    return OK;
}

/* ---- giving them out ---- */

static const struct uart *kept;

void devices_keep(struct text serial) {
    kept = serial_find(serial);
}

static bool is_kept(unsigned index) {
    char name[NAME_MAX];
    format_buffer(name, sizeof name, "serial%u", devices[index].serial);
    return kept != nullptr && devices[index].serial < MACHINE_SERIALS &&
           serial_find(text_of(name)) == kept;
}

static bool is_named(unsigned index, struct text name) {
    const struct device_info *info = &devices[index].info;
    return text_equal(name, text_of(devices[index].name)) ||
           (text_equal(name, text_of(info->kind)) &&
            devices[index].name[strlen(info->kind) + 1] == '0');
}

static void yield(unsigned index) {
    if (devices[index].serial < MACHINE_SERIALS) {
        serial_yield(devices[index].serial);
    } else if (text_equal(text_of(devices[index].info.kind), text_of("framebuffer"))) {
        display_yield();
    }
}

struct device *devices_take(struct text name) {
    for (unsigned i = 0; i < count; i++) {
        if (is_named(i, name) && !is_kept(i)) {
            yield(i);
            return devices[i].device;
        }
    }
    return nullptr;
}

void devices_visit(void (*tell)(void *context, const char *name, const struct device_info *info),
                   void *context) {
    for (unsigned i = 0; i < count; i++) {
        tell(context, devices[i].name, &devices[i].info);
    }
}
