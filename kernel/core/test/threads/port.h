/* SPDX-License-Identifier: MIT */
/* Threads as cores: a heap that counts, a clock, sleep, and no interrupts. */
#pragma once
#include <stddef.h>

constexpr unsigned THREADS = 4;

/* The calling thread is that core from now on. */
void thread_is_core(unsigned number);
size_t threads_allocated(void); /* bytes */
