# What the default image holds. INITRD_FILES is a list of PATH=FILE: what the initrd calls it, and
# the file that goes there. image/config is the boot partition's CONFIG.
IMAGE := $(BUILD)/copper.img
IMAGE_CONFIG := image/config

INITRD_FILES := \
    sys/core=$(BUILD)/x86_64/kernel.elf \
    sys/wasi_snapshot_preview1.wasm=$(BUILD)/wasm32/wasi_snapshot_preview1.wasm \
    bin/sqlite3.wasm=$(BUILD)/wasm32/sqlite3.wasm \
    bin/hello.wasm=$(BUILD)/wasm32/hello.wasm \
    demo/demo.sql=$(BUILD)/demo/demo.sql \
    demo/source.csv=$(BUILD)/demo/source.csv \
    sys/arguments=image/arguments

INITRD_INPUTS := $(foreach pair,$(INITRD_FILES),$(lastword $(subst =, ,$(pair))))

QEMU_RUN = qemu-system-x86_64 -drive file=$(IMAGE),format=raw -serial stdio -display none --no-reboot
