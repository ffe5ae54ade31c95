/* SPDX-License-Identifier: MIT */
/*
 * The gates of abi/system.def as C functions. In a wasm program they are imports from "copper"; in
 * a server that is built natively they act for the process whose turn it is
 * (user/lib/native/system.c).
 */
#pragma once
#include <abi/birth.h>
#include <abi/device.h>
#include <abi/message.h>
#include <abi/process.h>
#include <abi/status.h>
#include <abi/system.h>

#ifdef __wasm__
#define SYSTEM_IMPORT(name) [[clang::import_module("copper"), clang::import_name(#name)]]
#else
#define SYSTEM_IMPORT(name)
#endif

SYSTEM_IMPORT(call)
status_t system_call(handle_t handle, const struct message *request, struct message *reply);
SYSTEM_IMPORT(send)
status_t system_send(handle_t handle, const struct message *message, uint64_t key,
                     uint64_t deadline_ns);
SYSTEM_IMPORT(receive) status_t system_receive(struct message *message, uint64_t deadline_ns);
SYSTEM_IMPORT(reply) status_t system_reply(handle_t reply, const struct message *message);
SYSTEM_IMPORT(handle_close) status_t system_handle_close(handle_t handle);
SYSTEM_IMPORT(handle_copy) status_t system_handle_copy(handle_t handle, handle_t *out);
SYSTEM_IMPORT(handle_mint) status_t system_handle_mint(uint64_t badge, handle_t *out);
SYSTEM_IMPORT(handle_badge) status_t system_handle_badge(handle_t handle, uint64_t *out);
SYSTEM_IMPORT(birth) int32_t system_birth(void *buffer, uint32_t capacity);
SYSTEM_IMPORT(time_get) uint64_t system_time_get(void);
SYSTEM_IMPORT(timer_set) status_t system_timer_set(uint64_t key, uint64_t deadline_ns);
SYSTEM_IMPORT(module_create)
status_t system_module_create(const char *name, uint32_t name_size, const void *bytes,
                              uint32_t size, handle_t *out);
SYSTEM_IMPORT(process_create)
status_t system_process_create(const struct process_spec *spec, uint64_t key, handle_t *out);
SYSTEM_IMPORT(process_mint)
status_t system_process_mint(handle_t process, uint64_t badge, handle_t *out);
SYSTEM_IMPORT(process_start)
status_t system_process_start(handle_t process, const void *birth, uint32_t size);
SYSTEM_IMPORT(process_kill) status_t system_process_kill(handle_t process);
SYSTEM_IMPORT(process_status)
status_t system_process_status(handle_t process, struct process_info *out);
SYSTEM_IMPORT(exit) [[noreturn]] void system_exit(uint32_t code);
SYSTEM_IMPORT(device_info)
status_t system_device_info(handle_t device, struct device_info *out, uint32_t capacity);
SYSTEM_IMPORT(device_map)
status_t system_device_map(handle_t device, uint32_t index, void *address);
SYSTEM_IMPORT(device_port)
int64_t system_device_port(handle_t device, uint32_t index, uint32_t offset, uint32_t how,
                           uint32_t value);
SYSTEM_IMPORT(device_interrupt)
status_t system_device_interrupt(handle_t device, uint32_t index, uint64_t key);
SYSTEM_IMPORT(device_acknowledge)
status_t system_device_acknowledge(handle_t device, uint32_t index);
SYSTEM_IMPORT(device_dma)
status_t system_device_dma(handle_t device, uint32_t size, void *address, uint64_t *out);
SYSTEM_IMPORT(device_derive)
status_t system_device_derive(handle_t device, const struct device_info *part, handle_t *out);
