/* SPDX-License-Identifier: MIT */
/* Completion of the word before the cursor: a command, or a path. */
#pragma once
#include <user/edit.h>

/* Inserts what all that fits has in common; when that is nothing, lists it below the line. */
void complete(struct edit *edit, edit_sink *sink);
