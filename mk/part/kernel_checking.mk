# The debug build of the kernel: the same objects, but kernel/mem/debug/ for kernel/mem/release/. It
# is as large, slower, and panics where memory is misused or locks are taken in a wrong order.
KERNEL_CHECKING := $(KERNEL)-checking
KERNEL_CHECKING_OBJECTS := $(call objects,x86_64,$(call sources,kernel/mem/debug)) \
    $(filter-out $(call objects,x86_64,$(call sources,kernel/mem/release)),$(KERNEL_OBJECTS))

$(KERNEL_CHECKING).first.elf: $(KERNEL_CHECKING_OBJECTS) $(KERNEL).symbols0.o $(KERNEL_SCRIPT)
	$(call say,link,$@)
	$(Q)$(KERNEL_LINK) $(filter %.o,$^) -o $@
$(KERNEL_CHECKING).symbols1.S: $(KERNEL_CHECKING).first.elf kernel/port/symbols.awk
	$(call say,symbols,$@)
	$(Q)$(NM) -n $< | awk -f kernel/port/symbols.awk > $@
$(KERNEL_CHECKING).symbols1.o: $(KERNEL_CHECKING).symbols1.S
	$(call say,as,$@)
	$(Q)$(CC) $(CFLAGS.x86_64) -c $< -o $@
$(KERNEL_CHECKING).elf: $(KERNEL_CHECKING_OBJECTS) $(KERNEL_CHECKING).symbols1.o $(KERNEL_SCRIPT)
	$(call say,link,$@)
	$(Q)$(KERNEL_LINK) --strip-debug $(filter %.o,$^) -o $@
	$(Q)$(NM) -n $@ | awk -f kernel/port/symbols.awk | cmp - $(KERNEL_CHECKING).symbols1.S
ALL += $(KERNEL_CHECKING).elf
