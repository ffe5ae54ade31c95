/* SPDX-License-Identifier: MIT */
/* See driver.h. What is started here is there until the machine stops. */
#include "driver.h"
#include "initrd.h"
#include <base/checked.h>
#include <base/format.h>
#include <kernel/devices.h>
#include <kernel/log.h>

constexpr size_t NAME_MAX = 32;

static struct driver {
    char name[NAME_MAX];
    struct program_grant grant;
    struct program *program;
} drivers[DRIVERS_MAX];

static void complain(void *data, const char *text) {
    log_write(LOG_ERROR, "program", "%s", text);
}

/* The first item of a list, which is shortened by it. */
static struct text take_item(struct text *list, char end) {
    size_t size = 0;
    while (size < list->size && list->bytes[size] != end) {
        size++;
    }
    struct text item = {list->bytes, size};
    size_t used = size < list->size ? size + 1 : size;
    *list = (struct text){list->bytes + used, list->size - used};
    return item;
}

/* "drv/serial.wasm" is "serial". */
static void name_driver(struct text path, char name[NAME_MAX]) {
    size_t start = path.size, end;
    while (start > 0 && path.bytes[start - 1] != '/') {
        start--;
    }
    for (end = start; end < path.size && path.bytes[end] != '.'; end++) {
    }
    format_buffer(name, NAME_MAX, "%.*s", (int)(end - start), path.bytes + start);
}

static bool start(struct engine *engine, struct text path, struct text device, struct bytes initrd,
                  struct driver *driver) {
    struct bytes file;
    const struct program_grant grant = {
        .name = "device", .protocol = PROTOCOL_DEVICE, .device = devices_take(device)};
    if (grant.device == nullptr || !initrd_file_find(initrd, path, &file)) {
        log_write(LOG_ERROR, "start", "driver=%.*s:%.*s: no such %s", (int)path.size, path.bytes,
                  (int)device.size, device.bytes, grant.device == nullptr ? "device" : "file");
        return false;
    }
    name_driver(path, driver->name);
    const char *const arguments[] = {driver->name};
    const struct program_config config = {
        .name = driver->name,
        .bytes = file.at,
        .size = bytes_left(&file),
        .arguments = arguments,
        .argument_count = 1,
        .grants = &grant,
        .grant_count = 1,
        .handler = true,
        .bytes_stay = true,
        .priority = 2,
        .complain = complain,
    };
    return program_create(engine, &config, &driver->program) == OK;
}

/* What a driver of that name serves. */
static enum protocol protocol_of(const char *name) {
    static const struct {
        const char *name;
        enum protocol protocol;
    } others[] = {
        {"ps2", PROTOCOL_KEYS}, {"virtio_input", PROTOCOL_KEYS}, {"framebuffer", PROTOCOL_SCREEN}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (text_equal(text_of(name), text_of(others[i].name))) {
            return others[i].protocol;
        }
    }
    return PROTOCOL_STREAM;
}

static void tell(void *context, const char *name, const struct device_info *info) {
    log_write(LOG_DEBUG, "start", "device %s: %u resources", name, info->resource_count);
}

size_t drivers_start(struct engine *engine, struct text list, struct bytes initrd,
                     struct program_grant grants[DRIVERS_MAX]) {
    size_t count = 0;
    if (devices_start() != OK) {
        log_write(LOG_ERROR, "start", "no memory for the list of devices");
        return 0;
    }
    devices_visit(tell, nullptr);
    while (list.size > 0 && count < DRIVERS_MAX) {
        struct text device = take_item(&list, ',');
        struct text path = take_item(&device, ':');
        if (start(engine, path, device, initrd, &drivers[count])) {
            grants[count] = (struct program_grant){
                .name = drivers[count].name,
                .protocol = protocol_of(drivers[count].name),
                .server = program_process(drivers[count].program),
                .badge = 1,
            };
            count++;
        }
    }
    return count;
}
