# tree: device trees by libfdt (dual-licensed, taken under BSD), of the distribution's source package of
# kexec-tools; two of its files. doc/decisions/0037 says why from there. The rest of Copper sees
# <tree/device_tree.h> only.
KEXEC_VERSION := 2.0.25
KEXEC_SHA256 := 7ce2e5def38ec04f79feb107d02243dd586fbc68569eccf02f44bad3a13ec07d
KEXEC_ARCHIVE := $(FETCH)/kexec-tools-$(KEXEC_VERSION).tar.xz
LIBFDT := $(BUILD)/libfdt
LIBFDT_FILES := fdt fdt_ro
LIBFDT_FLAGS := -isystem $(LIBFDT)

$(KEXEC_ARCHIVE):
	$(Q)tools/fetch_source kexec-tools $(KEXEC_VERSION) $(KEXEC_SHA256) $@
$(LIBFDT)/unpacked: $(KEXEC_ARCHIVE) mk/part/base_tree.mk
	$(call say,unpack,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tar -xf $< -C $(@D) --strip-components=3 kexec-tools-$(KEXEC_VERSION)/kexec/libfdt
	$(Q)touch $@

# $(call tree_rules,VARIANT,FLAGS): where there is no C library FLAGS name its header.
define tree_rules
$(BUILD)/$(1)/libfdt/%.o: $(LIBFDT)/unpacked tree/freestanding/string.h
	@mkdir -p $$(@D)
	$$(call say,cc,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(1)) -std=c23 -w $(2) -I$(LIBFDT) -c $(LIBFDT)/$$*.c -o $$@
$(call objects,$(1),$(call sources,tree)): $(LIBFDT)/unpacked
$(call objects,$(1),$(call sources,tree)): CFLAGS.$(1) += $(2) $(LIBFDT_FLAGS)
TREE_OBJECTS.$(1) := $(call objects,$(1),$(call sources,tree)) $(LIBFDT_FILES:%=$(BUILD)/$(1)/libfdt/%.o)
endef
TREE_FREESTANDING := -Itree/freestanding -Ibase/include
$(foreach variant,host san,$(eval $(call tree_rules,$(variant))))
$(foreach cpu,$(CPUS),$(eval $(call tree_rules,$(cpu),$(TREE_FREESTANDING))))

# The tests' trees are made by dtc.
TREE_BLOBS := $(patsubst %.dts,$(BUILD)/%.dtb,$(wildcard tree/test/*.dts))
$(TREE_BLOBS): $(BUILD)/%.dtb: %.dts
	@mkdir -p $(@D)
	$(call say,dtc,$@)
	$(Q)dtc -q -I dts -O dtb -o $@ $<
$(BUILD)/san/tree/test/blobs.o: $(TREE_BLOBS)
$(BUILD)/san/tree/test/blobs.o: CFLAGS.san += -Wa,-I$(BUILD)/tree/test
TREE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard tree/test/*_test.c))
$(TREE_TESTS): %: %.o $(BUILD)/san/tree/test/blobs.o $(TREE_OBJECTS.san) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(TREE_TESTS)
