/* SPDX-License-Identifier: MIT */
/* The examples of FIPS 180-4, whole and in parts of every size up to two blocks. */
#include <hash/sha256.h>
#include <string.h>
#include <test/check.h>

static const char LONG[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static bool is(const struct sha256 *hash, const char *wanted) {
    uint8_t bytes[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    sha256_get(hash, bytes);
    sha256_text(bytes, text);
    return strcmp(text, wanted) == 0;
}

static void test_examples(void) {
    struct sha256 hash;
    sha256_init(&hash);
    CHECK(is(&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    sha256_add(&hash, "abc", 3);
    CHECK(is(&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    sha256_init(&hash);
    sha256_add(&hash, LONG, sizeof(LONG) - 1);
    CHECK(is(&hash, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
}

/* A million times the letter a, in parts of `size`. */
static bool million_is_right(size_t size) {
    char part[128];
    struct sha256 hash;
    memset(part, 'a', sizeof(part));
    sha256_init(&hash);
    for (size_t left = 1'000'000; left > 0;) {
        size_t step = left < size ? left : size;
        sha256_add(&hash, part, step);
        left -= step;
    }
    return is(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void) {
    test_examples();
    for (size_t size = 1; size <= 128; size += 9) {
        CHECK(million_is_right(size));
    }
    return check_finish("hash/sha256");
}
