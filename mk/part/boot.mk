# The loaders of x86-64 and the test's kernel.
BOOT_X86_64 := $(BUILD)/x86_64
BOOT_PORTABLE := $(call sources,boot/src)
# What the machines of each CPU start: a disk's or QEMU's loader, and that for UEFI.
LOADER.x86_64 := $(BUILD)/x86_64/loader.bin
LOADER.aarch64 := $(BUILD)/aarch64/loader.img
LOADER.riscv64 := $(BUILD)/riscv64/loader.img
EFI.x86_64 := $(BUILD)/x86_64/bootx64.efi
EFI.aarch64 := $(BUILD)/aarch64/bootaa64.efi
EFI.riscv64 := $(BUILD)/riscv64/bootriscv64.efi

BIOS_OBJECTS := $(call objects,x86_64,boot/firmware/bios/start.S \
    $(filter-out boot/firmware/bios/start.S boot/firmware/bios/mbr.S,$(call sources,boot/firmware/bios)) \
    $(BOOT_PORTABLE) $(call sources,boot/arch/x86_64))

$(BOOT_X86_64)/loader.elf: $(BIOS_OBJECTS) $(BASE_OBJECTS.x86_64) boot/firmware/bios/loader.ld
	$(call say,ld,$@)
	$(Q)$(LD) -z max-page-size=4096 --no-warn-mismatch -T boot/firmware/bios/loader.ld \
	    $(BIOS_OBJECTS) $(BASE_OBJECTS.x86_64) -o $@
$(BOOT_X86_64)/loader.bin: $(BOOT_X86_64)/loader.elf
	$(call say,objcopy,$@)
	$(Q)$(OBJCOPY) -O binary -j .image $< $@
$(BOOT_X86_64)/boot.bin: $(call objects,x86_64,boot/firmware/bios/mbr.S) boot/firmware/bios/mbr.ld
	$(call say,ld,$@)
	$(Q)$(LD) --oformat=binary -T boot/firmware/bios/mbr.ld $< -o $@

ALL += $(BOOT_X86_64)/loader.bin $(BOOT_X86_64)/boot.bin

# BOOTX64.EFI: the same portable half over UEFI, as a PE32+ file.
CFLAGS.efi := -O2 --target=x86_64-unknown-windows -ffreestanding -fshort-wchar \
    -mno-stack-arg-probe -mno-red-zone -mgeneral-regs-only
$(eval $(call variant_rules,efi))
EFI_OBJECTS := $(call objects,efi,$(call sources,boot/firmware/efi boot/firmware/efi/x86_64) $(BOOT_PORTABLE) \
    $(call sources,boot/arch/x86_64) $(BASE_SOURCES) $(BASE_FREESTANDING))
BOOT_EFI := $(EFI.x86_64)
-include $(EFI_OBJECTS:.o=.d)

$(BOOT_EFI): $(EFI_OBJECTS)
	$(call say,ld,$@)
	$(Q)lld-link-19 /nologo /subsystem:efi_application /entry:efi_main /nodefaultlib /machine:x64 \
	    /Brepro /out:$@ $^
ALL += $(BOOT_EFI)

# A kernel that tells what it was handed: at level 1, and at level 2 with other addresses.
BOOT_TEST_OBJECTS := $(call objects,x86_64,$(call sources,boot/test/kernel))
BOOT_TEST_KERNELS := $(BOOT_X86_64)/boot/test/kernel1.elf $(BOOT_X86_64)/boot/test/kernel2.elf
$(BOOT_X86_64)/boot/test/kernel1.elf: boot/test/kernel/kernel.ld
$(BOOT_X86_64)/boot/test/kernel2.elf: boot/test/kernel/kernel2.ld
$(BOOT_TEST_KERNELS): $(BOOT_TEST_OBJECTS) $(BASE_OBJECTS.x86_64)
	@mkdir -p $(@D)
	$(call say,ld,$@)
	$(Q)$(LD) -z max-page-size=4096 --strip-debug -T $(filter %.ld,$^) $(filter %.o,$^) -o $@
ALL += $(BOOT_TEST_KERNELS)

# Another loader, for the real kernel: started by ours, it hands over what the protocol just allows.
BOOT_OTHER := $(BOOT_X86_64)/boot/test/other.elf
BOOT_OTHER_OBJECTS := $(call objects,x86_64,$(call sources,boot/test/other) \
    $(addprefix boot/src/,kernel.c elf.c pe.c complaint.c))
$(BOOT_OTHER): $(BOOT_OTHER_OBJECTS) $(BASE_OBJECTS.x86_64) boot/test/other/other.ld
	@mkdir -p $(@D)
	$(call say,ld,$@)
	$(Q)$(LD) -z max-page-size=4096 --strip-debug -T $(filter %.ld,$^) $(filter %.o,$^) -o $@
ALL += $(BOOT_OTHER)

# Unit tests: the portable half over a firmware of boot/test/fixture.c.
BOOT_TESTS := $(filter %_test.c,$(call sources,boot/test))
# The tests of drivers pretend the devices.
BOOT_TEST_COMMON := $(call objects,san,$(BOOT_PORTABLE) boot/arch/x86_64/pages.c boot/test/fixture.c) \
    $(BASE_OBJECTS.san)
BOOT_TEST_PROGRAMS := $(BOOT_TESTS:%.c=$(BUILD)/san/%)
$(BUILD)/san/boot/test/pci_test: $(call objects,san,$(addprefix boot/device/,pci.c virtio_block.c virtio_pci.c)) \
    $(TREE_OBJECTS.san)
$(BUILD)/san/boot/test/card_test: $(call objects,san,boot/firmware/bare/card.c)
$(BUILD)/san/boot/test/ramfb_test: $(call objects,san,boot/device/ramfb.c)
$(BUILD)/san/boot/test/virtio_block_test: $(call objects,san,$(addprefix boot/device/,virtio_block.c virtio_mmio.c))
$(BOOT_TEST_PROGRAMS): %: %.o $(BOOT_TEST_COMMON)
	$(call say,ld,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BOOT_TEST_PROGRAMS)

# Fuzzing of what reads hostile bytes: a fixed number of mutations among the unit tests; open-ended,
# with libFuzzer, by `make fuzz-boot FUZZ_TARGET=disk` (config, disk, gzip, initrd, kernel). What it
# finds it leaves in build/fuzz-boot, and ends.
BOOT_FUZZ_TARGETS := config disk gzip initrd kernel
BOOT_FUZZ_PROGRAMS := $(BOOT_FUZZ_TARGETS:%=$(BUILD)/san/boot/test/fuzz/%)
$(BOOT_FUZZ_PROGRAMS): %: %.o $(call objects,san,boot/test/fuzz/repeat.c) $(BOOT_TEST_COMMON)
	$(call say,ld,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BOOT_FUZZ_PROGRAMS)

CFLAGS.fuzz := $(CFLAGS.san) -O2 -fsanitize=fuzzer-no-link
$(eval $(call variant_rules,fuzz))
BOOT_FUZZ_COMMON := $(call objects,fuzz,$(BOOT_PORTABLE) boot/arch/x86_64/pages.c \
    boot/test/fixture.c $(BASE_SOURCES))
BOOT_FUZZERS := $(BOOT_FUZZ_TARGETS:%=$(BUILD)/fuzz/boot/test/fuzz/%)
$(BOOT_FUZZERS): %: %.o $(BOOT_FUZZ_COMMON)
	$(call say,ld,$@)
	$(Q)$(CC) $(CFLAGS.san) -fsanitize=fuzzer $^ -o $@

FUZZ_TARGET ?= disk
FUZZ_FLAGS ?=
.PHONY: fuzz-boot
fuzz-boot: $(BUILD)/fuzz/boot/test/fuzz/$(FUZZ_TARGET) $(BUILD)/san/boot/test/fuzz/$(FUZZ_TARGET)
	$(Q)mkdir -p $(BUILD)/fuzz-boot/$(FUZZ_TARGET) $(BUILD)/fuzz-boot/seeds-$(FUZZ_TARGET)
	$(Q)$(BUILD)/san/boot/test/fuzz/$(FUZZ_TARGET) $(BUILD)/fuzz-boot/seeds-$(FUZZ_TARGET)
	$(Q)nice $< -max_len=16384 -timeout=20 -artifact_prefix=$(BUILD)/fuzz-boot/ $(FUZZ_FLAGS) \
	    $(BUILD)/fuzz-boot/$(FUZZ_TARGET) $(BUILD)/fuzz-boot/seeds-$(FUZZ_TARGET)
