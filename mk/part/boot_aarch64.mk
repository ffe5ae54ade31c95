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

# BOOTAA64.EFI, as a PE32+ file.
CFLAGS.efi_aarch64 := -O2 --target=aarch64-unknown-windows -ffreestanding -fshort-wchar -mcpu=cortex-a53 \
    -mno-stack-arg-probe -mgeneral-regs-only -mno-outline-atomics
$(eval $(call variant_rules,efi_aarch64))
$(eval $(call tree_rules,efi_aarch64,$(TREE_FREESTANDING)))
EFI_OBJECTS.aarch64 := $(call objects,efi_aarch64,$(call sources,boot/firmware/efi boot/firmware/efi/aarch64) \
    $(BOOT_AARCH64_COMMON) $(BASE_SOURCES) $(BASE_FREESTANDING)) $(TREE_OBJECTS.efi_aarch64)
-include $(EFI_OBJECTS.aarch64:.o=.d)
$(EFI.aarch64): $(EFI_OBJECTS.aarch64)
	$(call say,ld,$@)
	$(Q)lld-link-19 /nologo /subsystem:efi_application /entry:efi_main /nodefaultlib /machine:arm64 \
	    /Brepro /out:$@ $^
ALL += $(EFI.aarch64)
