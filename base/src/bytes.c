/* SPDX-License-Identifier: MIT */
/* Readers over hostile bytes. On failure the position stays at the fault. */
#include <base/bytes.h>
#include <base/string.h>

bool bytes_skip(struct bytes *bytes, size_t size) {
    if (size > bytes_left(bytes)) {
        return false;
    }
    bytes->at += size;
    return true;
}

static bool read_raw(struct bytes *bytes, void *out, size_t size) {
    if (size > bytes_left(bytes)) {
        return false;
    }
    memcpy(out, bytes->at, size);
    bytes->at += size;
    return true;
}

bool bytes_read_u8(struct bytes *bytes, uint8_t *out) {
    return read_raw(bytes, out, sizeof *out);
}

bool bytes_read_u16(struct bytes *bytes, uint16_t *out) {
    return read_raw(bytes, out, sizeof *out);
}

bool bytes_read_u32(struct bytes *bytes, uint32_t *out) {
    return read_raw(bytes, out, sizeof *out);
}

bool bytes_read_u64(struct bytes *bytes, uint64_t *out) {
    return read_raw(bytes, out, sizeof *out);
}

bool bytes_read_part(struct bytes *bytes, size_t size, struct bytes *out) {
    if (size > bytes_left(bytes)) {
        return false;
    }
    *out = (struct bytes){bytes->start, bytes->at, bytes->at + size};
    bytes->at += size;
    return true;
}

/* An unsigned LEB128 of `width` bits: the last possible byte has `width % 7` usable bits. */
static bool read_unsigned(struct bytes *bytes, unsigned width, uint64_t *out) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < width; shift += 7) {
        if (bytes->at == bytes->end) {
            return false;
        }
        uint8_t byte = *bytes->at;
        if (width - shift < 7 && (byte >> (width - shift)) != 0) {
            return false;
        }
        bytes->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out = value;
            return true;
        }
    }
    bytes->at--;
    return false;
}

/* A signed one: in the last possible byte the unused bits must repeat the sign, and no byte
 * follows. */
static bool read_signed(struct bytes *bytes, unsigned width, int64_t *out) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < width; shift += 7) {
        if (bytes->at == bytes->end) {
            return false;
        }
        uint8_t byte = *bytes->at;
        unsigned left = width - shift;
        if (left < 7) {
            int8_t extended = (int8_t)(byte << 1);
            if ((byte & 0x80) != 0 || (extended >> left) != (extended < 0 ? -1 : 0)) {
                return false;
            }
        }
        bytes->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            bool negative = (byte & 0x40) != 0 && shift + 7 < 64;
            *out = (int64_t)(negative ? value | ~UINT64_C(0) << (shift + 7) : value);
            return true;
        }
    }
    bytes->at--;
    return false;
}

bool bytes_read_leb_u32(struct bytes *bytes, uint32_t *out) {
    uint64_t value;
    if (!read_unsigned(bytes, 32, &value)) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool bytes_read_leb_s32(struct bytes *bytes, int32_t *out) {
    int64_t value;
    if (!read_signed(bytes, 32, &value)) {
        return false;
    }
    *out = (int32_t)value;
    return true;
}

bool bytes_read_leb_s33(struct bytes *bytes, int64_t *out) {
    return read_signed(bytes, 33, out);
}

bool bytes_read_leb_s64(struct bytes *bytes, int64_t *out) {
    return read_signed(bytes, 64, out);
}
