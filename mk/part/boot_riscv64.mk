# The loaders of riscv64: loader.img, for SBI firmware (QEMU's -kernel) and boot loaders.
BOOT_RISCV64 := $(BUILD)/riscv64
BOOT_RISCV64_COMMON := $(call sources,boot/src boot/arch/riscv64 boot/arch/riscv64/image)
# Runs where it was put: see boot/arch/riscv64/image/relocate.S.
BOOT_RISCV64_LINK := $(LD) -pie --no-dynamic-linker -z norelro -z notext -z max-page-size=4096

SBI_OBJECTS := $(call objects,riscv64,$(call sources,boot/firmware/sbi boot/device) $(BOOT_RISCV64_COMMON)) \
    $(TREE_OBJECTS.riscv64)
$(BOOT_RISCV64)/loader.elf: $(SBI_OBJECTS) $(BASE_OBJECTS.riscv64) boot/firmware/sbi/loader.ld
	$(call say,ld,$@)
	$(Q)$(BOOT_RISCV64_LINK) -T boot/firmware/sbi/loader.ld $(SBI_OBJECTS) $(BASE_OBJECTS.riscv64) -o $@
$(LOADER.riscv64): $(BOOT_RISCV64)/loader.elf
	$(call say,objcopy,$@)
	$(Q)$(OBJCOPY) -O binary $< $@
ALL += $(LOADER.riscv64)

# BOOTRISCV64.EFI: a PE file by hand (boot/firmware/efi/riscv64/start.S).
EFI_OBJECTS.riscv64 := $(call objects,riscv64,$(call sources,boot/firmware/efi boot/firmware/efi/riscv64) \
    $(BOOT_RISCV64_COMMON)) $(TREE_OBJECTS.riscv64)
$(BOOT_RISCV64)/bootriscv64.elf: $(EFI_OBJECTS.riscv64) $(BASE_OBJECTS.riscv64) boot/firmware/efi/riscv64/image.ld
	$(call say,ld,$@)
	$(Q)$(BOOT_RISCV64_LINK) -T boot/firmware/efi/riscv64/image.ld $(EFI_OBJECTS.riscv64) \
	    $(BASE_OBJECTS.riscv64) -o $@
$(EFI.riscv64): $(BOOT_RISCV64)/bootriscv64.elf
	$(call say,objcopy,$@)
	$(Q)$(OBJCOPY) -O binary $< $@
ALL += $(EFI.riscv64)
