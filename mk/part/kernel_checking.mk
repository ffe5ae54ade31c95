# The debug build of each kernel: the same objects, but kernel/mem/debug/ for kernel/mem/release/. It is
# as large, slower, and panics where memory is misused or locks are taken in a wrong order.
checking_objects = $(call objects,$(1),$(call sources,kernel/mem/debug)) \
    $(filter-out $(call objects,$(1),$(call sources,kernel/mem/release)),$(KERNEL_OBJECTS.$(1)))

$(foreach cpu,$(KERNEL_CPUS),$(eval \
    $(call kernel_link,$(cpu),$(KERNEL.$(cpu))-checking,$(call checking_objects,$(cpu)))))
ALL += $(KERNEL_CPUS:%=$(BUILD)/%/kernel-checking.elf)
KERNEL_CHECKING := $(KERNEL)-checking
