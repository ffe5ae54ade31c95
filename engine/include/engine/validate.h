/* SPDX-License-Identifier: MIT */
/*
 * Validation of one function body (specification 3.3, algorithm of appendix A.3). module_make()
 * runs it over every function, or module_validate_late() over each that is about to be compiled:
 * the compiler takes no other. What later passes need room for and want to know falls out of it.
 */
#pragma once
#include <engine/module.h>

/* Working memory that is kept from function to function. */
struct validate_scratch;
status_t validate_scratch_create(struct validate_scratch **out);
void validate_scratch_destroy(struct validate_scratch *scratch); /* may be NULL */

/* `function` is an index in the function index space, of a defined one. Fills in what struct body
 * has besides its place, but for the notes. ERR_CORRUPT: *error says why. */
status_t function_validate(const struct module *module, uint32_t function, struct body *body,
                           struct validate_scratch *scratch, struct module_error *error);

/* The notes of the function that was validated last: *size bytes, until the next one. */
const uint8_t *validate_notes(const struct validate_scratch *scratch, uint32_t *size);
