/* SPDX-License-Identifier: MIT */
/* This process's terminal as a plain line of bytes. */
#pragma once

/* From now on what is typed arrives as it is, byte by byte, and what is written is shown so; until
 * the process ends, however it does, but for SIGKILL. Nothing happens when standard input is no
 * terminal. To be called before others set handlers of signals. */
void terminal_make_raw(void);
/* Then a line that is written ends with CR LF. */
bool terminal_is_raw(void);
/* As it was. */
void terminal_restore(void);
