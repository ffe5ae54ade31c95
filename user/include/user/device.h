/* SPDX-License-Identifier: MIT */
/*
 * What servers need of the machine. Built natively these are the kernel's hooks
 * (user/lib/native/device.c); in a wasm program time and chance are asked of the kernel's server
 * (user/lib/wasm/device.c), and the serial line is imports from "device", which will be messages to
 * drivers.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define DEVICE_IMPORT(name) [[clang::import_module("device"), clang::import_name(#name)]]
#else
#define DEVICE_IMPORT(name)
#endif

/* Nanoseconds since 1970-01-01 UTC; 0 when nobody knows. */
int64_t device_wall_time_ns(void);
/* Bytes fit for keys. A wasm program that may not ask for them traps. */
void device_random(void *to, size_t size);

enum device_serial : uint32_t {
    DEVICE_SERIAL_TERMINAL = 0, /* someone types and reads: echo, lines, CR LF */
    DEVICE_SERIAL_FRAMED = 1,   /* a program at the other end: <abi/serial.h> */
};

/* The serial line of a console. Reading takes what has arrived, without waiting; when more arrives
 * the server gets MESSAGE_INTERRUPT. Writing waits until all is on its way. */
DEVICE_IMPORT(serial_kind) enum device_serial device_serial_kind(void);
DEVICE_IMPORT(serial_read) size_t device_serial_read(uint8_t *to, size_t capacity);
DEVICE_IMPORT(serial_write) void device_serial_write(const uint8_t *bytes, size_t size);
