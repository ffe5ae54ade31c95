# What the default image holds. INITRD_FILES is a list of PATH=FILE: what the initrd calls it, and the
# file that goes there; the CPU's kernel comes with them. image/config is the boot partition's CONFIG; kernel/start/setting.h describes
# the kernel's keys.
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

QEMU_RUN = qemu-system-x86_64 -drive file=$(IMAGE),format=raw -serial stdio -display none --no-reboot
