/* SPDX-License-Identifier: MIT */
/* Turns a script, as wast2json and the test data's README describe it, into <spec/pack.h>. */
#pragma once
#include <stdio.h>

/* Reads `path` and the modules beside it and appends one script to `out`. False: it cannot be read
 * or written, and it has been said why. */
bool pack_script(const char *path, FILE *out);
