/* SPDX-License-Identifier: MIT */
/*
 * How long a program may run while others wait: slices, and deadlines that come meanwhile. A core's
 * alarm is set only for as long as somebody is ready who could go on instead, or a deadline is
 * near: a program that is alone is not interrupted.
 *
 *   going on    slice_watch(): is there a rival, or a deadline? then the alarm is set
 *   interrupt   alarm_rings() wishes; the port preempts compiled code, kernel code finds it
 *   then        core_schedule() looks around; slice_is_spent(): to the tail of the queue
 *
 * A slice belongs to whom the queue chose, and to those that he switches to directly. It begins to
 * count when there is a rival. To choose the next costs no clock: that is found when the alarm
 * rings, and he has a whole slice from then on.
 *
 * What an interrupt changes is atomic, of its own core, and at worst makes an alarm early. A wish
 * that nobody has followed rings again soon, because the code that was found running may have come
 * by its last look.
 */
#include "core.h"
#include <abi/system.h>
#include <kernel/port.h>

constexpr uint64_t SLICE_NS = 10'000'000;
constexpr uint64_t AGAIN_NS = 1'000'000;

enum wish : uint8_t {
    WISH_LOOK = 1,  /* a deadline has passed, a device has something to say */
    WISH_SLICE = 2, /* it is another one's turn */
};

static uint64_t get(const uint64_t *moment_ns) {
    return __atomic_load_n(moment_ns, __ATOMIC_RELAXED);
}

static void set(uint64_t *moment_ns, uint64_t value) {
    __atomic_store_n(moment_ns, value, __ATOMIC_RELAXED);
}

static uint64_t sooner(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

static void wish(struct core *core, enum wish what) {
    __atomic_fetch_or(&core->wishes, what, __ATOMIC_RELAXED);
}

/* ---- in interrupts ---- */

static bool has_wishes(const struct core *core) {
    return __atomic_load_n(&core->wishes, __ATOMIC_RELAXED) != 0;
}

/* What another core has wished here rings again, too. */
static bool is_wanted(void) {
    const struct core *core = core_get();
    bool wanted = has_wishes(core) && !__atomic_load_n(&core->sleeps, __ATOMIC_RELAXED);
    if (wanted) {
        port_alarm(port_time_ns() + AGAIN_NS);
    }
    return wanted;
}

/* The end of a slice that began after the alarm had been set is not now. */
static void slice_ends(struct core *core, uint64_t now_ns) {
    bool fresh = core->slice_seen != get(&core->slice_number);
    core->slice_seen = get(&core->slice_number);
    set(&core->slice_ns, fresh ? now_ns + SLICE_NS : DEADLINE_NEVER);
    if (!fresh) {
        wish(core, WISH_SLICE);
    }
}

static void alarm_rings(void) {
    struct core *core = core_get();
    uint64_t now_ns = port_time_ns();
    if (__atomic_load_n(&core->sleeps, __ATOMIC_RELAXED)) { /* whoever goes on sets it anew */
        set(&core->due_ns, DEADLINE_NEVER);
        set(&core->slice_ns, DEADLINE_NEVER);
        return;
    }
    if (get(&core->due_ns) <= now_ns) {
        set(&core->due_ns, DEADLINE_NEVER);
        wish(core, WISH_LOOK);
    }
    if (get(&core->slice_ns) <= now_ns) {
        slice_ends(core, now_ns);
    }
    uint64_t next_ns = sooner(get(&core->due_ns), get(&core->slice_ns));
    next_ns = has_wishes(core) ? sooner(next_ns, now_ns + AGAIN_NS) : next_ns;
    if (next_ns < DEADLINE_NEVER) {
        port_alarm(next_ns);
    }
}

void core_look(void) {
    struct core *core = core_get();
    if (!__atomic_load_n(&core->sleeps, __ATOMIC_RELAXED) && !has_wishes(core)) {
        wish(core, WISH_LOOK);
        port_alarm(port_time_ns() + AGAIN_NS);
    }
}

/* ---- on other cores ---- */

void core_look_at(unsigned number) {
    wish(core_at(number), WISH_LOOK);
    port_core_wake(number);
}

void cores_look(void) {
    for (unsigned i = 0; i < cores_count(); i++) {
        if (i != port_core()) {
            core_look_at(i);
        }
    }
}

/* ---- in kernel code ---- */

void slices_init(struct core *core) {
    core->due_ns = core->slice_ns = core->timers_ns = DEADLINE_NEVER;
    port_alarm_start(alarm_rings, is_wanted);
}

void slice_begin(struct core *core) {
    set(&core->slice_number, core->slice_number + 1);
    __atomic_fetch_and(&core->wishes, (uint8_t)~WISH_SLICE, __ATOMIC_RELAXED);
}

bool slice_is_spent(struct core *core) {
    return __atomic_fetch_and(&core->wishes, (uint8_t)~WISH_SLICE, __ATOMIC_RELAXED) & WISH_SLICE;
}

void core_looks(struct core *core) {
    if (__atomic_load_n(&core->wishes, __ATOMIC_RELAXED) != 0) {
        __atomic_store_n(&core->wishes, 0, __ATOMIC_RELAXED);
    }
}

bool slice_watch(struct core *core, bool rivals) {
    if (has_wishes(core)) { /* they will not go on, or soon not any more: that rings again */
        return true;
    }
    uint64_t first_ns = get(&core->timers_ns);
    bool sets = first_ns < get(&core->due_ns);
    if (sets) {
        set(&core->due_ns, first_ns);
    }
    if (rivals && get(&core->slice_ns) == DEADLINE_NEVER) {
        core->slice_seen = core->slice_number;
        set(&core->slice_ns, port_time_ns() + SLICE_NS);
        sets = true;
    }
    if (sets) {
        port_alarm(sooner(get(&core->due_ns), get(&core->slice_ns)));
    }
    return has_wishes(core);
}
