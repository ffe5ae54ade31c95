/* SPDX-License-Identifier: MIT */
/* The card is not read yet. */
#include "pi.h"

bool pi_card(struct disk *out) {
    return false;
}
