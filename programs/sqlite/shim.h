/* SPDX-License-Identifier: MIT */
/*
 * What SQLite asks of Unix and this wasi-libc does not declare: included before each of its files.
 * There are no users, no other processes and no permission bits here, and the database is locked by
 * a directory beside it ("unix-dotfile"), never by fcntl. shim.c says what each function answers.
 */
#pragma once
#include <sys/types.h>

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_GETLK 5
#define F_SETLK 6

int chmod(const char *path, mode_t mode);
int fchmod(int file, mode_t mode);
int fchown(int file, uid_t user, gid_t group);
uid_t getuid(void);
uid_t geteuid(void);
