# compile and target: tests of the compiler, with the whole engine on the host's port, and of the
# encoders. (After engine.mk and host.mk, whose variables these rules need.)
COMPILE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard engine/compile/test/*_test.c))
COMPILE_TEST_OBJECTS := $(ENGINE_OBJECTS.san) $(HOST_PORT_OBJECTS.san) $(BASE_OBJECTS.san)

$(BUILD)/engine/compile/test/%.wasm: engine/compile/test/%.wat
	@mkdir -p $(@D)
	$(call say,wat,$@)
	$(Q)wat2wasm --debug-names --enable-tail-call $< -o $@

$(addsuffix .o,$(COMPILE_TESTS)): CFLAGS.san += --embed-dir=$(BUILD)/engine/compile/test
$(addsuffix .o,$(COMPILE_TESTS)): \
    $(patsubst %.wat,$(BUILD)/%.wasm,$(wildcard engine/compile/test/*.wat))
$(COMPILE_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(COMPILE_TEST_OBJECTS)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(COMPILE_TESTS)

# The other tests of targets ask llvm-mc what was written.
TARGET_TESTS := $(patsubst %.c,$(BUILD)/san/%,\
    $(filter-out %/sample_test.c %/step_test.c,$(wildcard engine/target/*/test/*_test.c)))
$(TARGET_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(COMPILE_TEST_OBJECTS)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(TARGET_TESTS)

# Samples and preemption at every instruction: need the CPU, and how it tells of each.
SAMPLE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard $(addprefix engine/target/$(shell uname -m)/test/,sample_test.c step_test.c)))
$(addsuffix .o,$(SAMPLE_TESTS)): CFLAGS.san += --embed-dir=$(BUILD)/engine/compile/test
$(addsuffix .o,$(SAMPLE_TESTS)): $(BUILD)/engine/compile/test/sample.wasm $(BUILD)/engine/compile/test/switch.wasm
$(SAMPLE_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(COMPILE_TEST_OBJECTS)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(SAMPLE_TESTS)
