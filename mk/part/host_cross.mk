# The copper command for the other CPUs under Linux: build/host-CPU/copper, linked statically against the
# distribution's cross C library, to be run by qemu-CPU (or by a machine). Each is one variant more, of the
# sources of host.mk. (After engine.mk, hash.mk and host.mk, whose variables this needs; tools.mk names
# CROSS_CPUS.)
# $(call cross_rules,CPU,VARIANT)
define cross_rules
$(call jansson_rules,$(2))
$(BUILD)/$(2)/host/command/system.o: $(EMBED_FILES)
$(BUILD)/$(2)/host/command/system.o: CFLAGS.$(2) += $(EMBED_FLAGS)
CROSS_OBJECTS.$(1) := $(patsubst $(BUILD)/host/%,$(BUILD)/$(2)/%,\
    $(filter-out $(HOST_PORT_OBJECTS.host),$(COMMAND_OBJECTS))) \
    $(call objects,$(2),$(call sources,host/port host/port/arch/$(1))) $$(JANSSON_OBJECTS.$(2))
$(BUILD)/$(2)/copper: $$(CROSS_OBJECTS.$(1))
	$$(call say,link,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -static -fuse-ld=lld $$^ -o $$@
endef
$(foreach cpu,$(CROSS_CPUS),$(eval $(call cross_rules,$(cpu),host-$(cpu))))
COMMANDS_CROSS := $(CROSS_CPUS:%=$(BUILD)/host-%/copper)
TEST_NEEDS += $(COMMANDS_CROSS)

# The unit tests that execute code, as test/test_cross.py runs them: without sanitizers, which are not there.
# $(call cross_test_rules,CPU,VARIANT)
CROSS_TESTS := $(addprefix engine/compile/test/,run_test tail_test overflow_test far_test switch_test preempt_test)
define cross_test_rules
CROSS_TESTS.$(1) := $(CROSS_TESTS) $(addprefix engine/target/$(1)/test/,sample_test step_test)
$$(CROSS_TESTS.$(1):%=$(BUILD)/$(2)/%.o): CFLAGS.$(2) += --embed-dir=$(BUILD)/engine/compile/test
$$(CROSS_TESTS.$(1):%=$(BUILD)/$(2)/%.o): $(patsubst %.wat,$(BUILD)/%.wasm,$(wildcard engine/compile/test/*.wat))
$(BUILD)/$(2)/host/port/test/port_test.o: CFLAGS.$(2) += -Ihost/port/arch/$(1)
$$(CROSS_TESTS.$(1):%=$(BUILD)/$(2)/%): %: %.o $(patsubst $(BUILD)/host/%,$(BUILD)/$(2)/%,$(ENGINE_OBJECTS.host) $(BASE_OBJECTS.host)) \
    $(call objects,$(2),$(call sources,host/port host/port/arch/$(1)))
	$$(call say,link,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -static -fuse-ld=lld $$^ -o $$@
$(BUILD)/$(2)/host/port/test/port_test: %: %.o $(patsubst $(BUILD)/host/%,$(BUILD)/$(2)/%,$(BASE_OBJECTS.host)) \
    $(filter-out %/target.o,$(call objects,$(2),$(call sources,host/port host/port/arch/$(1))))
	$$(call say,link,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(2)) -static -fuse-ld=lld $$^ -o $$@
TEST_NEEDS += $$(CROSS_TESTS.$(1):%=$(BUILD)/$(2)/%) $(BUILD)/$(2)/host/port/test/port_test
endef
$(foreach cpu,$(CROSS_CPUS),$(eval $(call cross_test_rules,$(cpu),host-$(cpu))))
