# user: programs. user/<kind>/<name>/*.c becomes build/user/<name>.wasm; servers are built for this
# machine, too, as long as they run as native processes.
USER_NATIVE_SOURCES := $(call sources,user/lib/native user/srv/clock user/srv/random \
                         user/srv/console) user/lib/request.c
USER_NATIVE_OBJECTS.host := $(call objects,host,$(USER_NATIVE_SOURCES))
USER_NATIVE_OBJECTS.san := $(call objects,san,$(USER_NATIVE_SOURCES))
ALL += $(USER_NATIVE_OBJECTS.host)

# The C library of wasm programs. A program may import what <user/system.h> and <user/device.h> name
# as imports, and nothing else: whatever is undefined is an error of the link.
USER_LIB.wasm32 := $(call objects,wasm32,$(call sources,user/lib user/lib/wasm)) \
                   $(BASE_OBJECTS.wasm32) $(call objects,wasm32,base/src/memory.c)
USER_LDFLAGS := --no-entry --stack-first -z stack-size=65536 --gc-sections --fatal-warnings

# $(call user_program,FOLDER): the program of that folder, under its folder's name.
define user_program
$(BUILD)/user/$(notdir $(1)).wasm: $(call objects,wasm32,$(call sources,$(1))) $(USER_LIB.wasm32)
	@mkdir -p $$(@D)
	$$(call say,link,$$@)
	$$(Q)$$(WASM_LD) $$(USER_LDFLAGS) $$(sort $$^) -o $$@
ALL += $(BUILD)/user/$(notdir $(1)).wasm
endef
$(foreach program,user/srv/clock user/srv/random user/srv/console, \
    $(eval $(call user_program,$(program))))

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
