# engine: wasm. Knows no kernel and no Linux; what it needs of them is <engine/port.h>.
# Hosts have every target, a kernel its own.
ENGINE_FOLDERS := engine/decode engine/validate engine/code engine/run engine/compile
ENGINE_SOURCES := $(call sources,$(ENGINE_FOLDERS) engine/target/null $(CPUS:%=engine/target/%))
ENGINE_OBJECTS.host := $(call objects,host,$(ENGINE_SOURCES))
ENGINE_OBJECTS.san := $(call objects,san,$(ENGINE_SOURCES))
# A CPU without a back end has none that compiles.
$(foreach cpu,$(CPUS),$(eval ENGINE_TARGET.$(cpu) := $(if $(wildcard engine/target/$(cpu)/*.c),$(cpu),null)))
$(foreach cpu,$(CPUS),$(eval ENGINE_OBJECTS.$(cpu) := \
    $(call objects,$(cpu),$(call sources,$(ENGINE_FOLDERS) engine/target/$(ENGINE_TARGET.$(cpu))))))
ALL += $(ENGINE_OBJECTS.host)

# Tests: without the compiler (test/double.c stands in for it), on the host's port.
ENGINE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard engine/test/*_test.c))
ENGINE_TEST_SOURCES := $(filter-out engine/run/context.c engine/run/stub.c,\
    $(call sources,engine/decode engine/validate engine/code engine/run)) \
    engine/compile/facts.c engine/compile/body.c engine/test/double.c
ENGINE_TEST_PORT := $(filter-out %/target.c,\
    $(call sources,host/port host/port/arch/$(shell uname -m)))
ENGINE_TEST_OBJECTS := $(call objects,san,$(ENGINE_TEST_SOURCES) $(ENGINE_TEST_PORT)) \
                       $(BASE_OBJECTS.san)

$(BUILD)/engine/test/%.wasm: engine/test/%.wat
	@mkdir -p $(@D)
	$(call say,wat,$@)
	$(Q)wat2wasm --debug-names --enable-tail-call --enable-extended-const $< -o $@

$(addsuffix .o,$(ENGINE_TESTS)): CFLAGS.san += --embed-dir=$(BUILD)/engine/test
$(addsuffix .o,$(ENGINE_TESTS)): \
    $(patsubst %.wat,$(BUILD)/%.wasm,$(wildcard engine/test/*.wat))
$(ENGINE_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(ENGINE_TEST_OBJECTS)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(ENGINE_TESTS)
