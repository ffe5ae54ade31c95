/* SPDX-License-Identifier: MIT */
/*
 * What is said in frames (base/frame.h) on the line of the log: `copper push` and `copper log` ask,
 * the running kernel answers (kernel/reload).
 *
 *   asked           kind  value   payload                 answered by
 *   CONTROL_BEGIN   kind  size    SHA-256 of the file     HAVE, VERIFIED, REFUSED
 *   CONTROL_DATA    kind  offset  bytes of the file       HAVE, MISSING, VERIFIED, REFUSED
 *   CONTROL_SWITCH        set     SHA-256 of each kind    SWITCHING, REFUSED
 *   CONTROL_LOG                   levels, as log= has it  DONE, REFUSED
 *
 *   CONTROL_HAVE       kind; value: bytes of the file that are there
 *   CONTROL_MISSING    the same, and what came last was not what follows: send from there
 *   CONTROL_VERIFIED   kind; the whole file is there, and its hash is right
 *   CONTROL_SWITCHING  the last word of this system; asked again, the next one says it, too
 *   CONTROL_DONE
 *   CONTROL_REFUSED    payload: why, in words
 *
 * A set has bit 1 << kind for each file; its hashes come in the order of the kinds. The kernel
 * keeps one file of each kind, whole or in part, until another of that kind is begun: BEGIN with
 * the same hash goes on where it was left. At most CONTROL_WINDOW bytes may be under way.
 */
#pragma once
#include <stdint.h>

enum control_type : uint8_t {
    CONTROL_BEGIN = 1,
    CONTROL_DATA,
    CONTROL_SWITCH,
    CONTROL_LOG,
    CONTROL_HAVE = 0x81,
    CONTROL_MISSING,
    CONTROL_VERIFIED,
    CONTROL_SWITCHING,
    CONTROL_DONE,
    CONTROL_REFUSED,
};

enum control_kind : uint8_t {
    CONTROL_KERNEL, /* an ELF file */
    CONTROL_INITRD, /* as loaders take it */
    CONTROL_CONFIG, /* text of less than 4096 bytes */
    CONTROL_KINDS,
};

/* All of it fits into the receiver's ring (chip/uart16550.h): nothing is lost while nobody reads.
 */
constexpr uint32_t CONTROL_WINDOW = 12 * 1024;
