/* SPDX-License-Identifier: MIT */
/*
 * Inflate, written to be quick under emulation too: 64 bits of input are held at a time, one refill
 * serves a whole length-distance pair (48 bits at most), and codes of up to FAST_BITS bits, nearly
 * all, take one look into a table; longer ones are decoded canonically, bit by bit.
 *
 * At the end of the input zero bits are supplied and counted; having used one is an error.
 */
#include <base/crc32.h>
#include <base/string.h>
#include <boot/inflate.h>
#include <boot/peek.h>

constexpr unsigned FAST_BITS = 10;
constexpr unsigned CODE_MAX = 15;
constexpr unsigned LITERALS_MAX = 288, DISTANCES_MAX = 32, LENGTHS = 19;
constexpr unsigned END_OF_BLOCK = 256;

/* The input, least significant bit first. */
struct bits {
    const uint8_t *at, *end;
    uint64_t held;
    unsigned count;    /* bits in `held` that may be used, with the supplied ones */
    unsigned supplied; /* zero bits added after the end */
};

/* A canonical prefix code. fast[next bits] is symbol << 4 | length; 0: longer, or no code. */
struct code {
    uint16_t fast[1 << FAST_BITS];
    uint16_t count[CODE_MAX + 1]; /* of codes by length */
    uint16_t symbols[LITERALS_MAX];
};

struct inflate {
    struct bits bits;
    uint8_t *start, *at, *end;
    struct code literals, distances;
};

static void refill_slowly(struct bits *bits) {
    for (; bits->count <= 56; bits->count += 8) {
        if (bits->at < bits->end) {
            bits->held |= (uint64_t)*bits->at++ << bits->count;
        } else {
            bits->supplied += 8;
        }
    }
}

/* At least 56 bits are held afterwards. */
static inline void refill(struct bits *bits) {
    if (bits->end - bits->at < 8) {
        refill_slowly(bits);
        return;
    }
    uint64_t next;
    memcpy(&next, bits->at, sizeof next);
    bits->held |= next << bits->count;
    bits->at += (63 - bits->count) >> 3;
    bits->count |= 56;
}

/* For up to 48 bits after a refill. */
static inline uint32_t take(struct bits *bits, unsigned count) {
    uint32_t value = (uint32_t)(bits->held & ((UINT64_C(1) << count) - 1));
    bits->held >>= count;
    bits->count -= count;
    return value;
}

/* Were bits used that the input does not have? */
static bool overrun(const struct bits *bits) {
    return bits->supplied > bits->count;
}

static uint32_t reversed(uint32_t code, unsigned length) {
    uint32_t result = 0;
    for (unsigned i = 0; i < length; i++) {
        result |= (code >> i & 1) << (length - 1 - i);
    }
    return result;
}

static void fast_fill(struct code *code, uint32_t first, unsigned length, uint32_t symbol) {
    for (uint32_t at = reversed(first, length); at < 1 << FAST_BITS; at += UINT32_C(1) << length) {
        code->fast[at] = (uint16_t)(symbol << 4 | length);
    }
}

/* Codes left unused, as a share of 2^15; negative when there are too many. */
static int unused(const struct code *code) {
    int left = 1 << CODE_MAX;
    for (unsigned length = 1; length <= CODE_MAX; length++) {
        left -= code->count[length] << (CODE_MAX - length);
    }
    return left;
}

/* Builds the code from its lengths. An incomplete one is right only when it has one code at most
 * (RFC 1951, 3.2.7: one distance code). */
static bool code_build(struct code *code, const uint8_t *lengths, unsigned count) {
    uint16_t offsets[CODE_MAX + 2] = {};
    uint32_t next[CODE_MAX + 2] = {};
    memset(code, 0, sizeof *code);
    for (unsigned i = 0; i < count; i++) {
        code->count[lengths[i]]++;
    }
    unsigned used = count - code->count[0];
    code->count[0] = 0;
    if (unused(code) < 0 || (unused(code) > 0 && used > 1)) {
        return false;
    }
    for (unsigned length = 1; length <= CODE_MAX; length++) {
        offsets[length + 1] = (uint16_t)(offsets[length] + code->count[length]);
        next[length + 1] = (next[length] + code->count[length]) << 1;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned length = lengths[i];
        if (length == 0) {
            continue;
        }
        code->symbols[offsets[length]++] = (uint16_t)i;
        uint32_t own = next[length]++;
        if (length <= FAST_BITS) {
            fast_fill(code, own, length, i);
        }
    }
    return true;
}

/* Bit by bit: at each length the codes are `first` and following. Result like an entry of fast[];
 * 0 when the bits are no code. */
static uint32_t decode_slowly(const struct code *code, uint64_t held) {
    uint32_t value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= CODE_MAX; length++, held >>= 1) {
        value = value << 1 | (uint32_t)(held & 1);
        if (value - first < code->count[length]) {
            return (uint32_t)code->symbols[index + value - first] << 4 | length;
        }
        index += code->count[length];
        first = (first + code->count[length]) << 1;
    }
    return 0;
}

/* The next symbol; UINT32_MAX when the bits are no code. */
static inline uint32_t decode(struct bits *bits, const struct code *code) {
    uint32_t entry = code->fast[bits->held & ((1 << FAST_BITS) - 1)];
    if (entry == 0) {
        entry = decode_slowly(code, bits->held);
        if (entry == 0) {
            return UINT32_MAX;
        }
    }
    take(bits, entry & 15);
    return entry >> 4;
}

/* Copies a match, whose source may overlap what it makes. */
static inline void copy_match(uint8_t *to, uint32_t distance, uint32_t length, size_t room) {
    const uint8_t *from = to - distance;
    if (distance >= 8 && room >= length + 8) {
        for (uint32_t done = 0; done < length; done += 8) {
            __builtin_memcpy_inline(to + done, from + done, 8);
        }
        return;
    }
    for (uint32_t i = 0; i < length; i++) {
        to[i] = from[i];
    }
}

/* A length-distance pair; `symbol` is its length's. */
static inline bool match(struct inflate *inflate, uint32_t symbol) {
    static const uint16_t length_base[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                           15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                           67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                           2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_base[] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    uint32_t index = symbol - END_OF_BLOCK - 1;
    if (index >= COUNT_OF(length_base)) {
        return false;
    }
    uint32_t length = length_base[index] + take(&inflate->bits, length_extra[index]);
    uint32_t code = decode(&inflate->bits, &inflate->distances);
    if (code >= COUNT_OF(distance_base)) {
        return false;
    }
    uint32_t distance = distance_base[code] + take(&inflate->bits, code < 2 ? 0 : code / 2 - 1);
    size_t room = (size_t)(inflate->end - inflate->at);
    if (distance > (size_t)(inflate->at - inflate->start) || length > room) {
        return false;
    }
    copy_match(inflate->at, distance, length, room);
    inflate->at += length;
    return true;
}

static bool block_decode(struct inflate *inflate) {
    while (true) {
        refill(&inflate->bits);
        uint32_t symbol = decode(&inflate->bits, &inflate->literals);
        if (symbol < END_OF_BLOCK) {
            if (inflate->at == inflate->end) {
                return false;
            }
            *inflate->at++ = (uint8_t)symbol;
        } else if (symbol == END_OF_BLOCK) {
            return !overrun(&inflate->bits);
        } else if (!match(inflate, symbol) || overrun(&inflate->bits)) {
            return false;
        }
    }
}

static bool block_stored(struct inflate *inflate) {
    struct bits *bits = &inflate->bits;
    take(bits, bits->count % 8);
    refill(bits);
    uint32_t size = take(bits, 16), check = take(bits, 16);
    if (overrun(bits) || (size ^ check) != 0xFFFF) {
        return false;
    }
    /* What is held goes back to the input; zero bits that were supplied never came from it. */
    bits->at -= (bits->count - bits->supplied) / 8;
    bits->held = bits->count = bits->supplied = 0;
    if (size > (size_t)(bits->end - bits->at) || size > (size_t)(inflate->end - inflate->at)) {
        return false;
    }
    memcpy(inflate->at, bits->at, size);
    bits->at += size;
    inflate->at += size;
    return true;
}

static bool block_fixed(struct inflate *inflate) {
    uint8_t lengths[LITERALS_MAX];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    (void)code_build(&inflate->literals, lengths, LITERALS_MAX);
    memset(lengths, 5, DISTANCES_MAX);
    (void)code_build(&inflate->distances, lengths, DISTANCES_MAX);
    return block_decode(inflate);
}

/* The lengths of `count` codes, themselves run-length encoded by the code in `literals`. */
static bool lengths_read(struct inflate *inflate, uint8_t *lengths, unsigned count) {
    struct bits *bits = &inflate->bits;
    unsigned at = 0;
    while (at < count) {
        refill(bits);
        uint32_t symbol = decode(bits, &inflate->literals);
        if (symbol < 16) {
            lengths[at++] = (uint8_t)symbol;
            continue;
        }
        if (symbol >= LENGTHS || (symbol == 16 && at == 0) || overrun(bits)) {
            return false;
        }
        uint8_t value = symbol == 16 ? lengths[at - 1] : 0;
        unsigned repeat = symbol == 16   ? 3 + take(bits, 2)
                          : symbol == 17 ? 3 + take(bits, 3)
                                         : 11 + take(bits, 7);
        if (repeat > count - at) {
            return false;
        }
        memset(lengths + at, value, repeat);
        at += repeat;
    }
    return !overrun(bits);
}

static bool block_dynamic(struct inflate *inflate) {
    static const uint8_t order[LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                           11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LITERALS_MAX + DISTANCES_MAX] = {};
    struct bits *bits = &inflate->bits;
    refill(bits);
    unsigned literals = take(bits, 5) + 257, distances = take(bits, 5) + 1;
    unsigned held = take(bits, 4) + 4;
    for (unsigned i = 0; i < held; i++) {
        refill(bits);
        lengths[order[i]] = (uint8_t)take(bits, 3);
    }
    if (literals > LITERALS_MAX - 2 || distances > DISTANCES_MAX - 2 ||
        !code_build(&inflate->literals, lengths, LENGTHS) ||
        !lengths_read(inflate, lengths, literals + distances)) {
        return false;
    }
    return lengths[END_OF_BLOCK] != 0 && code_build(&inflate->literals, lengths, literals) &&
           code_build(&inflate->distances, lengths + literals, distances) && block_decode(inflate);
}

static bool block_any(struct inflate *inflate, bool *last) {
    refill(&inflate->bits);
    *last = take(&inflate->bits, 1) != 0;
    switch (take(&inflate->bits, 2)) {
    case 0:
        return block_stored(inflate);
    case 1:
        return block_fixed(inflate);
    case 2:
        return block_dynamic(inflate);
    default:
        return false;
    }
}

constexpr uint32_t HEADER_SIZE = 10, TRAILER_SIZE = 8;
constexpr uint32_t RATIO_MAX = 1032; /* deflate cannot do better */
enum : uint8_t { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16 };

bool gzip_is(struct bytes file) {
    return bytes_left(&file) >= 2 && file.at[0] == 0x1F && file.at[1] == 0x8B;
}

bool gzip_size(struct bytes file, uint32_t *out, struct complaint *complaint) {
    size_t size = bytes_left(&file);
    if (size < HEADER_SIZE + TRAILER_SIZE || !peek(file, size - 4, out, sizeof *out) ||
        *out > (uint64_t)size * RATIO_MAX) {
        return complain(complaint, "the gzip file is truncated");
    }
    return true;
}

/* Skips text that ends in NUL. */
static bool skip_text(struct bytes *file) {
    uint8_t byte = 1;
    while (byte != 0 && bytes_read_u8(file, &byte)) {
    }
    return byte == 0;
}

/* Skips the header. */
static bool skip_header(struct bytes *file) {
    struct bytes header;
    uint16_t extra = 0;
    if (!bytes_read_part(file, HEADER_SIZE, &header) || header.at[2] != 8 /* deflate */) {
        return false;
    }
    uint8_t flags = header.at[3];
    return ((flags & FLAG_EXTRA) == 0 ||
            (bytes_read_u16(file, &extra) && bytes_skip(file, extra))) &&
           ((flags & FLAG_NAME) == 0 || skip_text(file)) &&
           ((flags & FLAG_COMMENT) == 0 || skip_text(file)) &&
           ((flags & FLAG_CRC) == 0 || bytes_skip(file, 2));
}

bool gzip_unpack(struct bytes file, uint8_t *to, uint32_t size, struct complaint *complaint) {
    static struct inflate inflate;
    uint32_t crc = 0;
    struct bytes rest = file;
    if (!skip_header(&rest) || bytes_left(&rest) < TRAILER_SIZE) {
        return complain(complaint, "the gzip file is damaged: bad header");
    }
    inflate.bits = (struct bits){.at = rest.at, .end = rest.end - TRAILER_SIZE};
    inflate.start = inflate.at = to;
    inflate.end = to + size;
    bool last = false;
    while (!last) {
        if (!block_any(&inflate, &last)) {
            return complain(complaint, "the gzip file is damaged near byte %zu",
                            (size_t)(inflate.bits.at - file.at));
        }
    }
    memcpy(&crc, rest.end - TRAILER_SIZE, sizeof crc);
    if (inflate.at != inflate.end || crc != crc32_add(0, to, size)) {
        return complain(complaint, "the gzip file is damaged: wrong checksum or size");
    }
    return true;
}
