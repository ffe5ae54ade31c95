/* SPDX-License-Identifier: MIT */
/*
 * Names of functions, for traces: from the custom section "name" (specification 7.4.1), read anew
 * at every question and never trusted: whatever is malformed in it counts as "no name".
 */
#include <base/bytes.h>
#include <engine/private.h>

constexpr uint8_t SUBSECTION_FUNCTIONS = 1;

/* The subsection of function names as a reader. */
static bool find_functions(const struct module *module, struct bytes *out) {
    struct bytes bytes =
        bytes_init(module->bytes + module->name_section.start, module->name_section.size);
    uint8_t id;
    uint32_t size;
    while (bytes_read_u8(&bytes, &id) && bytes_read_leb_u32(&bytes, &size) &&
           bytes_read_part(&bytes, size, out)) {
        if (id == SUBSECTION_FUNCTIONS) {
            return true;
        }
    }
    return false;
}

static bool read_association(struct bytes *bytes, uint32_t *function, struct text *name) {
    uint32_t size;
    if (!bytes_read_leb_u32(bytes, function) || !bytes_read_leb_u32(bytes, &size)) {
        return false;
    }
    *name = (struct text){(const char *)bytes->at, size};
    return bytes_skip(bytes, size);
}

static struct text find_name(const struct module *module, uint32_t function) {
    struct bytes names;
    uint32_t count, index;
    struct text name;
    if (find_functions(module, &names) && bytes_read_leb_u32(&names, &count)) {
        for (; count > 0 && read_association(&names, &index, &name); count--) {
            if (index == function) {
                bool good = utf8_valid((const uint8_t *)name.bytes, name.size);
                return good ? name : (struct text){"", 0};
            }
        }
    }
    return (struct text){"", 0};
}

static void take_next(struct function_names *names) {
    if (names->left > 0 && read_association(&names->rest, &names->function, &names->name)) {
        names->left--;
    } else {
        names->function = UINT32_MAX;
        names->left = 0;
    }
}

void function_names_init(struct function_names *names, const struct module *module) {
    *names = (struct function_names){.function = UINT32_MAX};
    if (find_functions(module, &names->rest) && bytes_read_leb_u32(&names->rest, &names->left)) {
        take_next(names);
    }
}

struct text function_names_find(struct function_names *names, uint32_t function) {
    while (names->function < function) {
        take_next(names);
    }
    bool good = names->function == function &&
                utf8_valid((const uint8_t *)names->name.bytes, names->name.size);
    return good ? names->name : (struct text){"", 0};
}

static struct text find_export(const struct module *module, uint32_t function) {
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct export *export = &module->exports[i];
        if (export->kind == EXTERNAL_FUNCTION && export->index == function) {
            return export->name;
        }
    }
    return (struct text){"", 0};
}

struct text module_function_name(const struct module *module, uint32_t function) {
    struct text name = find_name(module, function);
    return name.size > 0 ? name : find_export(module, function);
}
