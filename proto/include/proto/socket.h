/* SPDX-License-Identifier: MIT */
/* The socket protocol: streams to others that are already connected, or that may connect.
 * Operations: socket.def. */
#pragma once
#include <proto/console.h>

enum socket_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/socket.def>
#undef OP
};

constexpr uint32_t SOCKET_SHUT_RECEIVE = 1;
constexpr uint32_t SOCKET_SHUT_SEND = 2;
