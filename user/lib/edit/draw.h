/* SPDX-License-Identifier: MIT */
/* What keys show beside the line. */
#pragma once
#include <user/edit.h>

/* Leaves the line for the row below it, after a mark such as ^C behind it. */
void draw_leave(struct edit *edit, const char *mark);
/* Clears the screen; the line is then at its top. */
void draw_cleared(struct edit *edit);
void draw_bell(struct edit *edit);
