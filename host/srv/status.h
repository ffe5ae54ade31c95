/* SPDX-License-Identifier: MIT */
/* errno of Linux as a status. */
#pragma once
#include <abi/status.h>

/* `error` is an errno or its negative; 0 is OK. What has no status of its own is ERR_IO. */
status_t status_of_errno(int error);
