# The WASI adapter: a wasm module that every WASI program is linked with at load. It imports only gates
# and the two copy calls; wasm-ld refuses anything else.
WASI_SOURCES := $(call sources,user/lib/wasi)
WASI_OBJECTS.wasm32 := $(call objects,wasm32,$(WASI_SOURCES) $(BASE_SOURCES) $(BASE_FREESTANDING))
WASI_STACK := 16384
WASI_MEMORY := 262144
WASI_ADAPTER := $(BUILD)/user/wasi_snapshot_preview1.wasm

$(WASI_ADAPTER): $(WASI_OBJECTS.wasm32)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(WASM_LD) --no-entry --gc-sections --strip-debug -z stack-size=$(WASI_STACK) --stack-first \
		--max-memory=$(WASI_MEMORY) $^ -o $@
ALL += $(WASI_ADAPTER)

# The file server as a program; natively the kernel links it.
$(eval $(call user_program,user/srv/files))

# Tests: adapter and file server compiled for this machine, in a pretended world.
FILES_OBJECTS.san := $(call objects,san,$(call sources,user/srv/files user/srv/files/native))
WASI_WORLD := $(call objects,san,user/lib/wasi/test/world.c user/lib/request.c $(WASI_SOURCES)) \
              $(FILES_OBJECTS.san) $(BASE_OBJECTS.san)
WASI_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard user/lib/wasi/test/*_test.c))
$(WASI_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(WASI_WORLD)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(WASI_TESTS)

FILES_TESTED := $(call objects,san,user/srv/files/test/client.c) $(FILES_OBJECTS.san) \
                $(USER_NATIVE_TEST)
FILES_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard user/srv/files/test/*_test.c))
$(FILES_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(FILES_TESTED)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(FILES_TESTS)

# Programs of the tests for WASI, with the C library.
WASI_PROBES := $(patsubst test/wasi/%.c,$(BUILD)/test/wasi/%.wasm,$(wildcard test/wasi/*.c))
$(BUILD)/test/wasi/%.o: test/wasi/%.c mk/part/wasi.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 -D_GNU_SOURCE $(WARNINGS) $(WASI_CFLAGS) -c $< -o $@
$(WASI_PROBES): %.wasm: %.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK)
ALL += $(WASI_PROBES)
