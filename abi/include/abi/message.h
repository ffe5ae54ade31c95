/* SPDX-License-Identifier: MIT */
/*
 * The message: all that ever reaches a process.
 *
 * A program describes a message by a `struct message` in its own linear memory; the payload lies
 * wherever `payload` points. The kernel copies the payload once, from the sender's memory into the
 * receiver's, and the fields into the receiver's struct. (A send() whose receiver is busy is kept
 * in the mailbox until then, which is a second copy.)
 *
 *   sending    operation, status, words, payload, payload_size, handles, handle_count, flags;
 *              badge and reply are ignored, as is the operation of an answer: the kernel stamps
 *              them
 *   receiving  before: payload and payload_capacity say where a payload may go;
 *              after: every field is filled in; payload_size says how much arrived
 *
 * A payload larger than the receiver's capacity is refused at the sender with ERR_TOO_BIG; for a
 * reply that is the caller's status, and the handles in it are closed. (A receiver that is no
 * handler says its capacity when it receives: what does not fit then is refused to a caller and to
 * a sender with a key, and dropped otherwise.) Handles move to the receiver when
 * MESSAGE_HANDLE_COPY is not set in `flags`. Nothing moves when a send fails.
 *
 *   offset  0  operation         what is asked; numbered by the protocol (proto/), or below
 *           4  status            replies: OK or the error; requests: 0
 *           8  badge             which of the receiver's handles was sent to; for replies to
 *                                send(): the key that send() was given
 *          16  words[4]          small arguments, so that most requests have no payload
 *          48  payload           address in the owner's linear memory
 *          52  payload_size
 *          56  payload_capacity  receiving only
 *          60  flags
 *          64  reply             receiving: a reply handle when the sender waits for an answer
 *          68  handle_count
 *          72  handles[4]
 *          88  (end)
 */
#pragma once
#include <abi/handle.h>
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t MESSAGE_WORDS = 4;
constexpr uint32_t MESSAGE_HANDLES = 4;
constexpr uint32_t MESSAGE_PAYLOAD_MAX = 64 * 1024;

/* Operations of the kernel itself; protocols number theirs from 1 to MESSAGE_OPERATION_MAX. */
constexpr uint32_t MESSAGE_OPERATION_MAX = 0x7FFF'FFFF;
constexpr uint32_t MESSAGE_REPLY = 0x8000'0001;     /* a reply to send(); badge is its key */
constexpr uint32_t MESSAGE_RELEASED = 0x8000'0002;  /* the last handle with this badge is gone */
constexpr uint32_t MESSAGE_INTERRUPT = 0x8000'0004; /* words[0]: how many came */
constexpr uint32_t MESSAGE_TIMER = 0x8000'0005;     /* badge: its key; words[0]: 1 */
constexpr uint32_t MESSAGE_ENDED = 0x8000'0006;     /* badge: its key; words: <abi/process.h> */

enum : uint32_t {
    MESSAGE_HANDLE_COPY = 1, /* the sender keeps its own copies of handles[] */
};

/* As it lies in the memory of a wasm program. */
struct message_wire {
    uint32_t operation;
    int32_t status;
    uint64_t badge;
    uint64_t words[MESSAGE_WORDS];
    uint32_t payload;
    uint32_t payload_size;
    uint32_t payload_capacity;
    uint32_t flags;
    handle_t reply;
    uint32_t handle_count;
    handle_t handles[MESSAGE_HANDLES];
};
static_assert(sizeof(struct message_wire) == 88 && offsetof(struct message_wire, payload) == 48);

/* The same for C code, with a real pointer. In a wasm32 program the two have one layout. */
struct message {
    uint32_t operation;
    int32_t status;
    uint64_t badge;
    uint64_t words[MESSAGE_WORDS];
    void *payload;
    uint32_t payload_size;
    uint32_t payload_capacity;
    uint32_t flags;
    handle_t reply;
    uint32_t handle_count;
    handle_t handles[MESSAGE_HANDLES];
};
static_assert(sizeof(void *) != 4 || sizeof(struct message) == sizeof(struct message_wire));
