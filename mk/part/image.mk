# The disk image, which the copper command makes. (After host.mk, whose COMMAND this needs.)
#
# The initrd: INITRD_FILES (mk/image.mk) as a gzipped ustar archive that depends on nothing but their
# bytes. The kernel goes without its debug information, but with its symbols. Packed it is read
# faster from an emulated IDE disk by more than unpacking takes.
INITRD := $(BOOT_X86_64)/initrd.gz
USTAR := tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go=rX

$(INITRD): $(INITRD_INPUTS) $(MAKEFILE_LIST)
	$(call say,initrd,$@)
	$(Q)rm -rf $@.files && mkdir -p $@.files
	$(Q)set -e; for pair in $(INITRD_FILES); do \
	    to=$@.files/$${pair%%=*}; mkdir -p $${to%/*}; cp $${pair#*=} $$to; \
	    case $$to in */sys/core) $(OBJCOPY) --strip-debug $$to;; esac; \
	done
	$(Q)cd $@.files && $(USTAR) -cf - * | gzip -6n >../$(@F).new && mv ../$(@F).new ../$(@F)

IMAGE_PARTS := --mbr $(BOOT_X86_64)/boot.bin --loader $(BOOT_X86_64)/loader.bin --efi $(BOOT_EFI) \
               --config $(IMAGE_CONFIG) --initrd $(INITRD)
$(IMAGE): $(filter-out --%,$(IMAGE_PARTS)) $(COMMAND)
	$(call say,image,$@)
	$(Q)$(COMMAND) image --out $@ $(IMAGE_PARTS)
ALL += $(IMAGE)
