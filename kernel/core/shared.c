/* SPDX-License-Identifier: MIT */
/*
 * Objects of other parts of the kernel that handles stand for. The core knows that they are counted
 * and who destroys them, and nothing else of them.
 */
#include "core.h"
#include <base/ensure.h>

void shared_acquire(struct shared *shared) {
    uint32_t before = __atomic_fetch_add(&shared->references, 1, __ATOMIC_RELAXED);
    ensure(before > 0 && before < UINT32_MAX);
}

void shared_release(struct shared *shared) {
    uint32_t before = __atomic_fetch_sub(&shared->references, 1, __ATOMIC_ACQ_REL);
    ensure(before > 0);
    if (before == 1) {
        shared->kind->destroy(shared);
    }
}

status_t process_share(struct process *to, struct shared *shared, handle_t *out) {
    status_t status = handle_reserve(&to->handles, 1);
    if (status == OK) {
        shared_acquire(shared);
        *out =
            handle_install(&to->handles, (struct object){.kind = OBJECT_SHARED, .shared = shared});
    }
    return status;
}

struct shared *process_shared(struct process *process, handle_t handle,
                              const struct shared_kind *kind) {
    const struct object *object = handle_find(&process->handles, handle);
    bool right = object != nullptr && object->kind == OBJECT_SHARED && object->shared->kind == kind;
    return right ? object->shared : nullptr;
}
