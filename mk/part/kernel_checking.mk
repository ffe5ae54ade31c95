# The debug build of the kernel: the same objects, but kernel/mem/debug/ for kernel/mem/release/. It
# is as large, slower, and panics where memory is misused or locks are taken in a wrong order.
KERNEL_CHECKING := $(KERNEL)-checking
KERNEL_CHECKING_OBJECTS := $(call objects,x86_64,$(call sources,kernel/mem/debug)) \
    $(filter-out $(call objects,x86_64,$(call sources,kernel/mem/release)),$(KERNEL_OBJECTS))

$(eval $(call kernel_link,$(KERNEL_CHECKING),$(KERNEL_CHECKING_OBJECTS)))
ALL += $(KERNEL_CHECKING).elf
