# user: programs. user/<kind>/<name>/*.c becomes build/wasm/<kind>/<name>.wasm; servers are built for
# this machine, too, as long as they run as native processes.
USER_NATIVE_SOURCES := $(call sources,user/lib/native user/srv/clock user/srv/random \
                         user/srv/console) user/lib/request.c
USER_NATIVE_OBJECTS.host := $(call objects,host,$(USER_NATIVE_SOURCES))
USER_NATIVE_OBJECTS.san := $(call objects,san,$(USER_NATIVE_SOURCES))
ALL += $(USER_NATIVE_OBJECTS.host)

# The C library of wasm programs. A program may import what <user/system.h> and <user/device.h> name
# as imports, and nothing else: whatever is undefined is an error of the link.
USER_LIB.wasm32 := $(call objects,wasm32,$(call sources,user/lib user/lib/wasm)) \
                   $(BASE_OBJECTS.wasm32) $(call objects,wasm32,base/src/memory.c)
USER_LDFLAGS := --no-entry --stack-first -z stack-size=65536 --gc-sections --strip-debug \
    --fatal-warnings

# $(call user_program,FOLDER): the program of that folder, and of its folder wasm, if it has one.
user_wasm = $(patsubst user/%,$(BUILD)/wasm/%.wasm,$(1))
define user_program
$(call user_wasm,$(1)): $(call objects,wasm32,$(call sources,$(1) $(1)/wasm)) $(USER_LIB.wasm32)
	@mkdir -p $$(@D)
	$$(call say,link,$$@)
	$$(Q)$$(WASM_LD) $$(USER_LDFLAGS) $$(sort $$^) -o $$@
ALL += $(call user_wasm,$(1))
endef
$(foreach program,user/srv/clock user/srv/random user/srv/log user/srv/show user/srv/pipe \
        user/app/template-handler user/app/template-command, \
    $(eval $(call user_program,$(program))))

# init carries the reader of the wiring file.
$(eval $(call user_program,user/srv/init))
$(call user_wasm,user/srv/init): $(call objects,wasm32,$(call sources,user/lib/wiring))

# The console server carries the line editor, as does the shell.
$(eval $(call user_program,user/srv/terminal))
$(call user_wasm,user/srv/terminal): $(EDIT_OBJECTS.wasm32)

# Tools: user/app/NAME is a command.
$(foreach tool,$(filter-out shell,$(DEFAULT_APPS)),$(eval $(call user_program,user/app/$(tool))))

$(eval $(call user_program,user/app/shell))
$(call user_wasm,user/app/shell): $(EDIT_OBJECTS.wasm32)

SHELL_TEST := $(BUILD)/san/user/app/shell/test/shell_test
$(SHELL_TEST): %: %.o $(call objects,san,$(addprefix user/app/shell/,parse.c variable.c kind.c)) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(SHELL_TEST)

# Drivers: user/drv/NAME becomes build/wasm/drv/NAME.wasm. What they have in common is user/drv/common.
define user_driver
$(BUILD)/wasm/drv/$(1).wasm: $(call objects,wasm32,$(call sources,user/drv/$(1) user/drv/common)) $(USER_LIB.wasm32)
	@mkdir -p $$(@D)
	$$(call say,link,$$@)
	$$(Q)$$(WASM_LD) $$(USER_LDFLAGS) $$(sort $$^) -o $$@
ALL += $(BUILD)/wasm/drv/$(1).wasm
endef
DRIVERS := $(filter-out common,$(notdir $(wildcard user/drv/*)))
$(foreach driver,$(DRIVERS),$(eval $(call user_driver,$(driver))))

USER_NATIVE_TEST := $(call objects,san,user/lib/native/test/machine.c) $(USER_NATIVE_OBJECTS.san) \
                    $(CORE_OBJECTS.san) $(BASE_OBJECTS.san)
USER_NATIVE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard user/lib/native/test/*_test.c))
$(USER_NATIVE_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(USER_NATIVE_TEST)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
$(BUILD)/san/user/lib/test/heap_test: $(call objects,san,user/lib/test/heap_test.c user/lib/heap.c)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(USER_NATIVE_TESTS) $(BUILD)/san/user/lib/test/heap_test

# The wiring file's reader: for `copper image` and for init.
WIRING_SOURCES := $(call sources,user/lib/wiring)
WIRING_OBJECTS.host := $(call objects,host,$(WIRING_SOURCES))
WIRING_OBJECTS.san := $(call objects,san,$(WIRING_SOURCES))
WIRING_OBJECTS.wasm32 := $(call objects,wasm32,$(WIRING_SOURCES))
ALL += $(WIRING_OBJECTS.host) $(WIRING_OBJECTS.wasm32)

WIRING_TEST := $(BUILD)/san/user/lib/wiring/test/wiring_test
WIRING_FUZZ := user/lib/wiring/test/fuzz/wiring
$(BUILD)/san/$(WIRING_FUZZ): $(call objects,san,boot/test/fuzz/repeat.c) $(BOOT_TEST_COMMON)
$(WIRING_TEST) $(BUILD)/san/$(WIRING_FUZZ): %: %.o $(WIRING_OBJECTS.san) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(WIRING_TEST) $(BUILD)/san/$(WIRING_FUZZ)

# `make fuzz-wiring` looks on, with libFuzzer, until it finds something or is stopped.
$(BUILD)/fuzz/$(WIRING_FUZZ): %: %.o $(call objects,fuzz,$(WIRING_SOURCES)) $(BOOT_FUZZ_COMMON)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) -fsanitize=fuzzer $^ -o $@
.PHONY: fuzz-wiring
fuzz-wiring: $(BUILD)/fuzz/$(WIRING_FUZZ) $(BUILD)/san/$(WIRING_FUZZ)
	$(Q)mkdir -p $(BUILD)/fuzz-wiring/corpus $(BUILD)/fuzz-wiring/seeds
	$(Q)$(BUILD)/san/$(WIRING_FUZZ) $(BUILD)/fuzz-wiring/seeds
	$(Q)nice $< -max_len=4096 -timeout=20 -artifact_prefix=$(BUILD)/fuzz-wiring/ $(FUZZ_FLAGS) \
	    $(BUILD)/fuzz-wiring/corpus $(BUILD)/fuzz-wiring/seeds

# init's decisions, over pretended gates and a pretended kernel.
INIT_TEST := $(BUILD)/san/user/srv/init/test/init_test
$(INIT_TEST): $(INIT_TEST).o $(call objects,san,$(call sources,user/srv/init) \
          user/lib/ask.c user/lib/birth.c user/lib/request.c) \
        $(WIRING_OBJECTS.san) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(INIT_TEST)
