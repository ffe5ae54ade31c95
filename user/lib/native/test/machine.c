/* SPDX-License-Identifier: MIT */
/* See machine.h. */
#include "machine.h"
#include "../../../../kernel/core/core.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>
#include <stdlib.h>
#include <string.h>

uint64_t machine_now_ns = 1000;
int64_t machine_wall_ns;
static size_t allocated;
struct machine_line machine_line;

size_t machine_allocated(void) {
    envelopes_release();
    return allocated;
}

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

void *port_allocate(size_t size) {
    allocated += size;
    return malloc(size);
}

void port_release(void *memory, size_t size) {
    allocated -= size;
    free(memory);
}

unsigned port_core(void) {
    return 0;
}

void port_core_wake(unsigned core) {
}

uint64_t port_time_ns(void) {
    return machine_now_ns;
}

uint64_t port_ticks(void) {
    return machine_now_ns;
}

uint64_t port_ticks_time_ns(uint64_t ticks) {
    return ticks;
}

int64_t port_wall_time_ns(void) {
    return machine_wall_ns;
}

/* Not random at all, so that a test can tell what came from here. */
void port_random(void *to, size_t size) {
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = (uint8_t)(i * 7 + 1);
    }
}

void port_alarm(uint64_t deadline_ns) {
}

void port_alarm_start(void (*rings)(void), bool (*is_wanted)(void)) {
}

void port_wait(uint64_t deadline_ns) {
    if (machine_line.later_count > 0) {
        machine_line.later_count--;
        const char *bytes = machine_line.later[machine_line.later_first++];
        machine_type(bytes, strlen(bytes));
        return;
    }
    ensure(deadline_ns != DEADLINE_NEVER);
    machine_now_ns = deadline_ns;
}

void machine_type(const char *bytes, size_t size) {
    struct machine_line *line = &machine_line;
    if (line->arrived_size == 0) {
        line->arrived_first = 0;
    }
    size_t end = line->arrived_first + line->arrived_size;
    ensure(end + size <= sizeof line->arrived);
    memcpy(line->arrived + end, bytes, size);
    line->arrived_size += size;
    process_interrupt(line->console);
}

static size_t line_read(void *data, uint8_t *to, size_t capacity) {
    struct machine_line *line = data;
    size_t size = line->arrived_size < capacity ? line->arrived_size : capacity;
    memcpy(to, line->arrived + line->arrived_first, size);
    line->arrived_first += size;
    line->arrived_size -= size;
    return size;
}

static void line_write(void *data, const uint8_t *bytes, size_t size) {
    struct machine_line *line = data;
    ensure(line->written_size + size <= sizeof line->written);
    memcpy(line->written + line->written_size, bytes, size);
    line->written_size += size;
}

bool machine_written(const char *bytes) {
    struct machine_line *line = &machine_line;
    bool same = strlen(bytes) == line->written_size &&
                memcmp(bytes, line->written, line->written_size) == 0;
    if (!same) {
        fprintf(stderr, "written: %.*s\n", (int)line->written_size, line->written);
    }
    line->written_size = 0;
    return same;
}

void machine_line_attach(enum device_serial kind, struct process *console) {
    machine_line.serial = (struct native_serial){kind, line_read, line_write, &machine_line};
    machine_line.console = console;
    native_serial_attach(&machine_line.serial, console);
}

struct process *machine_process(const char *name) {
    struct process_limits limits = {64, 64, 256 * 1024};
    struct process *process;
    ensure(process_create(name, &limits, &process) == OK);
    return process;
}

handle_t machine_grant(struct process *to, struct process *target, uint64_t badge) {
    handle_t handle;
    ensure(process_grant(to, target, badge, &handle) == OK);
    return handle;
}

static status_t finish(struct process *process, status_t status) {
    if (status == WAITING) {
        status = process_await(process);
    }
    ensure(core_poll() == nullptr);
    return status;
}

status_t machine_call(struct process *process, handle_t handle, const struct message *request,
                      struct message *reply) {
    return finish(process, process_call(process, handle, request, reply));
}

status_t machine_send(struct process *process, handle_t handle, const struct message *message,
                      uint64_t key, uint64_t deadline_ns) {
    return finish(process, process_send(process, handle, message, key, deadline_ns));
}

status_t machine_receive(struct process *process, struct message *message, uint64_t deadline_ns) {
    ensure(core_poll() == nullptr); /* what arrived a moment ago */
    return finish(process, process_receive(process, message, deadline_ns));
}
