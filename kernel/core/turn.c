/* SPDX-License-Identifier: MIT */
/*
 * How long a handler's turn may take: the limit of <abi/process.h>, in CPU time of its own. Nothing
 * is done for it when a turn begins but to count it. A process with a limit always has slices
 * (schedule.c), and is looked at when one ends: the time of a turn counts from the first look,
 * which is two slices after its beginning at most, and it is spent at the first look beyond the
 * limit. `start` counts as a turn.
 */
#include "core.h"

bool process_turn_is_spent(struct process *process) {
    struct turn *turn = &process->turns;
    if (turn->limit_ns == 0) {
        return false;
    }
    uint64_t ticks = process_ticks(process);
    if (turn->seen != turn->number) {
        turn->seen = turn->number;
        turn->since_ticks = ticks;
    }
    return ticks_duration_ns(ticks - turn->since_ticks) >= turn->limit_ns;
}
