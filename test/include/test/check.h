/* SPDX-License-Identifier: MIT */
/* What a unit test needs: CHECK counts and prints what failed; check_finish tells and gives main's
 * result. A test that checked nothing fails. */
#pragma once
#include <stdio.h>

static unsigned check_passed, check_failed;

#define CHECK(condition)                                                                           \
    ((condition) ? (void)check_passed++                                                            \
                 : (void)(check_failed++,                                                          \
                          fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition)))

static inline int check_finish(const char *name) {
    printf("%s: %u passed, %u failed\n", name, check_passed, check_failed);
    return check_failed != 0 || check_passed == 0;
}
