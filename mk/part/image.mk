# The disk image, which the copper command makes. (After host.mk, whose COMMAND this needs.)
#
# The initrds: INITRD_FILES (mk/image.mk) and the CPU's kernel as a gzipped ustar archive that depends on
# nothing but their bytes. The kernel goes without its debug information, but with its symbols. Packed it is
# read faster from an emulated IDE disk by more than unpacking takes.
USTAR := tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go=rX
initrd_files = sys/core=$(BUILD)/$(1)/kernel.elf $(INITRD_FILES)

# $(call initrd_rules,CPU)
define initrd_rules
INITRD.$(1) := $(BUILD)/$(1)/initrd.gz
$(BUILD)/$(1)/initrd.gz: $(BUILD)/$(1)/kernel.elf $(INITRD_INPUTS) $(MAKEFILE_LIST)
	$$(call say,initrd,$$@)
	$$(Q)rm -rf $$@.files && mkdir -p $$@.files
	$$(Q)set -e; for pair in $(call initrd_files,$(1)); do \
	    to=$$@.files/$$$${pair%%=*}; mkdir -p $$$${to%/*}; cp $$$${pair#*=} $$$$to; \
	done
	$$(Q)cd $$@.files && $(USTAR) -cf - * | gzip -6n >../$$(@F).new && mv ../$$(@F).new ../$$(@F)
endef
$(foreach cpu,$(KERNEL_CPUS),$(eval $(call initrd_rules,$(cpu))))

IMAGE_PARTS := --mbr $(BOOT_X86_64)/boot.bin --config $(IMAGE_CONFIG) --wiring $(IMAGE_WIRING) \
    $(foreach cpu,$(KERNEL_CPUS),--loader $(cpu)=$(LOADER.$(cpu)) --initrd $(cpu)=$(INITRD.$(cpu))) \
    $(foreach cpu,$(EFI_CPUS),--efi $(cpu)=$(EFI.$(cpu)))
IMAGE_INPUTS := $(foreach part,$(filter-out --%,$(IMAGE_PARTS)),$(lastword $(subst =, ,$(part))))
$(IMAGE): $(IMAGE_INPUTS) $(COMMAND)
	$(call say,image,$@)
	$(Q)$(COMMAND) image --out $@ $(IMAGE_PARTS)
ALL += $(IMAGE)
