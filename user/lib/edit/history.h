/* SPDX-License-Identifier: MIT */
/* The lines that were entered before. */
#pragma once
#include <user/edit.h>

/* Adds the line, unless it is empty or the same as the last one. */
void history_add(struct edit *edit);
/* Replaces the line by the one before it, or after it; the own one comes last. */
void history_older(struct edit *edit);
void history_newer(struct edit *edit);
