/* SPDX-License-Identifier: MIT */
/*
 * Profiles of programs that run in this process: what `copper run --profile` does. While one is
 * taken, the CPU time that the process uses is sampled a thousand times a second (as often as the
 * kernel's tick allows; a sample counts all milliseconds since the one before), and each function
 * that is compiled gets a line in /tmp/perf-PID.map, by which `perf report` knows it.
 *
 * Frames are called MODULE!FUNCTION, by the name section; what is no function of wasm is in
 * brackets: [kernel] (gates, servers, Linux below them), [compiler], [helper], [stub], [outside]
 * (loading, validating, making instances), [callers unknown].
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What the module of these bytes is called. */
struct profile_module {
    const void *bytes;
    const char *name;
};

struct profile_config {
    const struct profile_module *modules; /* stay; others are called "?" */
    size_t module_count;
    size_t code_size; /* of the engine's arena, in bytes */
};

/* Begins; to be called before the engine is made. False: no memory, timer, or file, which has been
 * said on standard error. Once in a process. */
[[nodiscard]] bool profile_start(const struct profile_config *config);
/* Ends, and writes PREFIX.folded (a line per stack: names from the outermost, separated by ';', and
 * milliseconds) and PREFIX.svg (a flame graph). False: likewise. */
[[nodiscard]] bool profile_finish(const char *prefix);
