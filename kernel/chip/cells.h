/* SPDX-License-Identifier: MIT */
/* What chip/terminal.c does to the cells of a screen. Positions are cut to the screen. */
#pragma once
#include <chip/screen.h>

/* One character at the cursor, which moves on; wraps at the end of a line. */
void cells_put(struct screen *screen, uint32_t code, struct screen_style style);
void cells_next_line(struct screen *screen); /* scrolls at the end of the region */
void cells_move(struct screen *screen, int64_t column, int64_t row);
/* [column, end) of a row. */
void cells_erase(struct screen *screen, uint32_t row, uint32_t column, uint32_t end,
                 struct screen_style style);
/* Rows [first, screen->bottom) go up by `count`, or down if it is negative. */
void cells_scroll(struct screen *screen, uint32_t first, int64_t count, struct screen_style style);
/* The rest of the cursor's row goes right by `count`, or left if it is negative. */
void cells_shift(struct screen *screen, int64_t count, struct screen_style style);
