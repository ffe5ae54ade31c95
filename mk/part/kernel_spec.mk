# A kernel of each CPU that runs scripts of the specification instead of a program: the same objects, but
# kernel/spec/ for kernel/start/run.c. test/test_spec_booted.py boots it. (After kernel.mk, whose rules it
# needs.)
SPEC_SOURCES := $(call sources,spec)
spec_objects = $(call objects,$(1),$(call sources,kernel/spec) $(SPEC_SOURCES)) \
    $(filter-out $(call objects,$(1),kernel/start/run.c),$(KERNEL_OBJECTS.$(1)))

$(foreach cpu,$(KERNEL_CPUS),$(eval \
    $(call kernel_link,$(cpu),$(KERNEL.$(cpu))-spec,$(call spec_objects,$(cpu)))))
TEST_NEEDS += $(KERNEL_CPUS:%=$(BUILD)/%/kernel-spec.elf)
