/* SPDX-License-Identifier: MIT */
/* See terminal.h. What restores the modes may be called in a signal's handler. */
#include "terminal.h"
#include <base/checked.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static const int ends[] = {SIGHUP,  SIGINT, SIGQUIT, SIGTERM, SIGABRT,
                           SIGSEGV, SIGBUS, SIGILL,  SIGFPE};
static struct termios before;
static volatile sig_atomic_t is_raw;

void terminal_restore(void) {
    if (is_raw) {
        is_raw = false;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
}

bool terminal_is_raw(void) {
    return is_raw;
}

/* Its default action follows when the handler is over. */
static void ended(int number) {
    terminal_restore();
    raise(number);
}

void terminal_make_raw(void) {
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct sigaction action = {.sa_handler = ended, .sa_flags = (int)SA_RESETHAND};
        sigemptyset(&action.sa_mask);
        (void)sigaction(ends[i], &action, nullptr);
    }
    (void)atexit(terminal_restore);
    raw = before;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)CSIZE) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    is_raw = true;
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}
