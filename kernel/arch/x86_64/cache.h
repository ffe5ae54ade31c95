/* SPDX-License-Identifier: MIT */
/* Memory types by physical range (MTRR), which all cores must have alike. */
#pragma once

/* Notes the boot core's; then each other core, while it does nothing else, takes them over where
 * its firmware has left others. */
void cache_save(void);
void cache_adopt(void);
