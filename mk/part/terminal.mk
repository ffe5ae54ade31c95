# The console's libraries, each with its own test.
$(BUILD)/san/user/srv/terminal/test/filter_test: \
        $(call objects,san,user/srv/terminal/test/filter_test.c user/srv/terminal/filter.c)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BUILD)/san/user/srv/terminal/test/filter_test
# The lines that the log's server keeps.
$(BUILD)/san/user/srv/log/test/keep_test: %: %.o \
        $(call objects,san,user/srv/log/keep.c) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BUILD)/san/user/srv/log/test/keep_test
