/* SPDX-License-Identifier: MIT */
/*
 * What programs print: through the filter, with CR before each LF, to the lines. The row that is
 * not finished yet is remembered as text, because it is the prompt of what is typed behind it.
 *
 * While a line is being edited (<user/edit.h>) it is taken off the screen for what is printed, and
 * then shown again below.
 */
#pragma once
#include <user/edit.h>
#include <user/system.h>

constexpr size_t OUTPUT_ROW_MAX = EDIT_PROMPT_MAX;

/* Takes as many bytes as there is room for; the count. `trusted`: without the filter. */
uint32_t output_write(const uint8_t *bytes, uint32_t size, bool trusted);
/* How many bytes output_write() takes at least. */
uint32_t output_room(void);
/* For the editor: as it is. There is always room: what is too much is left out. */
void output_raw(const void *bytes, size_t size);

/* The text of the row that is not finished; "" when the cursor is at the start of one. */
const char *output_row(size_t *size);
/* The cursor is at the start of a row. */
void output_row_done(void);
