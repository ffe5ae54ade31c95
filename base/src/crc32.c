/* SPDX-License-Identifier: MIT */
/* CRC-32, four bits at a time: a table so small that it can be written down. */
#include <base/crc32.h>

/* What the four lowest bits do to the rest: n divided by the reflected polynomial 0xEDB88320. */
static const uint32_t table[16] = {
    0x0000'0000, 0x1DB7'1064, 0x3B6E'20C8, 0x26D9'30AC, 0x76DC'4190, 0x6B6B'51F4,
    0x4DB2'6158, 0x5005'713C, 0xEDB8'8320, 0xF00F'9344, 0xD6D6'A3E8, 0xCB61'B38C,
    0x9B64'C2B0, 0x86D3'D2D4, 0xA00A'E278, 0xBDBD'F21C,
};

uint32_t crc32_add(uint32_t crc, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}
