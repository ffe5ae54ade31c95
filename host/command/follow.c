/* SPDX-License-Identifier: MIT */
/* Reading the log line by line. Lines may end in CR LF, and have anything before what we look for.
 */
#include "follow.h"
#include <stdio.h>
#include <string.h>

/* Where the machine has nothing more to say: the kernel's panic, the loader's complaint. */
static const char *const last_words[] = {"End of meditation", "copper: cannot boot"};

static void look(struct follow *follow) {
    static const char complaint[] = " error program: ";
    const char *text = strstr(follow->line, complaint);
    follow->kernel |= follow->line[0] == '['; /* the time, before each of its lines */
    if (text != nullptr && follow->complain != nullptr) {
        follow->complain(text + sizeof(complaint) - 1);
    }
    const char *found = strstr(follow->line, "copper: exit ");
    int code;
    if (found != nullptr && sscanf(found, "copper: exit %d", &code) == 1) {
        follow->exited = true;
        follow->last_word = true;
        follow->exit_code = code;
    }
    for (size_t i = 0; i < sizeof(last_words) / sizeof(last_words[0]); i++) {
        follow->last_word |= strstr(follow->line, last_words[i]) != nullptr;
    }
}

/* Keeps the newest: the older half makes room. */
static void keep(struct follow *follow, char byte) {
    if (follow->kept_size == FOLLOW_KEPT) {
        memmove(follow->kept, follow->kept + FOLLOW_KEPT / 2, FOLLOW_KEPT / 2);
        follow->kept_size = FOLLOW_KEPT / 2;
    }
    follow->kept[follow->kept_size++] = byte;
}

void follow_take(struct follow *follow, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        keep(follow, bytes[i]);
        if (bytes[i] == '\n') {
            follow->line_size -=
                follow->line_size > 0 && follow->line[follow->line_size - 1] == '\r';
            follow->line[follow->line_size] = 0;
            look(follow);
            follow->line_size = 0;
        } else if (bytes[i] != 0 && follow->line_size + 1 < sizeof(follow->line)) {
            follow->line[follow->line_size++] = bytes[i];
        }
    }
}
