/* SPDX-License-Identifier: MIT */
/* Translates struct file_stat and the flags of set_times. */
#include "stat.h"
#include "guest.h"
#include "table.h"

static_assert(FSTFLAG_ATIM == FILE_TIME_ACCESS && FSTFLAG_ATIM_NOW == FILE_TIME_ACCESS_NOW &&
              FSTFLAG_MTIM == FILE_TIME_MODIFICATION &&
              FSTFLAG_MTIM_NOW == FILE_TIME_MODIFICATION_NOW);

enum wasi_errno stat_write(guest_t out, const struct file_stat *stat) {
    struct wasi_filestat result = {.device = stat->device,
                                   .inode = stat->inode,
                                   .filetype = filetype_of(stat->kind),
                                   .link_count = stat->link_count,
                                   .size = stat->size,
                                   .access_time = stat->access_time_ns,
                                   .modification_time = stat->modification_time_ns,
                                   .change_time = stat->change_time_ns};
    return guest_write(out, &result, sizeof result) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

enum wasi_errno stat_time_flags(uint32_t flags, uint64_t *out) {
    constexpr uint32_t ACCESS = FSTFLAG_ATIM | FSTFLAG_ATIM_NOW;
    constexpr uint32_t MODIFICATION = FSTFLAG_MTIM | FSTFLAG_MTIM_NOW;
    if ((flags & ~FSTFLAG_ALL) != 0 || (flags & ACCESS) == ACCESS ||
        (flags & MODIFICATION) == MODIFICATION) {
        return ERRNO_INVAL;
    }
    *out = flags;
    return ERRNO_SUCCESS;
}
