# The kernel of x86-64. It is linked twice: from the first link come the names of its functions and
# its source lines, for panics; since the tables lie behind the code, no function moves in the second.
KERNEL_FOLDERS := kernel/arch/x86_64 kernel/mem kernel/mem/release kernel/chip kernel/port kernel/start \
                  kernel/core kernel/wasm kernel/reload user/lib/native
# Servers that are native so far. Each is one object of which the kernel sees only what its header
# says: they are programs of their own, and may call a function as the kernel does.
KERNEL_SERVERS := clock random console files
# What a reload has in common with a loader: its second half.
KERNEL_LOADER := $(addprefix boot/src/,place.c complaint.c elf.c environment.c inflate.c initrd.c kernel.c \
                 memory.c pe.c tables.c) $(call sources,boot/arch/x86_64)
KERNEL_SCRIPT := kernel/arch/x86_64/kernel.ld
KERNEL_OBJECTS := $(call objects,x86_64,$(call sources,$(KERNEL_FOLDERS)) $(KERNEL_LOADER)) \
                  $(KERNEL_SERVERS:%=$(BUILD)/x86_64/user/srv/%.o) \
                  $(ENGINE_OBJECTS.x86_64) $(HASH_OBJECTS.x86_64) $(BASE_OBJECTS.x86_64)
KERNEL := $(BUILD)/x86_64/kernel
LINE_TABLE := tools/line_table $(DWARFDUMP) $(SYMBOLIZER)
KERNEL_LINK = $(LD) -z max-page-size=4096 --build-id=0x0000000000000000 -T $(KERNEL_SCRIPT)

$(BUILD)/x86_64/kernel/port/target.o: CFLAGS.x86_64 += -DKERNEL_TARGET=target_x86_64

# The console's font: Terminus (SIL Open Font License), from the distribution, pinned by hash.
FONT := $(BUILD)/font/Uni2-Terminus16.psf
FONT_SHA256 := 76b38323e80e09cd44a4ca4b0eaa681101874f208b8b5ba00c8c594cfd3b91c2
$(FETCH)/$(notdir $(FONT)).gz:
	$(Q)tools/fetch_package console-setup-linux usr/share/consolefonts/$(@F) $(FONT_SHA256) $@
$(FONT): $(FETCH)/$(notdir $(FONT)).gz
	@mkdir -p $(@D)
	$(call say,unpack,$@)
	$(Q)gzip -dc $< > $@
$(BUILD)/x86_64/kernel/port/font.o: $(FONT)
$(BUILD)/x86_64/kernel/port/font.o: CFLAGS.x86_64 += -DKERNEL_FONT='"$(FONT)"'

define server_rules
$(BUILD)/x86_64/user/srv/$(1).o: $(call objects,x86_64,$(call sources,user/srv/$(1)) user/lib/request.c)
	$$(call say,link,$$@)
	$$(Q)$$(LD) -r $$^ -o $$@
	$$(Q)$$(OBJCOPY) --wildcard --keep-global-symbol='server_*' --keep-global-symbol='$(1)_*' $$@
endef
$(foreach server,$(KERNEL_SERVERS),$(eval $(call server_rules,$(server))))

$(KERNEL).symbols0.S: kernel/port/symbols.awk
	$(call say,symbols,$@)
	$(Q)awk -f $< /dev/null > $@
$(KERNEL).lines0.S: tools/line_table
	$(call say,lines,$@)
	$(Q)$(LINE_TABLE) > $@
$(foreach table,symbols lines,$(KERNEL).$(table)0.o): %.o: %.S
	$(call say,as,$@)
	$(Q)$(CC) $(CFLAGS.x86_64) -c $< -o $@

# $(call kernel_link,NAME,OBJECTS). NAME.debug.elf has all that a debugger wants; NAME.elf is the same
# without.
define kernel_link
$(1).first.elf: $(2) $(KERNEL).symbols0.o $(KERNEL).lines0.o $(KERNEL_SCRIPT)
	$$(call say,link,$$@)
	$$(Q)$$(KERNEL_LINK) $$(filter %.o,$$^) -o $$@
# Which build it is: a hash of the first link without paths and lines, the same wherever it is made.
$(1).id: $(1).first.elf
	$$(Q)$$(OBJCOPY) --strip-all $$< $$@.elf && sha256sum <$$@.elf | cut -c1-16 >$$@
$(1).symbols1.S: $(1).first.elf kernel/port/symbols.awk
	$$(call say,symbols,$$@)
	$$(Q)$$(NM) -n $$< | awk -f kernel/port/symbols.awk > $$@
$(1).lines1.S: $(1).first.elf tools/line_table
	$$(call say,lines,$$@)
	$$(Q)$$(LINE_TABLE) $$< > $$@
$(1).symbols1.o $(1).lines1.o: %.o: %.S
	$$(call say,as,$$@)
	$$(Q)$$(CC) $$(CFLAGS.x86_64) -c $$< -o $$@
$(1).debug.elf: $(2) $(1).symbols1.o $(1).lines1.o $(1).id $(KERNEL_SCRIPT)
	$$(call say,link,$$@)
	$$(Q)$$(KERNEL_LINK) --build-id=0x$$$$(cat $(1).id) $$(filter %.o,$$^) -o $$@
	$$(Q)$$(NM) -n $$@ | awk -f kernel/port/symbols.awk | cmp - $(1).symbols1.S
$(1).elf: $(1).debug.elf
	$$(call say,strip,$$@)
	$$(Q)$$(OBJCOPY) --strip-debug $$< $$@
endef
$(eval $(call kernel_link,$(KERNEL),$(KERNEL_OBJECTS)))
# The engine is linked whole or not at all.
ifneq ($(wildcard engine/run/context.c),)
ALL += $(KERNEL).elf
endif


# Unit tests run the portable parts over the null CPU.
KERNEL_TEST_SOURCES := $(wildcard kernel/mem/test/*_test.c kernel/chip/test/*_test.c \
                       kernel/port/test/*_test.c kernel/start/test/*_test.c \
                       kernel/arch/x86_64/test/*_test.c)
KERNEL_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(KERNEL_TEST_SOURCES))
KERNEL_TESTED := $(call objects,san,$(call sources,kernel/arch/null) \
                 $(filter-out kernel/mem/memory.c,$(call sources,kernel/mem kernel/mem/debug)) \
                 $(call sources,kernel/chip) kernel/port/random.c kernel/port/symbol.c \
                 kernel/port/line.c kernel/start/setting.c kernel/start/arguments.c \
                 kernel/arch/x86_64/rate.c)
# As an archive: a test is linked with what it needs of them, and plays the rest itself.
KERNEL_TESTED_ARCHIVE := $(BUILD)/san/kernel/tested.a
$(KERNEL_TESTED_ARCHIVE): $(KERNEL_TESTED)
	$(call say,ar,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(KERNEL_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(KERNEL_TESTED_ARCHIVE) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(KERNEL_TESTS)
ALL += $(call objects,x86_64,$(call sources,kernel/arch/null))
