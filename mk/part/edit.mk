# The line editor: for the console server and whoever has a terminal.
EDIT_SOURCES := $(call sources,user/lib/edit)
EDIT_OBJECTS.wasm32 := $(call objects,wasm32,$(EDIT_SOURCES))
ALL += $(EDIT_OBJECTS.wasm32)

EDIT_TEST := $(BUILD)/san/user/lib/edit/test/edit_test
$(EDIT_TEST): %: %.o $(call objects,san,$(EDIT_SOURCES)) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(EDIT_TEST)
