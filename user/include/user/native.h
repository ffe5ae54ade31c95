/* SPDX-License-Identifier: MIT */
/*
 * Servers of user/srv, built for this machine, as native processes: what the kernel and the host
 * use until they run as wasm. Not seen by servers.
 */
#pragma once
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>
#include <user/device.h>
#include <user/server.h>

struct process;

/* Makes a process whose turns are the server's, and runs its start function. Each server has one
 * state, so it can be started once. */
status_t server_start_native(const struct server *server, struct process **out);

/* The serial line that device_serial_*() uses. `read` takes what has arrived, without waiting, and
 * should leave what does not fit to the hardware's flow control. */
struct native_serial {
    enum device_serial kind;
    size_t (*read)(void *data, uint8_t *to, size_t capacity);
    void (*write)(void *data, const uint8_t *bytes, size_t size);
    void *data;
};

/* Attaches a line (borrowed) to the console server: to be called before its first turn. When bytes
 * arrive, process_interrupt(console) makes it look; see <kernel/process.h> for when that may be
 * called. */
void native_serial_attach(const struct native_serial *serial, struct process *console);
