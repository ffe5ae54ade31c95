/* SPDX-License-Identifier: MIT */
/*
 * top: the processes that took most of the CPU since the last look, every second, until q is typed.
 * It waits for a key and for the time at once: the key is an answer that it asked for.
 */
#include <base/string.h>
#include <proto/console.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/kernel.h>

constexpr uint64_t PERIOD_NS = 1'000'000'000;
constexpr uint32_t PROCESSES_MAX = 512, ROWS = 20;
constexpr uint64_t KEY = 1;

struct row {
    uint64_t number, before_ns, used_ns;
    struct process_info info;
    bool seen;
};

static struct row rows[PROCESSES_MAX];
static uint32_t row_count;
static uint64_t looked_ns, passed_ns; /* when it looked last, and how long before that */
static struct process_info infos[KERNEL_LIST_MAX];

/* Both the kernel's list and the rows are in order of numbers: they are gone through together. */
static void note(const struct process_info *info, uint32_t *at) {
    while (*at < row_count && rows[*at].number < info->number) {
        (*at)++;
    }
    if (*at == row_count && row_count < PROCESSES_MAX) {
        rows[row_count++] = (struct row){.number = info->number, .before_ns = info->cpu_ns};
    }
    if (*at < row_count && rows[*at].number == info->number) {
        struct row *row = &rows[*at];
        row->info = *info;
        row->seen = true;
        row->used_ns = info->cpu_ns > row->before_ns ? info->cpu_ns - row->before_ns : 0;
        row->before_ns = info->cpu_ns;
    }
}

static void drop_ended(void) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < row_count; i++) {
        if (rows[i].seen) {
            rows[kept++] = rows[i];
        }
    }
    row_count = kept;
}

static status_t look(void) {
    uint64_t next = 1;
    uint32_t at = 0, count;
    status_t status = OK;
    passed_ns = system_time_get() - looked_ns;
    looked_ns += passed_ns;
    for (uint32_t i = 0; i < row_count; i++) {
        rows[i].seen = false;
    }
    while (next != 0 && status == OK) {
        status = kernel_list(next, infos, &count, &next);
        for (uint32_t i = 0; i < count; i++) {
            note(&infos[i], &at);
        }
    }
    drop_ended();
    return status;
}

static void show_row(const struct row *row) {
    unsigned tenths = (unsigned)(row->used_ns * 1000 / passed_ns);
    print("%6u %4u.%u %9u %8u %8u  %.*s\x1b[K\r\n", (unsigned)row->number, tenths / 10, tenths % 10,
          (unsigned)(row->info.cpu_ns / 1'000'000), (unsigned)(row->info.memory_bytes >> 10),
          (unsigned)row->info.turns, (int)sizeof row->info.name, row->info.name);
}

/* The busiest first; each is shown once. */
static void show(void) {
    struct kernel_memory memory = {};
    struct message reply;
    (void)kernel_ask(KERNEL_MEMORY, 0, 0, &memory, sizeof memory, &reply);
    print("\x1b[H%u processes, %u of %u KiB free. q: quit\x1b[K\r\n", (unsigned)row_count,
          (unsigned)(memory.free >> 10), (unsigned)(memory.total >> 10));
    print("number  cpu %%    cpu ms   memory    turns  name\x1b[K\r\n");
    for (uint32_t shown = 0; shown < ROWS && shown < row_count; shown++) {
        struct row *busiest = nullptr;
        for (uint32_t i = 0; i < row_count; i++) {
            bool more = rows[i].seen && (busiest == nullptr || rows[i].used_ns > busiest->used_ns);
            busiest = more ? &rows[i] : busiest;
        }
        busiest->seen = false;
        show_row(busiest);
    }
    print("\x1b[J");
    print_flush();
}

/* ---- keys ---- */

static handle_t input;

static void set_mode(enum console_mode mode) {
    const struct message request = {.operation = CONSOLE_MODE, .words = {mode}};
    struct message reply = {.payload = nullptr};
    (void)ask_again(input, &request, &reply); /* a pipe has none */
}

static bool ask_key(void) {
    const struct message request = {.operation = CONSOLE_READ, .words = {1}};
    return system_send(input, &request, KEY, DEADLINE_NEVER) == OK;
}

/* Until the time is over; true: it is to end. */
static bool wait(uint64_t until_ns) {
    char key;
    struct message message = {.payload = &key, .payload_capacity = 1};
    while (system_receive(&message, until_ns) == OK) {
        if (message.operation == MESSAGE_REPLY &&
            (message.payload_size == 0 || key == 'q' || !ask_key())) {
            return true;
        }
        message = (struct message){.payload = &key, .payload_capacity = 1};
    }
    return false;
}

static uint32_t top(uint32_t count, const char **arguments) {
    input = command_handle("stdin", PROTOCOL_CONSOLE, nullptr);
    status_t status = OK;
    if (input == HANDLE_NONE || !ask_key()) {
        print_error("it needs a terminal");
        return 1;
    }
    set_mode(CONSOLE_KEYS);
    print("\x1b[2J");
    do {
        status = look();
        show();
    } while (status == OK && !wait(system_time_get() + PERIOD_NS));
    set_mode(CONSOLE_LINES);
    return kernel_failed("the list", status);
}

COMMAND(top)
