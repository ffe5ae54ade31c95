# kernel/reload: what comes by the log's line. Its tests run the transfer, and the whole control
# channel over a pretended port, under sanitizers. (After hash.mk, whose HASH_OBJECTS this needs.)
RELOAD_TESTS := $(patsubst %.c,$(BUILD)/san/%,$(wildcard kernel/reload/test/*_test.c))
RELOAD_TESTED := $(call objects,san,kernel/reload/control.c kernel/reload/transfer.c \
                 kernel/reload/test/pretend.c) $(HASH_OBJECTS.san) $(BASE_OBJECTS.san)
$(RELOAD_TESTS): $(BUILD)/san/%: $(BUILD)/san/%.o $(RELOAD_TESTED)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(RELOAD_TESTS)
