# What the default image holds. INITRD_FILES is a list of PATH=FILE: what the initrds call it, and the file
# that goes there; each CPU's kernel comes with them. image/config is the boot partition's CONFIG;
# kernel/start/setting.h describes the kernel's keys. image/default.wiring says which processes run (doc/wiring.md).
IMAGE := $(BUILD)/copper.img
IMAGE_CONFIG := image/config
IMAGE_WIRING := image/default.wiring

# Programs of user/app are all there, but for those to copy; each has a page in image/help.
DEFAULT_APPS := $(filter-out template-%,$(notdir $(wildcard user/app/*)))

INITRD_FILES := \
    sys/wasi_snapshot_preview1.wasm=$(BUILD)/user/wasi_snapshot_preview1.wasm \
    bin/sqlite3.wasm=$(BUILD)/wasm32/sqlite3.wasm \
    bin/hello.wasm=$(BUILD)/wasm32/hello.wasm \
    demo/demo.sql=$(BUILD)/demo/demo.sql \
    demo/source.csv=$(BUILD)/demo/source.csv \
    wiring=$(IMAGE_WIRING) \
    $(foreach page,$(wildcard image/help/*.txt),help/$(notdir $(page))=$(page)) \
    $(foreach server,clock random files log show pipe terminal,srv/$(server).wasm=$(BUILD)/wasm/srv/$(server).wasm) \
    $(foreach driver,serial pl011 ps2 framebuffer,drv/$(driver).wasm=$(BUILD)/wasm/drv/$(driver).wasm) \
    $(foreach app,$(DEFAULT_APPS),bin/$(app).wasm=$(BUILD)/wasm/app/$(app).wasm) \
    sys/init.wasm=$(BUILD)/wasm/srv/init.wasm

INITRD_INPUTS := $(foreach pair,$(INITRD_FILES),$(lastword $(subst =, ,$(pair))))

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
    $(patsubst QEMU.%,%,$(filter QEMU.%,$(.VARIABLES))))) -serial mon:stdio -display none --no-reboot
