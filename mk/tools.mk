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

# The CPUs that there are sources for; those that have a kernel and a loader; and one for UEFI.
CPUS := x86_64 aarch64 riscv64
KERNEL_CPUS := x86_64 aarch64 riscv64
EFI_CPUS := x86_64 aarch64 riscv64

# Those for which the host port is built, too, to be run by qemu-user: the others that it has a folder for.
CROSS_CPUS := $(filter-out $(shell uname -m),$(patsubst host/port/arch/%/target.c,%,$(wildcard host/port/arch/*/target.c)))

# One variant is one way to compile a source: build/<variant>/<path>.o
CFLAGS_HOST := -O2 -D_GNU_SOURCE
# The command is linked statically with musl (decision 34); headers of Linux itself are among glibc's.
HOST_CPU := $(shell uname -m)
MUSL_LIBRARIES := /usr/lib/$(HOST_CPU)-linux-musl
CFLAGS.host := $(CFLAGS_HOST) -fPIE -nostdlibinc -isystem /usr/include/$(HOST_CPU)-linux-musl \
               -idirafter /usr/include -idirafter /usr/include/$(HOST_CPU)-linux-gnu
$(foreach cpu,$(CROSS_CPUS),$(eval CFLAGS.host-$(cpu) := $(CFLAGS_HOST) --target=$(cpu)-linux-gnu))
CFLAGS.san := -O1 -D_GNU_SOURCE -DCOPPER_DEBUG -fsanitize=address,undefined \
              -fno-sanitize-recover=all -fno-omit-frame-pointer
# Threads that play the cores, and what tells whether they race.
CFLAGS.races := -O1 -D_GNU_SOURCE -DCOPPER_DEBUG -fsanitize=thread -fno-omit-frame-pointer
# A kernel, and what a loader and a kernel share. No frame is so large that it could reach over a stack's
# guard page.
CFLAGS_KERNEL := -O2 -ffreestanding -fno-pic -fno-omit-frame-pointer -fno-stack-protector \
                 -fno-asynchronous-unwind-tables -Wframe-larger-than=3072
CFLAGS.x86_64 := $(CFLAGS_KERNEL) --target=x86_64-unknown-none-elf -mcmodel=kernel -mno-red-zone \
                 -mgeneral-regs-only
CFLAGS.aarch64 := $(CFLAGS_KERNEL) --target=aarch64-unknown-none-elf -mcpu=cortex-a53 \
                  -mgeneral-regs-only -mno-outline-atomics -mno-omit-leaf-frame-pointer
CFLAGS.riscv64 := $(CFLAGS_KERNEL) --target=riscv64-unknown-none-elf -march=rv64imac_zicsr_zifencei \
                  -mabi=lp64 -mcmodel=medany -mno-relax
CFLAGS.wasm32 := -O2 --target=wasm32-unknown-unknown -ffreestanding -mbulk-memory -msign-ext \
                 -mmutable-globals -mnontrapping-fptoint -fvisibility=hidden
