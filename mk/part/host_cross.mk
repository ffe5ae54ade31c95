# The copper command for the other CPUs under Linux: build/host-CPU/copper, linked statically against the
# distribution's cross C library, to be run by qemu-CPU (or by a machine). Each is one variant more, of the
# sources of host.mk. (After engine.mk, hash.mk and host.mk, whose variables this needs; tools.mk names
# CROSS_CPUS.) `copper spec` reads JSON by jansson (MIT licence), of which there is no cross package: it is
# built from the distribution's source package.
JANSSON_VERSION := 2.14
JANSSON_SHA256 := c739578bf6b764aa0752db9a2fdadcfe921c78f1228c7ec0bb47fa804c55d17b
JANSSON := $(BUILD)/jansson
JANSSON_ARCHIVE := $(FETCH)/jansson-$(JANSSON_VERSION).tar.gz
JANSSON_FILES := dump error hashtable hashtable_seed load memory pack_unpack strbuffer strconv utf value version
JANSSON_FLAGS := -I$(JANSSON)/src -I$(JANSSON)/android -DHAVE_STDINT_H -DHAVE_UNISTD_H -DHAVE_FCNTL_H \
    -DHAVE_GETPID -DHAVE_GETTIMEOFDAY -DHAVE_SYS_TIME_H -DHAVE_ATOMIC_BUILTINS

$(JANSSON_ARCHIVE):
	$(Q)tools/fetch_source jansson $(JANSSON_VERSION) $(JANSSON_SHA256) $@
$(JANSSON)/unpacked: $(JANSSON_ARCHIVE) mk/part/host_cross.mk
	$(call say,unpack,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tar -xf $< -C $(@D) --strip-components=1
	$(Q)touch $(@D)/src/jansson_private_config.h $@

# $(call cross_rules,CPU,VARIANT)
define cross_rules
$(BUILD)/$(2)/jansson/%.o: $(JANSSON)/unpacked
	@mkdir -p $$(@D)
	$$(call say,cc,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -w $(JANSSON_FLAGS) -c $(JANSSON)/src/$$*.c -o $$@
$(call objects,$(2),$(call sources,host/spec)): $(JANSSON)/unpacked
$(call objects,$(2),$(call sources,host/spec)): CFLAGS.$(2) += -isystem $(JANSSON)/src -isystem $(JANSSON)/android
$(BUILD)/$(2)/host/command/system.o: $(EMBED_FILES)
$(BUILD)/$(2)/host/command/system.o: CFLAGS.$(2) += $(EMBED_FLAGS)
CROSS_OBJECTS.$(1) := $(patsubst $(BUILD)/host/%,$(BUILD)/$(2)/%,\
    $(filter-out $(HOST_PORT_OBJECTS.host),$(COMMAND_OBJECTS))) \
    $(call objects,$(2),$(call sources,host/port host/port/arch/$(1))) $(JANSSON_FILES:%=$(BUILD)/$(2)/jansson/%.o)
$(BUILD)/$(2)/copper: $$(CROSS_OBJECTS.$(1))
	$$(call say,link,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -static -fuse-ld=lld $$^ -o $$@
endef
$(foreach cpu,$(CROSS_CPUS),$(eval $(call cross_rules,$(cpu),host-$(cpu))))
COMMANDS_CROSS := $(CROSS_CPUS:%=$(BUILD)/host-%/copper)
TEST_NEEDS += $(COMMANDS_CROSS)

# The unit tests that execute code, as test/test_cross.py runs them: without sanitizers, which are not there.
# $(call cross_test_rules,CPU,VARIANT)
CROSS_TESTS := $(addprefix engine/compile/test/,run_test tail_test overflow_test far_test)
define cross_test_rules
$(CROSS_TESTS:%=$(BUILD)/$(2)/%.o): CFLAGS.$(2) += --embed-dir=$(BUILD)/engine/compile/test
$(CROSS_TESTS:%=$(BUILD)/$(2)/%.o): $(patsubst %.wat,$(BUILD)/%.wasm,$(wildcard engine/compile/test/*.wat))
$(BUILD)/$(2)/host/port/test/port_test.o: CFLAGS.$(2) += -Ihost/port/arch/$(1)
$(CROSS_TESTS:%=$(BUILD)/$(2)/%): %: %.o $(patsubst $(BUILD)/host/%,$(BUILD)/$(2)/%,$(ENGINE_OBJECTS.host) $(BASE_OBJECTS.host)) \
    $(call objects,$(2),$(call sources,host/port host/port/arch/$(1)))
	$$(call say,link,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -static -fuse-ld=lld $$^ -o $$@
$(BUILD)/$(2)/host/port/test/port_test: %: %.o $(patsubst $(BUILD)/host/%,$(BUILD)/$(2)/%,$(BASE_OBJECTS.host)) \
    $(filter-out %/target.o,$(call objects,$(2),$(call sources,host/port host/port/arch/$(1))))
	$$(call say,link,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -static -fuse-ld=lld $$^ -o $$@
TEST_NEEDS += $(CROSS_TESTS:%=$(BUILD)/$(2)/%) $(BUILD)/$(2)/host/port/test/port_test
endef
$(foreach cpu,$(CROSS_CPUS),$(eval $(call cross_test_rules,$(cpu),host-$(cpu))))

# All of the specification's scripts on each. What `make test` runs there is in test/test_cross.py.
.PHONY: test-cross $(CROSS_CPUS:%=test-cross-%)
test-cross: $(CROSS_CPUS:%=test-cross-%)
$(CROSS_CPUS:%=test-cross-%): test-cross-%: $(BUILD)/host-%/copper
	@$(PYTHON) test/run.py --emulator qemu-$* --spec $< $(SPEC_ARCHIVES)
