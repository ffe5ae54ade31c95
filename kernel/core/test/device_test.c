/* SPDX-License-Identifier: MIT */
/*
 * Devices over a machine that only pretends: windows take the place of memory and give it back,
 * lines are masked until all have acknowledged, DMA memory is freed after the device is silent,
 * parts lie within the whole, and nothing that is asked in vain leaves anything behind.
 */
#include "../../../host/port/device.h"
#include "../device.h"
#include "pretend.h"
#include <abi/system.h>
#include <string.h>
#include <sys/mman.h>

constexpr size_t PAGE = DEVICE_PAGE;
constexpr uint32_t LINE_INDEX = 2, SMALL_INDEX = 1;

static uint8_t *memory; /* of the driver: 16 pages */

static const struct device_info example = {
    .kind = "example",
    .flags = DEVICE_DMA,
    .resource_count = 5,
    .silence = {.resource = 0, .offset = 0x70, .width = 32, .value = 0},
    .resources = {{DEVICE_WINDOW, DEVICE_MAPPABLE, 0x4000, 0x2000},
                  {DEVICE_WINDOW, 0, 0x6100, 0x40},
                  {DEVICE_LINE, 0, 3, 1},
                  {DEVICE_PORTS, 0, 0x3F8, 8},
                  {DEVICE_LINE, 0, 8, 4}},
};

static handle_t give(struct process *process, const struct device_info *info) {
    struct device *device;
    handle_t handle;
    CHECK(device_create(info, &device) == OK);
    CHECK(process_grant_device(process, device, &handle) == OK);
    device_release(device);
    return handle;
}

static void test_info(void) {
    struct process *process = pretend_process("driver");
    handle_t handle = give(process, &example), copy;
    struct device_info info;
    CHECK(process_device_info(process, handle, &info) == OK);
    CHECK(memcmp(&info, &example, sizeof info) == 0);
    CHECK(process_handle_copy(process, handle, &copy) == OK && drop(process, handle) == OK);
    CHECK(process_device_info(process, handle, &info) == ERR_BAD_HANDLE);
    CHECK(process_device_info(process, copy, &info) == OK);
    handle_t mailbox = grant(process, process, 1);
    CHECK(process_device_info(process, mailbox, &info) == ERR_BAD_HANDLE);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

static void test_map(void) {
    struct process *process = pretend_process("driver");
    handle_t handle = give(process, &example);
    uint8_t *registers = device_memory() + 0x4000;
    size_t size;
    memset(memory, 7, 16 * PAGE);
    CHECK(process_device_map(process, handle, 0, memory, PAGE, &size) == ERR_TOO_BIG);
    CHECK(process_device_map(process, handle, SMALL_INDEX, memory, PAGE, &size) == ERR_DENIED);
    CHECK(process_device_map(process, handle, LINE_INDEX, memory, PAGE, &size) == ERR_INVALID);
    CHECK(process_device_map(process, handle, 9, memory, PAGE, &size) == ERR_INVALID);
    CHECK(process_device_map(process, handle + 1, 0, memory, PAGE, &size) == ERR_BAD_HANDLE);
    CHECK(process_device_map(process, handle, 0, memory + PAGE, 15 * PAGE, &size) == OK);
    CHECK(size == 2 * PAGE);
    registers[0x1008] = 0x5A;
    memory[PAGE + 9] = 0xC3;
    CHECK(memory[PAGE + 0x1008] == 0x5A && registers[9] == 0xC3);
    CHECK(memory[PAGE - 1] == 7 && memory[3 * PAGE] == 7);
    /* nothing is mapped over what is mapped */
    CHECK(process_device_map(process, handle, 0, memory, 16 * PAGE, &size) == ERR_EXISTS);
    CHECK(process_device_map(process, handle, 0, memory + 2 * PAGE, 14 * PAGE, &size) ==
          ERR_EXISTS);
    CHECK(process_device_map(process, handle, 0, memory + 3 * PAGE, 13 * PAGE, &size) == OK);
    process_destroy(process); /* zero, and the registers are as they were */
    CHECK(memory[PAGE + 9] == 0 && memory[3 * PAGE + 9] == 0 && registers[9] == 0xC3);
    memory[PAGE + 9] = 1;
    CHECK(registers[9] == 0xC3 && pretend_allocated() == 0);
}

static void test_port(void) {
    struct process *process = pretend_process("driver");
    handle_t handle = give(process, &example);
    uint32_t value = 0x1234'5678, back = 0;
    CHECK(process_device_port(process, handle, 1, 0x3C, 32 | DEVICE_WRITE, &value) == OK);
    CHECK(process_device_port(process, handle, 1, 0x3E, 16, &back) == OK && back == 0x1234);
    CHECK(process_device_port(process, handle, 1, 0x3F, 8, &back) == OK && back == 0x12);
    CHECK(process_device_port(process, handle, 1, 0x3D, 32, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 1, 0x40, 8, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 1, UINT32_MAX, 32, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 1, 0x3D, 16, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 1, 0, 24, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 1, 0, 64, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 1, 0, 8 | 0x200, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, LINE_INDEX, 0, 8, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 3, 0, 8, &back) == ERR_NOT_SUPPORTED);
    CHECK(process_device_port(process, handle, 3, 8, 8, &back) == ERR_INVALID);
    CHECK(process_device_port(process, handle, 5, 0, 8, &back) == ERR_INVALID);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

/* What came, by receive(); 0: nothing. */
static uint64_t told(struct process *process, uint64_t key) {
    struct message in = {};
    devices_poll();
    if (receive(process, &in, DEADLINE_NOW) != OK) {
        return 0;
    }
    CHECK(in.operation == MESSAGE_INTERRUPT && in.badge == key && in.reply == HANDLE_NONE);
    return in.words[0];
}

static void test_line(void) {
    struct process *process = pretend_process("driver");
    handle_t handle = give(process, &example);
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == ERR_NOT_FOUND);
    CHECK(process_device_interrupt(process, handle, 0, 5) == ERR_INVALID);
    CHECK(process_device_interrupt(process, handle, 4, 5) == ERR_INVALID); /* several lines */
    CHECK(process_device_interrupt(process, handle, LINE_INDEX, 5) == OK);
    CHECK(process_device_interrupt(process, handle, LINE_INDEX, 6) == ERR_EXISTS);
    CHECK(!device_line_is_masked(3) && told(process, 5) == 0);
    device_line_raise(3);
    CHECK(device_line_is_masked(3) && told(process, 5) == 1 && told(process, 5) == 0);
    CHECK(device_line_is_masked(3)); /* though it was received */
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == OK);
    CHECK(device_line_is_masked(3)); /* it is still up */
    CHECK(told(process, 5) == 1);
    device_line_lower(3);
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == OK);
    CHECK(!device_line_is_masked(3) && told(process, 5) == 0);
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == OK); /* nothing is owed */
    device_line_raise(3);
    devices_poll();
    process_destroy(process); /* with its message in the mailbox */
    CHECK(device_line_is_masked(3) && pretend_allocated() == 0);
    device_line_lower(3);
}

/* A line that forgets what comes while it is masked is masked at the second interrupt alone, and
 * then tells once more. */
static void test_edge(void) {
    struct device_info info = example;
    info.resources[LINE_INDEX].start = DEVICE_LINES_LATCHED + 1;
    constexpr unsigned LINE = DEVICE_LINES_LATCHED + 1;
    struct process *process = pretend_process("driver");
    handle_t handle = give(process, &info);
    CHECK(process_device_interrupt(process, handle, LINE_INDEX, 9) == OK);
    CHECK(told(process, 9) == 1); /* of what came before it was bound */
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == OK);
    device_line_raise(LINE);
    CHECK(!device_line_is_masked(LINE) && told(process, 9) == 1);
    device_line_lower(LINE);
    device_line_raise(LINE);
    CHECK(device_line_is_masked(LINE) && told(process, 9) == 1);
    device_line_lower(LINE);
    device_line_raise(LINE); /* lost */
    CHECK(told(process, 9) == 0);
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == OK);
    CHECK(!device_line_is_masked(LINE) && told(process, 9) == 1);
    CHECK(process_device_acknowledge(process, handle, LINE_INDEX) == OK);
    CHECK(told(process, 9) == 0);
    device_line_lower(LINE);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

static void test_shared_line(void) {
    struct process *one = pretend_process("one"), *other = pretend_process("other");
    handle_t first = give(one, &example), second = give(other, &example);
    CHECK(process_device_interrupt(one, first, LINE_INDEX, 1) == OK);
    CHECK(process_device_interrupt(other, second, LINE_INDEX, 2) == OK);
    device_line_raise(3);
    CHECK(told(one, 1) == 1 && told(other, 2) == 1);
    device_line_lower(3);
    CHECK(process_device_acknowledge(one, first, LINE_INDEX) == OK && device_line_is_masked(3));
    CHECK(process_device_acknowledge(other, second, LINE_INDEX) == OK);
    CHECK(!device_line_is_masked(3));
    device_line_raise(3);
    CHECK(told(one, 1) == 1);
    device_line_lower(3);
    CHECK(process_device_acknowledge(one, first, LINE_INDEX) == OK && device_line_is_masked(3));
    process_destroy(other); /* owing: the other goes on */
    CHECK(!device_line_is_masked(3));
    device_line_raise(3);
    CHECK(told(one, 1) == 1);
    process_destroy(one);
    CHECK(device_line_is_masked(3) && pretend_allocated() == 0);
    device_line_lower(3);
}

static void test_dma(void) {
    struct process *process = pretend_process("driver");
    handle_t handle = give(process, &example);
    uint64_t physical = 0, second;
    uint32_t *control = (uint32_t *)(device_memory() + 0x4070);
    CHECK(process_device_dma(process, handle, 0, memory, &physical) == ERR_INVALID);
    CHECK(process_device_dma(process, handle, 100, memory, &physical) == ERR_INVALID);
    CHECK(process_device_dma(process, handle, DEVICE_DMA_MAX + PAGE, memory, &physical) ==
          ERR_TOO_BIG);
    CHECK(process_device_dma(process, handle, 2 * PAGE, memory, &physical) == OK);
    CHECK(process_device_dma(process, handle, PAGE, memory + PAGE, &second) == ERR_EXISTS);
    CHECK(process_device_dma(process, handle, PAGE, memory + 4 * PAGE, &second) == OK);
    memory[5] = 0x77;
    CHECK(device_memory()[physical + 5] == 0x77 && device_dma_used() == 3 * PAGE);
    *control = 0xF;
    CHECK(drop(process, handle) == OK && device_dma_used() == 3 * PAGE && *control == 0xF);
    process_destroy(process);
    CHECK(*control == 0 && device_dma_used() == 0 && memory[5] == 0 && pretend_allocated() == 0);

    process = pretend_process("without");
    struct device_info info = example;
    info.flags = 0;
    handle = give(process, &info);
    CHECK(process_device_dma(process, handle, PAGE, memory, &physical) == ERR_DENIED);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

static status_t derive(struct process *process, handle_t whole, struct device_info part,
                       handle_t *out) {
    return process_device_derive(process, whole, &part, out);
}

static void test_derive(void) {
    struct process *process = pretend_process("bus");
    handle_t whole = give(process, &example), part;
    struct device_info info = {.kind = "function", .resource_count = 3};
    info.resources[0] = (struct device_resource){DEVICE_WINDOW, 0, 0x5000, 0x1000};
    info.resources[1] = (struct device_resource){DEVICE_WINDOW, DEVICE_MAPPABLE, 0x4100, 0x100};
    info.resources[2] = (struct device_resource){DEVICE_LINE, 0, 9, 1};
    CHECK(derive(process, whole, info, &part) == OK);
    struct device_info back;
    CHECK(process_device_info(process, part, &back) == OK && strcmp(back.kind, "function") == 0);
    CHECK(back.resources[0].flags == DEVICE_MAPPABLE && back.resources[1].flags == 0);
    CHECK(drop(process, whole) == OK && process_device_interrupt(process, part, 2, 1) == OK);
    CHECK(derive(process, whole, info, &whole) == ERR_BAD_HANDLE);
    whole = give(process, &example);

    struct device_info wrong = info;
    wrong.resources[0].start = 0x3FFF;
    CHECK(derive(process, whole, wrong, &part) == ERR_DENIED);
    wrong = info;
    wrong.resources[0].size = 0x1001;
    CHECK(derive(process, whole, wrong, &part) == ERR_DENIED);
    wrong.resources[0].size = 0;
    CHECK(derive(process, whole, wrong, &part) == ERR_DENIED);
    wrong.resources[0].size = UINT64_MAX;
    CHECK(derive(process, whole, wrong, &part) == ERR_DENIED);
    wrong = info;
    wrong.resources[2].start = 12;
    CHECK(derive(process, whole, wrong, &part) == ERR_DENIED);
    wrong = info;
    wrong.resources[0].kind = DEVICE_PORTS;
    CHECK(derive(process, whole, wrong, &part) == ERR_DENIED);
    wrong = info;
    wrong.resource_count = DEVICE_RESOURCES + 1;
    CHECK(derive(process, whole, wrong, &part) == ERR_INVALID);
    wrong = info;
    memset(wrong.kind, 'x', sizeof wrong.kind);
    CHECK(derive(process, whole, wrong, &part) == ERR_INVALID);
    wrong = info;
    wrong.flags = DEVICE_DMA; /* but nothing that silences it */
    CHECK(derive(process, whole, wrong, &part) == ERR_INVALID);
    wrong.silence = (struct device_silence){1, 0xFE, 32, 0};
    CHECK(derive(process, whole, wrong, &part) == ERR_INVALID);
    wrong.silence = (struct device_silence){1, 0, 8, 0x100};
    CHECK(derive(process, whole, wrong, &part) == ERR_INVALID);
    wrong.silence = (struct device_silence){1, 0xFC, 32, 0};
    CHECK(derive(process, whole, wrong, &part) == OK);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

/* Whatever fails for want of memory leaves all as it was. */
static void test_no_memory(void) {
    unsigned failed = 0;
    for (int after = 0; after < 8; after++) {
        struct process *process = pretend_process("driver");
        handle_t handle = give(process, &example), part;
        uint64_t physical;
        size_t size;
        struct device_info info = {.kind = "part"};
        pretend_fail_after = after;
        failed += process_device_map(process, handle, 0, memory, 16 * PAGE, &size) != OK;
        failed += process_device_interrupt(process, handle, LINE_INDEX, 1) != OK;
        failed += process_device_dma(process, handle, PAGE, memory + 8 * PAGE, &physical) != OK;
        failed += process_device_derive(process, handle, &info, &part) != OK;
        pretend_fail_after = -1;
        process_destroy(process);
        CHECK(pretend_allocated() == 0 && device_dma_used() == 0);
    }
    CHECK(failed > 4 && failed < 24);
}

static void test_many(void) {
    struct process *process = pretend_process("driver");
    unsigned bound = 0;
    for (unsigned i = 0; i < DEVICE_USES_MAX + 10; i++) {
        bound += process_device_interrupt(process, give(process, &example), LINE_INDEX, i) == OK;
    }
    CHECK(bound == DEVICE_USES_MAX);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

int main(void) {
    memory = mmap(nullptr, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    test_info();
    test_map();
    test_port();
    test_line();
    test_edge();
    test_shared_line();
    test_dma();
    test_derive();
    test_no_memory();
    test_many();
    return check_finish("device");
}
