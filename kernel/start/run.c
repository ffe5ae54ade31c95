/* SPDX-License-Identifier: MIT */
#include "run.h"
void run_program(const struct setting *setting) {
}
