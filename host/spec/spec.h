/* SPDX-License-Identifier: MIT */
/*
 * `copper spec FILE.json...`: runs scripts of the WebAssembly specification's test suite, in the
 * form that wast2json and the test data's README describe. One line for each failure
 * (`file:line: reason`), one line at the end (`N passed, N failed, N skipped`).
 */
#pragma once
#include <engine/module.h>

/* argv are the files. `baseline`: make code for a CPU without any feature beyond the least. The
 * mode is that of all memories that modules define. The exit status: 0 when nothing failed, 1 when
 * something did, 2 when a file cannot be read. */
int spec_command(bool baseline, enum memory_mode memory_mode, int argc, char **argv);

/* Runs nothing: makes a pack of the files, for a kernel that runs it (kernel/spec). The exit
 * status: 0, or 2 when a file cannot be read or written. */
int spec_pack(const char *out, int argc, char **argv);
