# base: freestanding C for everyone. On the host libc's mem* functions are used, so base/src/memory.c is
# for the freestanding variants only.
BASE_FREESTANDING := base/src/memory.c
BASE_SOURCES := $(filter-out $(BASE_FREESTANDING),$(call sources,base/src))
BASE_OBJECTS.host := $(call objects,host,$(BASE_SOURCES))
BASE_OBJECTS.san := $(call objects,san,$(BASE_SOURCES))
$(foreach cpu,$(CPUS),$(eval BASE_OBJECTS.$(cpu) := $(call objects,$(cpu),$(BASE_SOURCES) $(BASE_FREESTANDING))))
BASE_OBJECTS.wasm32 := $(call objects,wasm32,$(BASE_SOURCES))
ALL += $(BASE_OBJECTS.host)

BASE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard base/test/*_test.c))
$(BASE_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BASE_TESTS)
