# What the default image holds. INITRD_FILES is a list of PATH=FILE: what the initrds call it, and the file
# that goes there; each CPU's kernel comes with them. image/config is the boot partition's CONFIG;
# kernel/start/setting.h describes the kernel's keys.
IMAGE := $(BUILD)/copper.img
IMAGE_CONFIG := image/config

INITRD_FILES := \
    sys/wasi_snapshot_preview1.wasm=$(BUILD)/user/wasi_snapshot_preview1.wasm \
    bin/sqlite3.wasm=$(BUILD)/wasm32/sqlite3.wasm \
    bin/hello.wasm=$(BUILD)/wasm32/hello.wasm \
    demo/demo.sql=$(BUILD)/demo/demo.sql \
    demo/source.csv=$(BUILD)/demo/source.csv \
    sys/arguments=$(BUILD)/demo/arguments

INITRD_INPUTS := $(foreach pair,$(INITRD_FILES),$(lastword $(subst =, ,$(pair))))

# One argument a line becomes what the kernel's arguments= wants: their number, then they, each with
# a NUL; no environment.
$(BUILD)/demo/arguments: image/arguments mk/image.mk
	@mkdir -p $(@D)
	$(Q)(wc -l <$<; cat $<) | tr '\n' '\0' >$@

# `make run CPU=aarch64 MACHINE=raspi3b`: all machines boot the same image.
CPU ?= x86_64
MACHINE.x86_64 := pc
MACHINE.aarch64 := virt
MACHINE.riscv64 := virt
MACHINE ?= $(MACHINE.$(CPU))
QEMU.x86_64.pc = qemu-system-x86_64 -drive file=$(IMAGE),format=raw
QEMU.aarch64.virt = qemu-system-aarch64 -M virt -cpu cortex-a53 -m 512 -device ramfb -kernel $(LOADER.aarch64) \
    -drive file=$(IMAGE),if=virtio,format=raw
QEMU.aarch64.raspi3b = qemu-system-aarch64 -M raspi3b -kernel $(LOADER.aarch64) -drive file=$(IMAGE),if=sd,format=raw
QEMU.riscv64.virt = qemu-system-riscv64 -M virt -m 512 -device bochs-display -kernel $(LOADER.riscv64) \
    -drive file=$(IMAGE),if=virtio,format=raw
QEMU_RUN = $(or $(QEMU.$(CPU).$(MACHINE)),$(error no machine $(MACHINE) of CPU $(CPU); there are \
    $(patsubst QEMU.%,%,$(filter QEMU.%,$(.VARIABLES))))) -serial stdio -display none --no-reboot
