# SPDX-License-Identifier: MIT
# From `nm -n` of the kernel (address type name, ascending) to the table of kernel/symbol.h, as
# assembler. Of several names for one address the first is kept. Offsets fit 32 bits: only the low
# half of an address is looked at.
function number(hex,    i, value) {
    hex = tolower(substr(hex, length(hex) - 7))
    for (i = 1; i <= length(hex); i++) {
        value = value * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
    }
    return value
}
$3 == "kernel_text_start" { start = number($1) }
$2 ~ /^[tT]$/ && $3 !~ /^kernel_text_/ && $1 != last {
    last = $1
    offsets[count] = number($1) - start
    names[count++] = $3
}
END {
    print "        .section .symbols, \"a\""
    print "        .balign 8"
    print "        .globl kernel_symbols, kernel_symbol_count, kernel_symbol_names"
    print "kernel_symbol_count: .quad " count + 0
    print "kernel_symbols:"
    for (i = 0; i < count; i++) {
        printf "        .long %d, %d\n", offsets[i], size
        size += length(names[i]) + 1
    }
    print "kernel_symbol_names:"
    for (i = 0; i < count; i++) {
        print "        .asciz \"" names[i] "\""
    }
    print "        .byte 0"
}
