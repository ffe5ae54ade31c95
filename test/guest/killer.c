/* SPDX-License-Identifier: MIT */
/* Kills processes whose names it is given, one at a time, at random, every few milliseconds. */
#include <base/string.h>
#include <user/command.h>
#include <user/kernel.h>

constexpr uint32_t PAUSE_NS = 12'000'000; /* at most */

static uint32_t pick(uint32_t below) {
    static uint64_t state = UINT64_C(0x9E37'79B9'7F4A'7C15);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

static void kill(const char *name) {
    static struct process_info infos[KERNEL_LIST_MAX];
    struct message reply;
    uint64_t next;
    uint32_t count;
    if (kernel_list(1, infos, &count, &next) != OK) {
        system_exit(1);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (text_equal(text_of(infos[i].name), text_of(name))) {
            (void)kernel_ask(KERNEL_END, infos[i].number, 0, nullptr, 0, &reply);
        }
    }
}

static uint32_t killer(uint32_t count, const char **names) {
    for (;;) {
        struct message in = {};
        (void)system_receive(&in, system_time_get() + pick(PAUSE_NS));
        kill(names[1 + pick(count - 1)]);
    }
}

COMMAND(killer)
