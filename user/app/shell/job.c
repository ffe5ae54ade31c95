/* SPDX-License-Identifier: MIT */
/* See job.h. A key is the job's number, and in its low half the place of the command, from 1. */
#include "job.h"
#include <abi/trap.h>
#include <base/string.h>
#include <proto/console.h>
#include <user/print.h>

enum : uint32_t {
    CODE_REFUSED = 126,
    CODE_TRAPPED = 134,
    CODE_KILLED = 137,
    CODE_INTERRUPTED = 130
};
constexpr uint64_t PIPE_PLACE = 0xFFFF;

static struct job jobs[JOBS_MAX];
static uint32_t last_number;
static bool interrupted;

struct job *job_begin(const char *text, size_t size) {
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].number == 0) {
            struct job *job = &jobs[i];
            *job = (struct job){.number = ++last_number};
            size = size < JOB_TEXT - 1 ? size : JOB_TEXT - 1;
            memcpy(job->text, text, size);
            return job;
        }
    }
    return nullptr;
}

uint64_t job_key(const struct job *job, uint32_t member) {
    return (uint64_t)job->number << 16 | (member + 1);
}

uint64_t job_pipe_key(const struct job *job) {
    return (uint64_t)job->number << 16 | PIPE_PLACE;
}

void job_add(struct job *job, const char *name, handle_t process, uint32_t code) {
    struct member *member = &job->members[job->count++];
    size_t size = strlen(name) < sizeof member->name - 1 ? strlen(name) : sizeof member->name - 1;
    member->process = process;
    member->code = code;
    memcpy(member->name, name, size);
    job->living += process != HANDLE_NONE;
}

static void close(handle_t *handle) {
    if (*handle != HANDLE_NONE) {
        (void)system_handle_close(*handle);
        *handle = HANDLE_NONE;
    }
}

static void drop_pipes(struct job *job) {
    for (uint32_t i = 0; i < job->pipe_count; i++) {
        close(&job->pipes[i]);
    }
    job->pipe_count = 0;
}

void job_began(struct job *job) {
    if (job->living == 0) {
        drop_pipes(job);
    }
}

struct job *job_find(uint32_t number) {
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].number == number && number != 0) {
            return &jobs[i];
        }
    }
    return nullptr;
}

struct job *job_last(void) {
    struct job *last = nullptr;
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].number != 0 && (last == nullptr || jobs[i].number > last->number)) {
            last = &jobs[i];
        }
    }
    return last;
}

struct job *job_at(uint32_t index) {
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].number != 0 && index-- == 0) {
            return &jobs[i];
        }
    }
    return nullptr;
}

/* ---- ends ---- */

static uint32_t code_of(const char *name, const struct message *end) {
    switch (end->words[0]) {
    case PROCESS_EXITED:
        return (uint32_t)end->words[1];
    case PROCESS_TRAPPED:
        print_error("%s: %s, in function %u at byte %u of its module", name,
                    trap_text((uint32_t)end->words[1]), (unsigned)(end->words[2] >> 32),
                    (unsigned)end->words[2]);
        return CODE_TRAPPED;
    case PROCESS_REFUSED:
        print_error("%s: %s; \"log\" says more", name, status_text((int32_t)end->words[1]));
        return CODE_REFUSED;
    default:
        return CODE_KILLED;
    }
}

static void ended(const struct message *end) {
    struct job *job = job_find((uint32_t)(end->badge >> 16));
    uint64_t place = end->badge & 0xFFFF;
    if (job == nullptr || place == 0 || place > job->count ||
        job->members[place - 1].process == HANDLE_NONE) {
        return; /* a pipe, or of a job that is gone */
    }
    struct member *member = &job->members[place - 1];
    member->code = code_of(member->name, end);
    close(&member->process);
    if (--job->living == 0) {
        drop_pipes(job);
    }
}

static void take(const struct message *message) {
    if (message->operation == MESSAGE_ENDED) {
        ended(message);
    } else if (message->operation == CONSOLE_INTERRUPT) {
        interrupted = true;
    }
}

void job_kill(struct job *job) {
    for (uint32_t i = 0; i < job->count; i++) {
        if (job->members[i].process != HANDLE_NONE) {
            (void)system_process_kill(job->members[i].process); /* it may have ended meanwhile */
        }
    }
}

uint32_t job_wait(struct job *job) {
    bool killed = false;
    interrupted = false;
    while (job->living > 0) {
        struct message message = {.payload = nullptr};
        if (system_receive(&message, DEADLINE_NEVER) == OK) {
            take(&message);
        }
        if (interrupted && !killed) {
            killed = true;
            job_kill(job);
        }
    }
    uint32_t code = job->members[job->count - 1].code;
    job->number = 0;
    return killed ? CODE_INTERRUPTED : code;
}

static void tell(struct job *job) {
    print("[%u] exits with %u: %s\n", (unsigned)job->number,
          (unsigned)job->members[job->count - 1].code, job->text);
    job->number = 0;
}

void jobs_look(void) {
    struct message message = {.payload = nullptr};
    while (system_receive(&message, DEADLINE_NOW) == OK) {
        take(&message);
        message = (struct message){.payload = nullptr};
    }
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].number != 0 && jobs[i].background && jobs[i].living == 0) {
            tell(&jobs[i]);
        }
    }
}
