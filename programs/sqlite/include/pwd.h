/* SPDX-License-Identifier: MIT */
/* Only for the shell's search of a home directory, which is /. */
#pragma once
#include <sys/types.h>

struct passwd {
    char *pw_dir;
};
struct passwd *getpwuid(uid_t user);
