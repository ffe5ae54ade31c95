/* SPDX-License-Identifier: MIT */
/*
 * The gates of abi/system.def as C functions. In a wasm program they are imports from "copper"; in
 * a server that is built natively they act for the process whose turn it is
 * (user/lib/native/system.c).
 */
#pragma once
#include <abi/birth.h>
#include <abi/message.h>
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
SYSTEM_IMPORT(exit) [[noreturn]] void system_exit(uint32_t code);
