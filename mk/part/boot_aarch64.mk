# The loaders of aarch64: loader.img, for machines whose firmware offers nothing (a Raspberry Pi, QEMU's
# -kernel).
BOOT_AARCH64 := $(BUILD)/aarch64
BOOT_AARCH64_COMMON := $(call sources,boot/src boot/arch/aarch64)
# Runs where it was put: see boot/firmware/bare/start.S.
BOOT_AARCH64_LINK := $(LD) -pie --no-dynamic-linker -z norelro -z notext -z max-page-size=4096

BARE_OBJECTS := $(call objects,aarch64,$(call sources,boot/firmware/bare boot/device) \
    $(BOOT_AARCH64_COMMON)) $(TREE_OBJECTS.aarch64)
$(BOOT_AARCH64)/loader.elf: $(BARE_OBJECTS) $(BASE_OBJECTS.aarch64) boot/firmware/bare/loader.ld
	$(call say,ld,$@)
	$(Q)$(BOOT_AARCH64_LINK) -T boot/firmware/bare/loader.ld $(BARE_OBJECTS) $(BASE_OBJECTS.aarch64) -o $@
$(LOADER.aarch64): $(BOOT_AARCH64)/loader.elf
	$(call say,objcopy,$@)
	$(Q)$(OBJCOPY) -O binary $< $@
ALL += $(LOADER.aarch64)
