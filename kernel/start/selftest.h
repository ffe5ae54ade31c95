/* SPDX-License-Identifier: MIT */
/* What only a running machine can test about itself: test= in CONFIG. */
#pragma once
#include <base/string.h>

/* "cores": calls and posts from all cores at once. "stop": they are stopped wherever they are.
 * Tells the results in the log; what must never be is a panic. "": nothing happens. */
void selftest_run(struct text kind);
