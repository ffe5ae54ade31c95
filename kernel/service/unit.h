/* SPDX-License-Identifier: MIT */
/* Inside of the kernel's server: what its operations have in common. */
#pragma once
#include <base/checked.h>
#include <kernel/service.h>
#include <proto/kernel.h>

/* The one there is. */
struct service {
    const struct service_place *place;
    struct process *process;
};
extern struct service service;

typedef void service_operation(const struct message *request);

/* Answers with these handles, which are the server's own, moved. */
void service_answer(const struct message *request, const struct message *reply);
void service_answer_status(const struct message *request, status_t status);
/* With words[0] and words[1]. */
void service_answer_bytes(const struct message *request, const void *bytes, size_t size,
                          uint64_t first, uint64_t second);
/* A handle of the server's own, if the status is OK. */
void service_answer_handle(const struct message *request, status_t status, handle_t handle);

static inline uint64_t at_most(uint64_t asked, uint64_t most) {
    return asked < most ? asked : most;
}

static inline struct text payload_text(const struct message *request) {
    return (struct text){request->payload, request->payload_size};
}

/* ---- files.c: operations on the initrd (<proto/kernel.def>) ---- */

service_operation do_KERNEL_FILE, do_KERNEL_FILES, do_KERNEL_BYTES, do_KERNEL_MODULE;

/* ---- log.c: operations on the log ---- */

service_operation do_KERNEL_LOG_WRITE, do_KERNEL_LOG_READ, do_KERNEL_LOG_WATCH;
/* Whoever waits for lines that are there now is answered. */
void service_log_look(void);
