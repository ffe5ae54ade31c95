/* SPDX-License-Identifier: MIT */
/* printf for freestanding code. One conversion is parsed into a `struct conversion`, then padded
 * out. */
#include <base/format.h>
#include <base/string.h>

struct output {
    format_sink *sink;
    void *context;
};

struct conversion {
    bool left, zero;
    size_t width, precision;
    bool has_precision;
    int length; /* -2 hh, -1 h, 0, 1 l, 2 ll or z */
};

static void put_repeated(struct output *out, char c, size_t count) {
    for (; count > 0; count--) {
        out->sink(out->context, &c, 1);
    }
}

static void put_padded(struct output *out, const struct conversion *how, const char *bytes,
                       size_t size) {
    size_t padding = how->width > size ? how->width - size : 0;
    bool zeros = how->zero && !how->left;
    if (zeros && size > 0 && bytes[0] == '-') {
        out->sink(out->context, bytes++, 1);
        size--;
    }
    if (!how->left) {
        put_repeated(out, zeros ? '0' : ' ', padding);
    }
    out->sink(out->context, bytes, size);
    if (how->left) {
        put_repeated(out, ' ', padding);
    }
}

static void put_number(struct output *out, const struct conversion *how, uint64_t value,
                       unsigned base, bool upper, bool negative) {
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char buffer[24];
    char *at = buffer + sizeof buffer;
    do {
        *--at = digits[value % base];
        value /= base;
    } while (value != 0);
    if (negative) {
        *--at = '-';
    }
    put_padded(out, how, at, (size_t)(buffer + sizeof buffer - at));
}

static uint64_t take_unsigned(const struct conversion *how, va_list *arguments) {
    uint64_t value = how->length >= 2   ? va_arg(*arguments, unsigned long long)
                     : how->length == 1 ? va_arg(*arguments, unsigned long)
                                        : va_arg(*arguments, unsigned);
    return how->length == -2 ? (uint8_t)value : how->length == -1 ? (uint16_t)value : value;
}

static int64_t take_signed(const struct conversion *how, va_list *arguments) {
    int64_t value = how->length >= 2   ? va_arg(*arguments, long long)
                    : how->length == 1 ? va_arg(*arguments, long)
                                       : va_arg(*arguments, int);
    return how->length == -2 ? (int8_t)value : how->length == -1 ? (int16_t)value : value;
}

static void put_string(struct output *out, const struct conversion *how, const char *string) {
    size_t size = 0;
    while ((!how->has_precision || size < how->precision) && string[size] != 0) {
        size++;
    }
    put_padded(out, how, string, size);
}

static void convert(struct output *out, struct conversion *how, char kind, va_list *arguments) {
    switch (kind) {
    case 'd':
    case 'i': {
        int64_t value = take_signed(how, arguments);
        put_number(out, how, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, false, value < 0);
        break;
    }
    case 'u':
        put_number(out, how, take_unsigned(how, arguments), 10, false, false);
        break;
    case 'x':
    case 'X':
        put_number(out, how, take_unsigned(how, arguments), 16, kind == 'X', false);
        break;
    case 'p':
        out->sink(out->context, "0x", 2);
        put_number(out, how, (uintptr_t)va_arg(*arguments, void *), 16, false, false);
        break;
    case 'c': {
        char c = (char)va_arg(*arguments, int);
        put_padded(out, how, &c, 1);
        break;
    }
    case 's':
        put_string(out, how, va_arg(*arguments, const char *));
        break;
    default:
        put_padded(out, how, &kind, 1);
    }
}

/* A width or precision: digits, or '*' for an argument. */
static const char *parse_size(const char *at, size_t *size, va_list *arguments) {
    if (*at == '*') {
        int value = va_arg(*arguments, int);
        *size = value > 0 ? (size_t)value : 0;
        return at + 1;
    }
    for (*size = 0; *at >= '0' && *at <= '9'; at++) {
        *size = *size * 10 + (size_t)(*at - '0');
    }
    return at;
}

static const char *parse_conversion(const char *at, struct conversion *how, va_list *arguments) {
    *how = (struct conversion){0};
    for (; *at == '-' || *at == '0'; at++) {
        how->left |= *at == '-';
        how->zero |= *at == '0';
    }
    at = parse_size(at, &how->width, arguments);
    if (*at == '.') {
        how->has_precision = true;
        at = parse_size(at + 1, &how->precision, arguments);
    }
    for (; *at == 'h' || *at == 'l' || *at == 'z'; at++) {
        how->length += *at == 'h' ? -1 : *at == 'l' ? 1 : 2;
    }
    return at;
}

void format_list(format_sink *sink, void *context, const char *format, va_list arguments) {
    struct output out = {sink, context};
    va_list copy;
    va_copy(copy, arguments);
    while (*format != 0) {
        size_t plain = 0;
        while (format[plain] != 0 && format[plain] != '%') {
            plain++;
        }
        if (plain > 0) {
            sink(context, format, plain);
        }
        format += plain;
        if (*format == '%') {
            struct conversion how;
            format = parse_conversion(format + 1, &how, &copy);
            if (*format == 0) {
                break;
            }
            convert(&out, &how, *format++, &copy);
        }
    }
    va_end(copy);
}

void format_to(format_sink *sink, void *context, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    format_list(sink, context, format, arguments);
    va_end(arguments);
}

struct buffer_sink {
    char *buffer;
    size_t capacity, needed;
};

static void buffer_put(void *context, const char *bytes, size_t size) {
    struct buffer_sink *sink = context;
    for (size_t i = 0; i < size; i++, sink->needed++) {
        if (sink->needed + 1 < sink->capacity) {
            sink->buffer[sink->needed] = bytes[i];
        }
    }
}

size_t format_buffer(char *buffer, size_t capacity, const char *format, ...) {
    struct buffer_sink sink = {buffer, capacity, 0};
    va_list arguments;
    va_start(arguments, format);
    format_list(buffer_put, &sink, format, arguments);
    va_end(arguments);
    if (capacity > 0) {
        buffer[sink.needed < capacity ? sink.needed : capacity - 1] = 0;
    }
    return sink.needed;
}
