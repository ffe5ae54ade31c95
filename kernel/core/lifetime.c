/* SPDX-License-Identifier: MIT */
/*
 * How processes begin, end, begin again and go: abi/process.h. An end is done in bounded pieces, by
 * whichever core chooses the process, as if it were its last turn:
 *
 *             begin                 doom                          doom is DOOM_END
 *   RESTS --> REVIVES --> LIVES --------> HANDLES ------------------------> RESTS
 *     |       answers                     closes                        the guardian is told
 *     |       ERR_RESTARTED               all but rights to answer
 *     |                                   | doom is DOOM_DESTROY
 *     +-----------------------------------+--> MESSAGES --> SENDERS --> RIGHTS --> GONE
 *
 * So a process may be doomed from anywhere, by any core, in constant time: who waits is made ready,
 * who is ready will be chosen, who runs is seen to when its gate ends or it is preempted. The
 * handles of a guardian that ends doom its wards in turn, who end for themselves: however long the
 * chain, nothing nests, and no piece is long.
 *
 * `doom` and `ending` are written under the process's lock; the first who dooms it says how it
 * ended. All else here belongs to the core that chose the process, or while it rests to its
 * guardian.
 */
#include "core.h"
#include <base/ensure.h>
#include <kernel/device.h>

constexpr uint32_t PIECE = 64; /* handles, messages or senders that are done with at a time */

static constexpr struct process_ending KILLED = {.words = {PROCESS_KILLED}};

/* ---- the guardian ---- */

void process_set_owner(struct process *process, const struct process_owner *owner, void *data) {
    process->life.owner = owner;
    process->phase = PHASE_RESTS;
    process->data = data;
    process->state = PROCESS_RESTING;
}

status_t process_adopt(struct process *guardian, struct process *process, uint64_t key,
                       handle_t *out) {
    status_t status = handle_reserve(&guardian->handles, 1);
    if (status != OK) {
        return status;
    }
    process_acquire(guardian);
    process->life.guardian = guardian;
    process->life.ended = (struct envelope){.kind = ENVELOPE_ENDED,
                                            .message = {.operation = MESSAGE_ENDED, .badge = key}};
    *out = handle_install(&guardian->handles,
                          (struct object){.kind = OBJECT_PROCESS, .ward = process});
    return OK;
}

struct process *process_ward(struct process *guardian, handle_t handle) {
    const struct object *object = handle_find(&guardian->handles, handle);
    return object != nullptr && object->kind == OBJECT_PROCESS ? object->ward : nullptr;
}

/* In the place that is kept for it. What was not received yet is replaced. */
static void tell_guardian(struct process *process, struct process *guardian,
                          const struct process_ending *ending) {
    struct envelope *ended = &process->life.ended;
    bool claimed = false;
    lock_acquire(&guardian->lock);
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++) {
        ended->message.words[i] = ending->words[i];
    }
    if (process_state(guardian) != PROCESS_DEAD && ended->node.next == nullptr &&
        !process->life.left) {
        mailbox_put(&guardian->mailbox, ended);
        claimed = process_claim(guardian);
    }
    lock_release(&guardian->lock);
    if (claimed) {
        core_enqueue(guardian);
    }
}

/* It is nobody's ward any more, and says nothing more. */
static void leave_guardian(struct process *process) {
    struct process *guardian = process->life.guardian;
    struct envelope *ended = &process->life.ended;
    lock_acquire(&guardian->lock);
    process->life.left = true;
    if (ended->node.next != nullptr) {
        mailbox_remove(&guardian->mailbox, ended);
    }
    lock_release(&guardian->lock);
    lock_acquire(&process->lock);
    process->life.guardian = nullptr;
    lock_release(&process->lock);
    process_release(guardian);
}

/* ---- doom ---- */

static void doom(struct process *process, enum doom doom, const struct process_ending *ending) {
    if (process->doom == DOOM_NONE && process_state(process) != PROCESS_RESTING) {
        process->life.ending = *ending;
    }
    if (process->doom < doom) {
        __atomic_store_n(&process->doom, doom, __ATOMIC_SEQ_CST);
    }
}

static bool claim_idle(struct process *process) {
    lock_acquire(&process->lock);
    bool claimed = process_claim(process);
    lock_release(&process->lock);
    return claimed;
}

/* Whatever it waits for: it is ready, will be chosen, and is found doomed. Else it is ready
 * already, or runs, maybe on another core. */
static void wake(struct process *process) {
    if (wait_end(process, ERR_INTERRUPTED) || claim_idle(process)) {
        core_enqueue(process);
    } else {
        cores_look();
    }
}

void process_kill(struct process *process) {
    lock_acquire(&process->lock);
    bool lives =
        process_state(process) != PROCESS_RESTING && process_state(process) != PROCESS_DEAD;
    if (lives) {
        doom(process, DOOM_END, &KILLED);
    }
    lock_release(&process->lock);
    if (lives) {
        wake(process);
    }
}

void life_abandon(struct process *process) {
    process_acquire(process); /* the handle's reference goes with the process */
    lock_acquire(&process->lock);
    bool rests = process_state(process) == PROCESS_RESTING;
    doom(process, DOOM_DESTROY, &KILLED);
    if (rests) {
        process_set_state(process, PROCESS_READY);
    }
    lock_release(&process->lock);
    if (rests) {
        core_enqueue(process);
    } else {
        wake(process);
    }
    process_release(process);
}

void process_end(struct process *process, const struct process_ending *ending) {
    lock_acquire(&process->lock);
    doom(process, DOOM_END, ending);
    process->wait.kind = WAIT_NONE;
    process_set_state(process, PROCESS_READY);
    lock_release(&process->lock);
    core_enqueue(process);
}

/* ---- pieces ---- */

/* A wait that has ended holds what it was for until it is finished. */
static void drop_wait(struct process *process) {
    if (process->wait.kind == WAIT_ROOM || process->wait.kind == WAIT_ANSWER) {
        (void)wait_finish(process);
    }
    timer_disarm(process);
    process->wait.kind = WAIT_NONE;
}

static void stop(struct process *process) {
    drop_wait(process);
    __atomic_store_n(&process->handler, false, __ATOMIC_RELAXED);
    process_timers_close(process);
    process_devices_close(process); /* before any of its memory goes */
    if (process->life.owner != nullptr) {
        process->life.owner->ended(process);
    }
}

static bool is_no_right(const struct object *object) {
    return !object_is_right(object);
}

/* True: all of those that are wanted are closed. */
static bool close_some(struct process *process, bool (*wanted)(const struct object *object),
                       status_t why) {
    struct object object;
    uint32_t budget = PIECE;
    while (handle_sweep(&process->handles, &process->life.cursor, &budget, wanted, &object)) {
        object_drop(&object, why);
    }
    return handle_sweep_is_over(&process->handles, process->life.cursor);
}

/* From now on nothing more comes into the mailbox. */
static void close_mailbox(struct process *process) {
    lock_acquire(&process->lock);
    ensure(process_state(process) != PROCESS_DEAD);
    process_set_state(process, PROCESS_DEAD);
    lock_release(&process->lock);
}

static struct envelope *take_last(struct process *process) {
    lock_acquire(&process->lock);
    struct envelope *envelope = mailbox_take(&process->mailbox);
    lock_release(&process->lock);
    return envelope;
}

static bool refuse_some(struct process *process) {
    for (uint32_t i = 0; i < PIECE; i++) {
        struct envelope *next = take_last(process);
        if (next == nullptr) {
            return true;
        }
        if (next->kind != ENVELOPE_INTERRUPT && next->kind != ENVELOPE_NOTICE &&
            next->kind != ENVELOPE_ENDED) {
            envelope_refuse(next, ERR_CLOSED);
        }
    }
    return false;
}

/* Once the mailbox is empty, all who wait for room in it are in the crowd: nobody's share is used
 * up by what lies in it. */
static bool turn_some_away(struct process *process) {
    lock_acquire(&process->lock);
    bool all = mailbox_turn_away(&process->mailbox, ERR_CLOSED, PIECE);
    lock_release(&process->lock);
    return all;
}

static void enter_phase(struct process *process, enum phase phase) {
    process->phase = phase;
    process->life.cursor = 0;
}

/* False: it is to be destroyed. Once it rests it is its guardian's: only what is held here is good.
 */
static bool come_to_rest(struct process *process) {
    enter_phase(process, PHASE_RESTS);
    process_acquire(process);
    lock_acquire(&process->lock);
    bool rests = process->doom == DOOM_END;
    struct process_ending ending = process->life.ending;
    struct process *guardian = process->life.guardian;
    if (rests) {
        __atomic_store_n(&process->doom, DOOM_NONE, __ATOMIC_RELAXED);
        process_set_state(process, PROCESS_RESTING);
    }
    if (guardian != nullptr) {
        process_acquire(guardian);
    }
    lock_release(&process->lock);
    if (rests && guardian != nullptr) {
        tell_guardian(process, guardian, &ending);
    } else if (rests && process->life.owner != nullptr) {
        process->life.owner->rests(process);
    }
    if (guardian != nullptr) {
        process_release(guardian);
    }
    process_release(process);
    return rests;
}

static void go(struct process *process) {
    bool is_ward = process->life.guardian != nullptr;
    core_forget(process);
    registry_remove(process);
    if (is_ward) {
        leave_guardian(process);
    }
    if (process->life.owner != nullptr) {
        process->life.owner->gone(process);
    }
    if (is_ward) {
        process_release(process);
    }
}

/* One piece of its end, or of its next beginning. True: there is no more to do now, and the process
 * may be gone. */
static bool go_on(struct process *process) {
    switch (process->phase) {
    case PHASE_LIVES:
        stop(process);
        enter_phase(process, PHASE_HANDLES);
        return false;
    case PHASE_REVIVES:
        if (close_some(process, object_is_right, ERR_RESTARTED)) {
            enter_phase(process, PHASE_LIVES);
        }
        return false;
    case PHASE_HANDLES:
        return close_some(process, is_no_right, ERR_CLOSED) && come_to_rest(process);
    case PHASE_RESTS:
        close_mailbox(process);
        enter_phase(process, PHASE_MESSAGES);
        return false;
    case PHASE_MESSAGES:
        if (refuse_some(process)) {
            enter_phase(process, PHASE_SENDERS);
        }
        return false;
    case PHASE_SENDERS:
        if (turn_some_away(process)) {
            enter_phase(process, PHASE_RIGHTS);
        }
        return false;
    case PHASE_RIGHTS:
        if (!close_some(process, nullptr, ERR_CLOSED)) {
            return false;
        }
        enter_phase(process, PHASE_GONE);
        go(process);
        return true;
    case PHASE_GONE:
        break;
    }
    ensure(!"a process that is gone goes on");
    return true;
}

void life_go_on(struct process *process) {
    if (!go_on(process)) {
        if (process_state(process) != PROCESS_DEAD) {
            process_set_state(process, PROCESS_READY);
        }
        core_enqueue(process);
    }
}

/* ---- from outside ---- */

bool process_rests(const struct process *process) {
    return __atomic_load_n(&process->state, __ATOMIC_ACQUIRE) == PROCESS_RESTING;
}

/* Rights to answer are what a first life cannot have left. */
status_t process_begin(struct process *process) {
    if (!process_rests(process)) {
        return ERR_BUSY;
    }
    enter_phase(process, process->life.begins++ > 0 ? PHASE_REVIVES : PHASE_LIVES);
    process->wait.kind = WAIT_NONE;
    process->turns.number++;
    lock_acquire(&process->lock);
    process_set_state(process, PROCESS_READY);
    lock_release(&process->lock);
    core_enqueue(process);
    return OK;
}

void process_ending_get(struct process *process, struct process_ending *out) {
    lock_acquire(&process->lock);
    *out = process->life.ending;
    lock_release(&process->lock);
}

/* Native ones are not doomed and chosen, but closed here and now. */
void process_close(struct process *process) {
    lock_acquire(&process->lock);
    doom(process, DOOM_DESTROY, &KILLED);
    lock_release(&process->lock);
    core_forget(process);
    (void)wait_end(process, ERR_CLOSED);
    while (!go_on(process)) {
    }
}

void process_destroy(struct process *process) {
    if (process_state(process) != PROCESS_DEAD) {
        process_close(process);
    }
    process_release(process);
}
