/* SPDX-License-Identifier: MIT */
/* What a device tree says that its CPUs can do. */
#pragma once
#include <base/string.h>
#include <tree/device_tree.h>

/* Is `name` one of the words of `list`, between two of which `separator` stands? */
bool isa_names(struct text list, char separator, struct text name);
/* Has each CPU of the tree that is not disabled the extension of this name, of several letters, in
 * small ones ("svpbmt")? False when the tree knows no CPU. */
bool isa_everywhere(const struct device_tree *tree, struct text name);
