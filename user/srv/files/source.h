/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of the archive are: in memory, for a native server (native/source.c), or with the
 * kernel, whom a wasm one asks for what is read (wasm/source.c). A place is a number by which the
 * source finds them.
 */
#pragma once
#include <abi/status.h>
#include <base/archive.h>

/* Fills the tree with what the source has by itself, when the server starts. */
void source_open(void);

/* The bytes at a place, which are the archive's: a pointer to where they lie, or `buffer` after
 * they were copied there. *size, at most MESSAGE_PAYLOAD_MAX, becomes less when the source has no
 * more, or fails. */
const uint8_t *source_read(uint64_t place, uint32_t *size, uint8_t *buffer);

/* ---- archive.c ---- */

/* Makes an entry part of the tree; its data lies at `place`, and entry->data is not looked at. */
status_t archive_entry_add(const struct archive_entry *entry, uint64_t place);
/* There are no further entries. */
void archive_entries_end(void);
