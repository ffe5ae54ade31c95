/* SPDX-License-Identifier: MIT */
/*
 * What is typed. By lines it is edited and echoed, and can be read when the line is whole; by keys
 * it can be read as it comes. It lies in a ring until somebody reads it; what comes when that is
 * full is refused with a bell.
 */
#pragma once
#include <proto/console.h>
#include <user/system.h>

void input_start(void);

/* Bytes of the keyboard. */
void input_put(const uint8_t *bytes, size_t size);
/* True once for each time that Ctrl-C was typed since (and was not for whoever reads). */
bool input_interrupted(void);

/* What is being edited can be read when the mode changes. */
void input_set_mode(enum console_mode mode);

/* How many bytes can be read; and: it is at the end, which the next reader is to be told. */
uint32_t input_size(void);
bool input_is_at_end(void);
/* Copies the first of them, and takes them away. */
uint32_t input_peek(uint8_t *to, uint32_t capacity);
void input_take(uint32_t size);
void input_end_told(void);

/* Takes what is edited off the screen, and shows it again: around what others print. */
void input_hide(void);
void input_show(void);
