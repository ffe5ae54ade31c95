/* SPDX-License-Identifier: MIT */
/* Following a kernel's log: in pieces of any size, with long lines, and more than is kept. */
#include "../follow.h"
#include <string.h>
#include <test/check.h>

static char complaints[256];

static void complain(const char *text) {
    strncat(complaints, text, sizeof(complaints) - strlen(complaints) - 1);
    strncat(complaints, ";", sizeof(complaints) - strlen(complaints) - 1);
}

static const char log_text[] = "SeaBIOS\r\n"
                               "[    0.01] info start: Copper\r\n"
                               "[    0.02] error program: trap: unreachable\r\n"
                               "[    0.02] error program:   at #0 inner\n"
                               "[    0.03] error other: not this\n"
                               "[    0.03] info start: copper: exit 134\r\n";

static struct follow take(const char *text, size_t size, size_t piece) {
    static struct follow follow;
    follow = (struct follow){.complain = complain};
    complaints[0] = 0;
    for (size_t at = 0; at < size; at += piece) {
        follow_take(&follow, text + at, size - at < piece ? size - at : piece);
    }
    return follow;
}

static void test_pieces(void) {
    for (size_t piece = 1; piece < sizeof(log_text); piece += 7) {
        struct follow follow = take(log_text, sizeof(log_text) - 1, piece);
        CHECK(follow.exited && follow.last_word && follow.exit_code == 134);
        CHECK(follow.kernel);
        CHECK(strcmp(complaints, "trap: unreachable;  at #0 inner;") == 0);
        CHECK(follow.kept_size == sizeof(log_text) - 1);
        CHECK(memcmp(follow.kept, log_text, follow.kept_size) == 0);
    }
}

static void test_unfinished(void) {
    static const char cut[] = "copper: exit 1";
    static const char none[] = "copper: exit\ncopper: exit x\nexit 3\n";
    CHECK(!take(cut, sizeof(cut) - 1, 3).exited);
    CHECK(!take(none, sizeof(none) - 1, 3).exited);
    static const char boot[] = "copper: cannot boot: no kernel\n";
    struct follow follow = take(boot, sizeof(boot) - 1, 5);
    CHECK(!follow.exited && follow.last_word && !follow.kernel);
}

static void test_much(void) {
    static char text[3 * FOLLOW_KEPT];
    memset(text, 'x', sizeof(text));
    memcpy(text + sizeof(text) - 17, "\ncopper: exit 42\n", 17);
    struct follow follow = take(text, sizeof(text), 1000);
    CHECK(follow.exited && follow.exit_code == 42);
    CHECK(follow.kept_size <= FOLLOW_KEPT && follow.kept_size >= FOLLOW_KEPT / 2);
    CHECK(memcmp(follow.kept + follow.kept_size - 16, "copper: exit 42\n", 16) == 0);
}

int main(void) {
    test_pieces();
    test_unfinished();
    test_much();
    return check_finish("host log");
}
