# kernel/wasm: programs: gates, birth record, linking, running.
WASM_SOURCES := $(call sources,kernel/wasm)
WASM_OBJECTS.host := $(call objects,host,$(WASM_SOURCES))
WASM_OBJECTS.san := $(call objects,san,$(WASM_SOURCES))
ALL += $(WASM_OBJECTS.host)

# Its test plays compiled code by scripts, over the rest of the engine and the host port.
WASM_TEST_MODULES := $(patsubst %.wat,$(BUILD)/%.wasm,$(wildcard kernel/wasm/test/*.wat))
$(WASM_TEST_MODULES): $(BUILD)/%.wasm: %.wat
	@mkdir -p $(@D)
	wat2wasm --enable-all $< -o $@
WASM_TEST_ENGINE := $(call sources,engine/decode engine/validate engine/code) \
                    $(addprefix engine/run/,gate.c initialize.c instance.c layout.c link.c \
                      memory.c module.c region.c segment.c table.c)
$(BUILD)/san/kernel/wasm/test/program_test.o: $(WASM_TEST_MODULES)
$(BUILD)/san/kernel/wasm/test/program_test.o: CFLAGS.san += --embed-dir=$(BUILD)/kernel/wasm/test
$(BUILD)/san/kernel/wasm/test/program_test: \
        $(call objects,san,kernel/wasm/test/program_test.c kernel/wasm/test/double.c) \
        $(call objects,san,$(WASM_TEST_ENGINE)) $(WASM_OBJECTS.san) $(CORE_OBJECTS.san) \
        $(BASE_OBJECTS.san) $(call objects,san,$(filter-out %/target.c,$(HOST_PORT_SOURCES)))
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BUILD)/san/kernel/wasm/test/program_test

# Processes made by processes: compiled code, with the whole engine.
PROCESS_TEST := $(BUILD)/san/kernel/wasm/test/process_test
$(PROCESS_TEST).o: $(BUILD)/test/guardian.wasm
$(PROCESS_TEST).o: CFLAGS.san += --embed-dir=$(BUILD)/test
$(PROCESS_TEST): $(PROCESS_TEST).o $(WASM_OBJECTS.san) $(CORE_OBJECTS.san) $(ENGINE_OBJECTS.san) \
        $(HOST_PORT_OBJECTS.san) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $(sort $^) -o $@
UNIT_TESTS += $(PROCESS_TEST)

# The kernel as a server, asked by a native client.
SERVICE_SOURCES := $(call sources,kernel/service)
ALL += $(call objects,host,$(SERVICE_SOURCES))
SERVICE_TEST := $(BUILD)/san/kernel/service/test/service_test
$(SERVICE_TEST).o: $(BUILD)/test/child.wasm
$(SERVICE_TEST).o: CFLAGS.san += --embed-dir=$(BUILD)/test
$(SERVICE_TEST): $(SERVICE_TEST).o $(call objects,san,$(SERVICE_SOURCES)) $(WASM_OBJECTS.san) \
        $(CORE_OBJECTS.san) $(ENGINE_OBJECTS.san) $(HOST_PORT_OBJECTS.san) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $(sort $^) -o $@
UNIT_TESTS += $(SERVICE_TEST)
