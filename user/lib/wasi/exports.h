/* SPDX-License-Identifier: MIT */
/*
 * Every function of wasi_snapshot_preview1, with the signature of the specification: what a program
 * imports. Each returns an errno; results go to addresses in the program's memory, last.
 *
 * A bad address is ERRNO_FAULT, a bad number ERRNO_INVAL; neither ever harms anyone but the
 * program.
 */
#pragma once
#include "wasi.h"

#ifdef __wasm__
#define EXPORT(name) [[clang::export_name(#name)]]
#else
#define EXPORT(name)
#endif

/* args.c */
EXPORT(args_get) enum wasi_errno wasi_args_get(guest_t pointers, guest_t bytes);
EXPORT(args_sizes_get) enum wasi_errno wasi_args_sizes_get(guest_t count, guest_t size);
EXPORT(environ_get) enum wasi_errno wasi_environ_get(guest_t pointers, guest_t bytes);
EXPORT(environ_sizes_get) enum wasi_errno wasi_environ_sizes_get(guest_t count, guest_t size);

/* clock.c */
EXPORT(clock_res_get) enum wasi_errno wasi_clock_res_get(uint32_t id, guest_t out);
EXPORT(clock_time_get)
enum wasi_errno wasi_clock_time_get(uint32_t id, uint64_t precision, guest_t out);

/* process.c */
EXPORT(random_get) enum wasi_errno wasi_random_get(guest_t to, uint32_t size);
EXPORT(proc_exit) [[noreturn]] void wasi_proc_exit(uint32_t code);
EXPORT(proc_raise) enum wasi_errno wasi_proc_raise(uint32_t signal);
EXPORT(sched_yield) enum wasi_errno wasi_sched_yield(void);

/* fd.c */
EXPORT(fd_advise)
enum wasi_errno wasi_fd_advise(fd_t fd, uint64_t offset, uint64_t size, uint32_t advice);
EXPORT(fd_allocate) enum wasi_errno wasi_fd_allocate(fd_t fd, uint64_t offset, uint64_t size);
EXPORT(fd_close) enum wasi_errno wasi_fd_close(fd_t fd);
EXPORT(fd_datasync) enum wasi_errno wasi_fd_datasync(fd_t fd);
EXPORT(fd_fdstat_get) enum wasi_errno wasi_fd_fdstat_get(fd_t fd, guest_t out);
EXPORT(fd_fdstat_set_flags) enum wasi_errno wasi_fd_fdstat_set_flags(fd_t fd, uint32_t flags);
EXPORT(fd_fdstat_set_rights)
enum wasi_errno wasi_fd_fdstat_set_rights(fd_t fd, uint64_t base, uint64_t inheriting);
EXPORT(fd_filestat_get) enum wasi_errno wasi_fd_filestat_get(fd_t fd, guest_t out);
EXPORT(fd_filestat_set_size) enum wasi_errno wasi_fd_filestat_set_size(fd_t fd, uint64_t size);
EXPORT(fd_filestat_set_times)
enum wasi_errno wasi_fd_filestat_set_times(fd_t fd, uint64_t access, uint64_t modification,
                                           uint32_t flags);
EXPORT(fd_prestat_get) enum wasi_errno wasi_fd_prestat_get(fd_t fd, guest_t out);
EXPORT(fd_prestat_dir_name)
enum wasi_errno wasi_fd_prestat_dir_name(fd_t fd, guest_t name, uint32_t size);
EXPORT(fd_renumber) enum wasi_errno wasi_fd_renumber(fd_t from, fd_t to);
EXPORT(fd_seek)
enum wasi_errno wasi_fd_seek(fd_t fd, int64_t offset, uint32_t whence, guest_t out);
EXPORT(fd_sync) enum wasi_errno wasi_fd_sync(fd_t fd);
EXPORT(fd_tell) enum wasi_errno wasi_fd_tell(fd_t fd, guest_t out);

/* stream.c */
EXPORT(fd_read)
enum wasi_errno wasi_fd_read(fd_t fd, guest_t iovecs, uint32_t count, guest_t out);
EXPORT(fd_pread)
enum wasi_errno wasi_fd_pread(fd_t fd, guest_t iovecs, uint32_t count, uint64_t offset,
                              guest_t out);
EXPORT(fd_write)
enum wasi_errno wasi_fd_write(fd_t fd, guest_t iovecs, uint32_t count, guest_t out);
EXPORT(fd_pwrite)
enum wasi_errno wasi_fd_pwrite(fd_t fd, guest_t iovecs, uint32_t count, uint64_t offset,
                               guest_t out);

/* directory.c */
EXPORT(fd_readdir)
enum wasi_errno wasi_fd_readdir(fd_t fd, guest_t to, uint32_t size, uint64_t cookie, guest_t out);

/* path.c */
EXPORT(path_open)
enum wasi_errno wasi_path_open(fd_t fd, uint32_t lookup, guest_t path, uint32_t path_size,
                               uint32_t oflags, uint64_t base, uint64_t inheriting,
                               uint32_t fdflags, guest_t out);
EXPORT(path_create_directory)
enum wasi_errno wasi_path_create_directory(fd_t fd, guest_t path, uint32_t path_size);
EXPORT(path_remove_directory)
enum wasi_errno wasi_path_remove_directory(fd_t fd, guest_t path, uint32_t path_size);
EXPORT(path_unlink_file)
enum wasi_errno wasi_path_unlink_file(fd_t fd, guest_t path, uint32_t path_size);
EXPORT(path_filestat_get)
enum wasi_errno wasi_path_filestat_get(fd_t fd, uint32_t lookup, guest_t path, uint32_t path_size,
                                       guest_t out);
EXPORT(path_filestat_set_times)
enum wasi_errno wasi_path_filestat_set_times(fd_t fd, uint32_t lookup, guest_t path,
                                             uint32_t path_size, uint64_t access,
                                             uint64_t modification, uint32_t flags);
EXPORT(path_link)
enum wasi_errno wasi_path_link(fd_t old_fd, uint32_t lookup, guest_t old_path, uint32_t old_size,
                               fd_t new_fd, guest_t new_path, uint32_t new_size);
EXPORT(path_rename)
enum wasi_errno wasi_path_rename(fd_t old_fd, guest_t old_path, uint32_t old_size, fd_t new_fd,
                                 guest_t new_path, uint32_t new_size);
EXPORT(path_symlink)
enum wasi_errno wasi_path_symlink(guest_t target, uint32_t target_size, fd_t fd, guest_t path,
                                  uint32_t path_size);
EXPORT(path_readlink)
enum wasi_errno wasi_path_readlink(fd_t fd, guest_t path, uint32_t path_size, guest_t to,
                                   uint32_t size, guest_t out);

/* poll.c */
EXPORT(poll_oneoff)
enum wasi_errno wasi_poll_oneoff(guest_t in, guest_t events, uint32_t count, guest_t out);

/* socket.c */
EXPORT(sock_accept) enum wasi_errno wasi_sock_accept(fd_t fd, uint32_t flags, guest_t out);
EXPORT(sock_recv)
enum wasi_errno wasi_sock_recv(fd_t fd, guest_t iovecs, uint32_t count, uint32_t flags,
                               guest_t out_size, guest_t out_flags);
EXPORT(sock_send)
enum wasi_errno wasi_sock_send(fd_t fd, guest_t iovecs, uint32_t count, uint32_t flags,
                               guest_t out);
EXPORT(sock_shutdown) enum wasi_errno wasi_sock_shutdown(fd_t fd, uint32_t how);
