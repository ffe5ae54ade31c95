# The tools by name and version, and the flags that hold everywhere.
CC := clang-19
CXX := clang++-19
LD := ld.lld-19
OBJCOPY := llvm-objcopy-19
AR := llvm-ar-19
NM := llvm-nm-19
DWARFDUMP := llvm-dwarfdump-19
SYMBOLIZER := llvm-symbolizer-19
FORMAT := clang-format-19
TIDY := clang-tidy-19
WASM_LD := wasm-ld-19
PYTHON := /usr/bin/python3

TESTDATA ?= ../shared

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wvla -Wmissing-prototypes -Wassign-enum \
            -Wstrict-prototypes -Wundef -Wno-unused-parameter -Wno-missing-field-initializers
CFLAGS := -std=c23 -g $(WARNINGS) -fno-strict-aliasing -fno-common -MMD -MP

# One variant is one way to compile a source: build/<variant>/<path>.o
# No frame of the kernel is so large that it could reach over a stack's guard page.
CFLAGS.host := -O2 -D_GNU_SOURCE
CFLAGS.san := -O1 -D_GNU_SOURCE -DCOPPER_DEBUG -fsanitize=address,undefined \
              -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.x86_64 := -O2 --target=x86_64-unknown-none-elf -ffreestanding -fno-pic -mcmodel=kernel \
                 -mno-red-zone -mgeneral-regs-only -fno-omit-frame-pointer \
                 -fno-stack-protector -fno-asynchronous-unwind-tables -Wframe-larger-than=3072
CFLAGS.wasm32 := -O2 --target=wasm32-unknown-unknown -ffreestanding -mbulk-memory -msign-ext \
                 -mmutable-globals -mnontrapping-fptoint -fvisibility=hidden
