/* SPDX-License-Identifier: MIT */
/* A guest that looks for something wrong leaves with the line at which it was. */
#pragma once
#include <user/system.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            system_exit(__LINE__);                                                                 \
        }                                                                                          \
    } while (0)
