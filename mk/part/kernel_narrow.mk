# Kernels of aarch64 that begin as if another loader had loaded them, one that translates fewer bits:
# the same objects, and an entry in front (boot/test/narrow/). test/test_aarch64.py boots them. (After
# kernel.mk, whose rules it needs.)
NARROW_BITS := 30 39
NARROW_OBJECTS := $(call objects,aarch64,boot/test/narrow/entry.S)
NARROW := $(NARROW_BITS:%=$(KERNEL.aarch64)-narrow%)
$(foreach kernel,$(NARROW),$(eval $(call kernel_link,aarch64,$(kernel),$(NARROW_OBJECTS) $(KERNEL_OBJECTS.aarch64))))
$(foreach bits,$(NARROW_BITS),$(eval \
    $(KERNEL.aarch64)-narrow$(bits).first.elf $(KERNEL.aarch64)-narrow$(bits).debug.elf: \
        KERNEL_LINK.aarch64 += --entry=narrow_entry_$(bits)))
TEST_NEEDS += $(NARROW:%=%.elf)
