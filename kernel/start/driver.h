/* SPDX-License-Identifier: MIT */
/*
 * Drivers that CONFIG names, until a wiring file does: driver=PATH:DEVICE,PATH:DEVICE...
 *
 * Each is a handler in wasm, a file of the initrd, born with the device as "device". The first
 * program has a handle to each, named as the driver's file is, without folder and ".wasm".
 */
#pragma once
#include <base/bytes.h>
#include <base/string.h>
#include <kernel/program.h>

constexpr size_t DRIVERS_MAX = 4;

/* Starts them, and makes a grant of each. What is wrong is told. */
size_t drivers_start(struct engine *engine, struct text drivers, struct bytes initrd,
                     struct program_grant grants[DRIVERS_MAX]);
