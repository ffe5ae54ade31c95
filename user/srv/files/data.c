/* SPDX-License-Identifier: MIT */
/* File contents in blocks; the array of pointers doubles. */
#include "data.h"
#include "source.h"
#include "space.h"
#include <base/checked.h>
#include <base/string.h>

static uint32_t blocks_for(uint64_t size) {
    return (uint32_t)((size + DATA_BLOCK - 1) / DATA_BLOCK);
}

static_assert(DATA_SIZE_MAX / DATA_BLOCK < UINT32_MAX / 2);

static void drop_blocks(struct data *data, uint32_t first) {
    for (uint32_t i = first; i < data->block_capacity; i++) {
        space_release(data->blocks[i], DATA_BLOCK);
        data->blocks[i] = nullptr;
    }
}

static void drop_array(struct data *data) {
    space_release(data->blocks, data->block_capacity * sizeof data->blocks[0]);
    data->blocks = nullptr;
    data->block_capacity = 0;
}

void data_fini(struct data *data) {
    drop_blocks(data, 0);
    drop_array(data);
    data->size = 0;
}

static bool grow_array(struct data *data, uint32_t count) {
    uint32_t capacity = data->block_capacity > 0 ? data->block_capacity : 1;
    while (capacity < count) {
        capacity *= 2;
    }
    if (capacity == data->block_capacity) {
        return true;
    }
    size_t size;
    if (!checked_multiply(capacity, sizeof data->blocks[0], &size)) {
        return false;
    }
    uint8_t **blocks = space_allocate(size);
    if (blocks == nullptr) {
        return false;
    }
    if (data->block_capacity > 0) {
        memcpy(blocks, data->blocks, data->block_capacity * sizeof data->blocks[0]);
    }
    drop_array(data);
    data->blocks = blocks;
    data->block_capacity = capacity;
    return true;
}

/* The block with this number, made if need be; NULL when there is no space. */
static uint8_t *block_make(struct data *data, uint32_t number) {
    if (!grow_array(data, number + 1)) {
        return nullptr;
    }
    if (data->blocks[number] == nullptr) {
        data->blocks[number] = space_allocate(DATA_BLOCK);
    }
    return data->blocks[number];
}

/* How much of [offset, offset + size) lies in the block that holds its first byte. */
static uint32_t part_in_block(uint64_t offset, uint32_t size) {
    uint32_t left = DATA_BLOCK - (uint32_t)(offset % DATA_BLOCK);
    return size < left ? size : left;
}

const uint8_t *data_read(const struct data *data, uint64_t offset, uint32_t *size,
                         uint8_t *buffer) {
    uint64_t left = offset < data->size ? data->size - offset : 0;
    if (*size > left) {
        *size = (uint32_t)left;
    }
    if (data->borrowed) {
        return *size > 0 ? source_read(data->place + offset, size, buffer) : buffer;
    }
    for (uint32_t done = 0; done < *size;) {
        uint64_t at = offset + done;
        uint32_t part = part_in_block(at, *size - done);
        uint64_t number = at / DATA_BLOCK;
        const uint8_t *block = number < data->block_capacity ? data->blocks[number] : nullptr;
        if (block != nullptr) {
            memcpy(buffer + done, block + at % DATA_BLOCK, part);
        } else {
            memset(buffer + done, 0, part);
        }
        done += part;
    }
    return buffer;
}

status_t data_write(struct data *data, uint64_t offset, const uint8_t *bytes, uint32_t size,
                    uint32_t *written) {
    *written = 0;
    if (!range_within(offset, size, DATA_SIZE_MAX)) {
        return ERR_TOO_BIG;
    }
    while (*written < size) {
        uint64_t at = offset + *written;
        uint32_t part = part_in_block(at, size - *written);
        uint8_t *block = block_make(data, (uint32_t)(at / DATA_BLOCK));
        if (block == nullptr) {
            break;
        }
        memcpy(block + at % DATA_BLOCK, bytes + *written, part);
        *written += part;
    }
    if (*written > 0 && offset + *written > data->size) {
        data->size = offset + *written;
    }
    return *written == 0 && size > 0 ? ERR_NO_SPACE : OK;
}

/* What lies beyond the end must be zero when the file grows again. */
static void shrink(struct data *data, uint64_t size) {
    drop_blocks(data, blocks_for(size));
    uint32_t rest = (uint32_t)(size % DATA_BLOCK);
    uint64_t last = size / DATA_BLOCK;
    if (rest > 0 && last < data->block_capacity && data->blocks[last] != nullptr) {
        memset(data->blocks[last] + rest, 0, DATA_BLOCK - rest);
    }
    if (size == 0) {
        drop_array(data);
    }
}

status_t data_resize(struct data *data, uint64_t size) {
    if (size > DATA_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    if (size < data->size) {
        shrink(data, size);
    }
    data->size = size;
    return OK;
}

status_t data_reserve(struct data *data, uint64_t offset, uint64_t size) {
    if (!range_within(offset, size, DATA_SIZE_MAX)) {
        return ERR_TOO_BIG;
    }
    uint64_t end = offset + size;
    for (uint64_t at = offset - offset % DATA_BLOCK; at < end; at += DATA_BLOCK) {
        if (block_make(data, (uint32_t)(at / DATA_BLOCK)) == nullptr) {
            drop_blocks(data, blocks_for(data->size));
            return ERR_NO_SPACE;
        }
    }
    if (end > data->size) {
        data->size = end;
    }
    return OK;
}
