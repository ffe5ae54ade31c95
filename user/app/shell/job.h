/* SPDX-License-Identifier: MIT */
/*
 * Jobs: the processes of a pipeline, whose guardian the shell is. A job is there until all its
 * commands have ended and that has been told; the pipes between them end with it.
 */
#pragma once
#include "parse.h"
#include <user/system.h>

constexpr uint32_t JOBS_MAX = 16;
constexpr uint32_t JOB_TEXT = 80;

struct member {
    handle_t process; /* HANDLE_NONE: it has ended, or was never started */
    uint32_t code;
    char name[PROCESS_NAME_MAX];
};

struct job {
    uint32_t number; /* 0: this place is free */
    bool background;
    uint32_t count, living;
    struct member members[PIPELINE_MAX];
    uint32_t pipe_count;
    handle_t pipes[PIPELINE_MAX];
    char text[JOB_TEXT];
};

/* NULL: too many. */
struct job *job_begin(const char *text, size_t size);
/* The keys of its processes' ends. */
uint64_t job_key(const struct job *job, uint32_t member);
uint64_t job_pipe_key(const struct job *job);
/* Another command of it runs, or could not be started (HANDLE_NONE, with its exit code). */
void job_add(struct job *job, const char *name, handle_t process, uint32_t code);
/* It has all its commands. */
void job_began(struct job *job);

struct job *job_find(uint32_t number);
/* The one that was begun last; NULL: there is none. */
struct job *job_last(void);
/* One by one, from index 0; NULL at the end. */
struct job *job_at(uint32_t index);

/* Waits until it has ended; Ctrl-C kills it. Its exit code; the job is gone. */
uint32_t job_wait(struct job *job);
void job_kill(struct job *job);
/* Looks at what has come without waiting, and tells which jobs of the background have ended. */
void jobs_look(void);
