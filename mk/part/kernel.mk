# The kernels, one for each CPU of KERNEL_CPUS: build/CPU/kernel.elf. Each is linked twice: from the first
# link come the names of its functions and its source lines, for panics; since the tables lie behind the
# code, no function moves in the second.
KERNEL_FOLDERS := kernel/mem kernel/chip kernel/port kernel/start kernel/core kernel/wasm kernel/service kernel/reload \
                  user/lib/native
# Servers that are native so far. Each is one object of which the kernel sees only what its header
# says: they are programs of their own, and may call a function as the kernel does.
KERNEL_SERVERS := clock random console files
# What a reload has in common with a loader: its second half.
KERNEL_LOADER := $(addprefix boot/src/,place.c complaint.c elf.c environment.c inflate.c initrd.c kernel.c \
                 memory.c pe.c tables.c)
LINE_TABLE := tools/line_table $(DWARFDUMP) $(SYMBOLIZER)

# The console's font: Terminus (SIL Open Font License), from the distribution, pinned by hash.
FONT := $(BUILD)/font/Uni2-Terminus16.psf
FONT_SHA256 := 76b38323e80e09cd44a4ca4b0eaa681101874f208b8b5ba00c8c594cfd3b91c2
$(FETCH)/$(notdir $(FONT)).gz:
	$(Q)tools/fetch_package console-setup-linux usr/share/consolefonts/$(@F) $(FONT_SHA256) $@
$(FONT): $(FETCH)/$(notdir $(FONT)).gz
	@mkdir -p $(@D)
	$(call say,unpack,$@)
	$(Q)gzip -dc $< > $@

define server_rules
$(BUILD)/$(1)/user/srv/$(2).o: $(call objects,$(1),$(call sources,user/srv/$(2) user/srv/$(2)/native) user/lib/request.c)
	$$(call say,link,$$@)
	$$(Q)$$(LD) -r $$^ -o $$@
	$$(Q)$$(OBJCOPY) --wildcard --keep-global-symbol='server_*' --keep-global-symbol='$(2)_*' $$@
endef

# $(call kernel_link,CPU,NAME,OBJECTS). NAME.debug.elf has all that a debugger wants; NAME.elf is the same
# without.
define kernel_link
$(2).first.elf: $(3) $(KERNEL.$(1)).symbols0.o $(KERNEL.$(1)).lines0.o $(KERNEL_SCRIPT.$(1))
	$$(call say,link,$$@)
	$$(Q)$$(KERNEL_LINK.$(1)) $$(filter %.o,$$^) -o $$@
# Which build it is: a hash of the first link without paths and lines, the same wherever it is made.
$(2).id: $(2).first.elf
	$$(Q)$$(OBJCOPY) --strip-all $$< $$@.elf && sha256sum <$$@.elf | cut -c1-16 >$$@
$(2).symbols1.S: $(2).first.elf kernel/port/symbols.awk
	$$(call say,symbols,$$@)
	$$(Q)$$(NM) -n $$< | awk -f kernel/port/symbols.awk > $$@
$(2).lines1.S: $(2).first.elf tools/line_table
	$$(call say,lines,$$@)
	$$(Q)$$(LINE_TABLE) $$< > $$@
$(2).symbols1.o $(2).lines1.o: %.o: %.S
	$$(call say,as,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(1)) -c $$< -o $$@
$(2).debug.elf: $(3) $(2).symbols1.o $(2).lines1.o $(2).id $(KERNEL_SCRIPT.$(1))
	$$(call say,link,$$@)
	$$(Q)$$(KERNEL_LINK.$(1)) --build-id=0x$$$$(cat $(2).id) $$(filter %.o,$$^) -o $$@
	$$(Q)$$(NM) -n $$@ | awk -f kernel/port/symbols.awk | cmp - $(2).symbols1.S
$(2).elf: $(2).debug.elf
	$$(call say,strip,$$@)
	$$(Q)$$(OBJCOPY) --strip-debug $$< $$@
endef

# $(call kernel_names,CPU), then $(call kernel_rules,CPU).
define kernel_names
KERNEL.$(1) := $(BUILD)/$(1)/kernel
KERNEL_SCRIPT.$(1) := kernel/arch/$(1)/kernel.ld
KERNEL_OBJECTS.$(1) := $(call objects,$(1),$(call sources,kernel/arch/$(1) $(KERNEL_FOLDERS) \
                           kernel/mem/release boot/arch/$(1)) $(KERNEL_LOADER)) \
                       $(KERNEL_SERVERS:%=$(BUILD)/$(1)/user/srv/%.o) \
                       $(ENGINE_OBJECTS.$(1)) $(HASH_OBJECTS.$(1)) $(TREE_OBJECTS.$(1)) $(BASE_OBJECTS.$(1))
KERNEL_LINK.$(1) = $(LD) --discard-locals -z max-page-size=4096 --build-id=0x0000000000000000 -T $$(KERNEL_SCRIPT.$(1))
endef
define kernel_rules
$(BUILD)/$(1)/kernel/port/target.o: CFLAGS.$(1) += -DKERNEL_TARGET=target_$(ENGINE_TARGET.$(1))
$(BUILD)/$(1)/kernel/port/font.o: $(FONT)
$(BUILD)/$(1)/kernel/port/font.o: CFLAGS.$(1) += -DKERNEL_FONT='"$(FONT)"'
$(KERNEL.$(1)).symbols0.S: kernel/port/symbols.awk
	$$(call say,symbols,$$@)
	$$(Q)awk -f $$< /dev/null > $$@
$(KERNEL.$(1)).lines0.S: tools/line_table
	$$(call say,lines,$$@)
	$$(Q)$$(LINE_TABLE) > $$@
$(foreach table,symbols lines,$(KERNEL.$(1)).$(table)0.o): %.o: %.S
	$$(call say,as,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(1)) -c $$< -o $$@
$(foreach server,$(KERNEL_SERVERS),$(eval $(call server_rules,$(1),$(server))))
$(call kernel_link,$(1),$(KERNEL.$(1)),$(KERNEL_OBJECTS.$(1)))
ALL += $(KERNEL.$(1)).elf
endef
$(foreach cpu,$(KERNEL_CPUS),$(eval $(call kernel_names,$(cpu))))
$(foreach cpu,$(KERNEL_CPUS),$(eval $(call kernel_rules,$(cpu))))
# The one that runs in the default machine.
KERNEL := $(KERNEL.x86_64)

# Unit tests run the portable parts over the null CPU.
KERNEL_TEST_SOURCES := $(wildcard kernel/mem/test/*_test.c kernel/chip/test/*_test.c \
                       kernel/port/test/*_test.c kernel/start/test/*_test.c \
                       kernel/arch/*/test/*_test.c)
KERNEL_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(KERNEL_TEST_SOURCES))
KERNEL_TESTED := $(call objects,san,$(call sources,kernel/arch/null) \
                 $(filter-out kernel/mem/memory.c,$(call sources,kernel/mem kernel/mem/debug)) \
                 $(call sources,kernel/chip) kernel/port/random.c kernel/port/symbol.c \
                 kernel/port/line.c kernel/start/setting.c kernel/start/arguments.c \
                 kernel/arch/x86_64/rate.c $(addprefix kernel/arch/riscv64/,console.c isa.c plic.c))
# As an archive: a test is linked with what it needs of them, and plays the rest itself.
KERNEL_TESTED_ARCHIVE := $(BUILD)/san/kernel/tested.a
$(KERNEL_TESTED_ARCHIVE): $(KERNEL_TESTED)
	$(call say,ar,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(KERNEL_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(KERNEL_TESTED_ARCHIVE) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(KERNEL_TESTS)
ALL += $(foreach cpu,$(KERNEL_CPUS),$(call objects,$(cpu),$(call sources,kernel/arch/null)))
