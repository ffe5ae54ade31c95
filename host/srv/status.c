/* SPDX-License-Identifier: MIT */
/* The table from errno to status. */
#include "status.h"
#include <base/checked.h>
#include <errno.h>
#include <stdlib.h>

static const struct {
    int error;
    status_t status;
} statuses[] = {
    {0, OK},
    {EACCES, ERR_DENIED},
    {EAGAIN, ERR_BUSY},
    {EBADF, ERR_DENIED}, /* a descriptor of ours that was not opened for this */
    {EBUSY, ERR_BUSY},
    {EDQUOT, ERR_NO_SPACE},
    {EEXIST, ERR_EXISTS},
    {EFBIG, ERR_TOO_BIG},
    {EILSEQ, ERR_INVALID},
    {EINTR, ERR_INTERRUPTED},
    {EINVAL, ERR_INVALID},
    {EISDIR, ERR_IS_DIRECTORY},
    {ELOOP, ERR_LOOP},
    {EMFILE, ERR_FULL},
    {EMLINK, ERR_FULL},
    {ENAMETOOLONG, ERR_NAME_TOO_LONG},
    {ENFILE, ERR_FULL},
    {ENOENT, ERR_NOT_FOUND},
    {ENOMEM, ERR_NO_MEMORY},
    {ENOSPC, ERR_NO_SPACE},
    {ENOSYS, ERR_NOT_SUPPORTED},
    {ENOTDIR, ERR_NOT_DIRECTORY},
    {ENOTEMPTY, ERR_NOT_EMPTY},
    {EOPNOTSUPP, ERR_NOT_SUPPORTED},
    {EOVERFLOW, ERR_TOO_BIG},
    {EPERM, ERR_DENIED},
    {EPIPE, ERR_CLOSED},
    {EROFS, ERR_READ_ONLY},
    {ESPIPE, ERR_INVALID},
    {ETXTBSY, ERR_BUSY},
    {EXDEV, ERR_CROSS_DEVICE},
};

status_t status_of_errno(int error) {
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        if (statuses[i].error == abs(error)) {
            return statuses[i].status;
        }
    }
    return ERR_IO;
}
