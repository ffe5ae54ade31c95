/* SPDX-License-Identifier: MIT */
/* The keys of CONFIG that are the loader's. */
#include <base/environment.h>
#include <boot/environment.h>

static struct text first_word(struct text text) {
    struct text word = {text.bytes, 0};
    while (word.size < text.size && text.bytes[word.size] != ' ' && text.bytes[word.size] != '\t') {
        word.size++;
    }
    return word;
}

struct screen_size environment_screen(struct text environment) {
    constexpr uint64_t width_min = 640, height_min = 480, most = 16384;
    struct text value;
    uint64_t width, height;
    if (!environment_find(environment, text_of("screen"), &value)) {
        return (struct screen_size){1024, 768};
    }
    struct text rest = first_word(value);
    struct text first = text_split(&rest, 'x');
    if (!text_to_u64(first, &width) || !text_to_u64(rest, &height) || width > most ||
        height > most) {
        return (struct screen_size){1024, 768};
    }
    return (struct screen_size){(uint32_t)(width < width_min ? width_min : width),
                                (uint32_t)(height < height_min ? height_min : height)};
}

struct text environment_kernel(struct text environment) {
    struct text value;
    if (environment_find(environment, text_of("kernel"), &value) && value.size > 0) {
        return first_word(value);
    }
    return text_of("sys/core");
}
