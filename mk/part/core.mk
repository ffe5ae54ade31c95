# kernel/core: processes, mailboxes, handles, the log; portable. Its tests run under sanitizers.
CORE_SOURCES := $(call sources,kernel/core)
CORE_OBJECTS.host := $(call objects,host,$(CORE_SOURCES))
CORE_OBJECTS.san := $(call objects,san,$(CORE_SOURCES) host/port/lock.c host/port/device.c)
ALL += $(CORE_OBJECTS.host)

CORE_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard kernel/core/test/*_test.c))
CORE_TEST_OBJECTS := $(call objects,san,kernel/core/test/pretend.c) $(CORE_OBJECTS.san) \
                     $(BASE_OBJECTS.san)
$(CORE_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(CORE_TEST_OBJECTS)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(CORE_TESTS)

# Threads as cores, under the sanitizer that sees races.
CORE_RIOT := $(BUILD)/races/kernel/core/test/threads/riot_test
$(CORE_RIOT): $(call objects,races,kernel/core/test/threads/riot_test.c kernel/core/test/threads/port.c \
                $(CORE_SOURCES) host/port/device.c $(BASE_SOURCES))
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.races) $^ -o $@
UNIT_TESTS += $(CORE_RIOT)
