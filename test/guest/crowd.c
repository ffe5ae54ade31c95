/* SPDX-License-Identifier: MIT */
/*
 * Many processes at once, and what each takes: crowd COUNT.
 *
 * Makes COUNT handlers of member.wasm, calls every one of them twice when all are there, and lets
 * them go. Tells, in lines of a name and a number:
 *
 *   spawn   nanoseconds from before process_create to the first instruction, while there are more
 * and more: half take no longer again   likewise, each after the end of the one before whole
 * nanoseconds of all that such a one takes from its making to its end: the mean kernel  bytes that
 * the kernel says it keeps for an idle one memory  bytes of machine memory that an idle one has,
 * used or promised; 0 where it is not told used    likewise, without what is promised left    bytes
 * of machine memory that are missing when all have gone
 *
 * Leaves with 1 and a sentence where something is not as it should be. Two rounds: in the first one
 * the kernel's own tables grow, which stay; what is told is of the second.
 */
#include <base/string.h>
#include <user/command.h>
#include <user/kernel.h>
#include <user/record.h>

constexpr uint32_t MOST = 16'000, PAGE_BYTES = 4096;
constexpr uint64_t WAIT_NS = 10'000'000'000, SETTLE_NS = 200'000'000;

static const uint8_t member[] = {
#embed "member.wasm"
};

static handle_t module, processes[MOST];
static uint64_t spawn_ns[MOST];

[[noreturn]] static void fail(const char *what, status_t status) {
    print_error("%s: %s", what, status_text(status));
    print_flush();
    system_exit(1);
}

static void must(status_t status, const char *what) {
    if (status != OK) {
        fail(what, status);
    }
}

static struct kernel_memory memory_get(void) {
    struct kernel_memory memory = {};
    struct message reply;
    must(kernel_ask(KERNEL_MEMORY, 0, 0, &memory, sizeof memory, &reply), "memory");
    return memory;
}

/* Waits until those that were let go have been taken down, which they are when nobody else is due.
 */
static struct kernel_memory memory_settled(void) {
    struct kernel_memory memory = memory_get(), before;
    do {
        struct message none = {};
        status_t status = system_receive(&none, system_time_get() + SETTLE_NS);
        must(status == ERR_TIMED_OUT ? OK : ERR_INVALID, "something came");
        before = memory;
        memory = memory_get();
    } while (memory.free != before.free);
    return memory;
}

/* The time at which it began. */
static uint64_t member_hear(void) {
    struct message in = {};
    must(system_receive(&in, system_time_get() + WAIT_NS), "nobody begins");
    if (in.operation != 1) {
        fail("something else came", ERR_INVALID);
    }
    return in.words[0];
}

static void member_make(uint32_t index) {
    static uint8_t birth[256];
    const struct process_spec spec = {.name = "member",
                                      .modules = {module},
                                      .module_count = 1,
                                      .flags = PROCESS_HANDLER | PROCESS_CHECKED,
                                      .priority = 8,
                                      .stack_size = 8 * PAGE_BYTES,
                                      .memory_pages = 1,
                                      .handles = 4,
                                      .mailbox_messages = 4,
                                      .mailbox_bytes = PAGE_BYTES};
    uint64_t start_ns = system_time_get();
    struct record_handle guardian = {.protocol = PROTOCOL_CONSOLE, .name = "g"};
    must(system_process_create(&spec, index, &processes[index]), "create");
    must(system_handle_mint(index, &guardian.handle), "mint");
    uint32_t size = record_make(&(struct record_spec){.handles = &guardian, .handle_count = 1},
                                birth, sizeof birth);
    must(system_process_start(processes[index], birth, size), "start");
    must(system_handle_close(guardian.handle), "close");
    spawn_ns[index] = member_hear() - start_ns;
    struct message released = {};
    must(system_receive(&released, system_time_get() + WAIT_NS), "no release");
}

static void member_call(uint32_t index, uint64_t answer) {
    handle_t handle;
    struct message request = {.operation = 1}, reply = {};
    must(system_process_mint(processes[index], 1, &handle), "mint");
    must(system_call(handle, &request, &reply), "call");
    if (reply.words[0] != answer) {
        fail("a wrong answer", ERR_CORRUPT);
    }
    must(system_handle_close(handle), "close");
}

static uint64_t median(uint64_t *values, uint32_t count) {
    for (uint32_t gap = count / 2; gap > 0; gap /= 2) { /* Shell's sort */
        for (uint32_t i = gap; i < count; i++) {
            uint64_t value = values[i];
            uint32_t at = i;
            for (; at >= gap && values[at - gap] > value; at -= gap) {
                values[at] = values[at - gap];
            }
            values[at] = value;
        }
    }
    return values[count / 2];
}

static void tell(const char *name, uint64_t value) {
    print("%s %llu\n", name, (unsigned long long)value);
}

static void tell_memory(const struct kernel_memory *before, const struct kernel_memory *with,
                        uint32_t count) {
    struct process_info info;
    must(system_process_status(processes[0], &info), "status");
    tell("kernel", info.kernel_bytes);
    uint64_t used = before->free - with->free;
    tell("memory", (used + with->promised - before->promised) / count);
    tell("used", used / count);
}

static void round_run(uint32_t count, bool told) {
    struct kernel_memory before = memory_settled();
    for (uint32_t i = 0; i < count; i++) {
        member_make(i);
    }
    for (uint32_t i = 0; i < 2 * count; i++) {
        member_call(i % count, 1 + i / count);
    }
    if (told) {
        struct kernel_memory with = memory_get();
        tell_memory(&before, &with, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        must(system_handle_close(processes[i]), "close");
    }
    struct kernel_memory after = memory_settled();
    if (told) {
        tell("spawn", median(spawn_ns, count));
        tell("left", before.free > after.free ? before.free - after.free : 0);
    }
}

/* One after the other. */
static void row_run(uint32_t count) {
    uint64_t start_ns = system_time_get();
    for (uint32_t i = 0; i < count; i++) {
        member_make(i);
        must(system_handle_close(processes[i]), "close");
    }
    uint64_t whole_ns = (system_time_get() - start_ns) / count;
    tell("again", median(spawn_ns, count));
    tell("whole", whole_ns);
}

static uint32_t crowd(uint32_t count, const char **arguments) {
    uint32_t members = 0;
    for (const char *digit = count > 1 ? arguments[1] : ""; *digit >= '0' && *digit <= '9';
         digit++) {
        members = members < MOST ? members * 10 + (uint32_t)(*digit - '0') : members;
    }
    if (members == 0 || members > MOST) {
        print_error("how many? 1 to %u", (unsigned)MOST);
        return 1;
    }
    must(system_module_create("member", 6, member, sizeof member, &module), "module");
    round_run(members, false);
    round_run(members, true);
    row_run(members);
    return 0;
}

COMMAND(crowd)
