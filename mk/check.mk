# Formatter, linters, headers, symbols. `make check` changes nothing; `make format` does.
# (Folders are searched, not git asked: it answers nobody but the owner of the clone.)
CODE_FOLDERS := base hash tree boot engine spec host kernel user
C_FILES = $(sort $(shell find $(CODE_FOLDERS) abi bench programs proto test -name '*.[ch]'))
# Left out: system.c, which only embeds what the build made under names that the build gives, and
# sha256.c and tree/, which call libraries that the build unpacks.
TIDY_FILES = $(sort $(shell find $(CODE_FOLDERS) -name '*.c' ! -path '*/test/*' \
    ! -path host/command/system.c ! -path hash/sha256.c ! -path 'tree/*'))
HEADERS = $(foreach file,$(filter %.h,$(C_FILES)),$(if $(findstring /include/,$(file)),$(file)))
SCRIPTS = $(shell grep -rlE '^.!/bin/(ba)?sh' .ci tools)

.PHONY: check check-format check-tidy check-headers check-scripts check-symbols format
check: check-format check-scripts check-headers check-symbols check-tidy

check-format:
	$(call say,check,format)
	$(Q)$(FORMAT) --dry-run -Werror $(C_FILES)

check-scripts:
	$(call say,check,scripts)
	$(Q)shellcheck $(SCRIPTS)
	$(Q)$(PYTHON) -m compileall -q test

# Each public header compiles alone, with only what its own layer may see.
check-headers: $(HEADERS:%=$(BUILD)/check/%.ok)
$(BUILD)/check/%.h.ok: %.h $(MAKEFILE_LIST)
	@mkdir -p $(@D)
	$(call say,header,$<)
	$(Q)$(CC) $(CFLAGS) $(call include_flags,$<) -D_GNU_SOURCE -MF $(@:.ok=.d) -MT $@ \
	    -fsyntax-only -x c -include $< /dev/null
	@touch $@
-include $(shell find $(wildcard $(BUILD)/check) -name '*.d' 2>/dev/null)

# What the engine asks of the world is engine/port.h, base, and the compiler's four memory functions.
ENGINE_FILES := $(shell find engine -name '*.[cS]' ! -path '*/test/*')
check-symbols: $(BASE_OBJECTS.x86_64) $(call objects,x86_64,$(ENGINE_FILES))
	$(call say,check,symbols)
	$(Q)tools/check_symbols engine/include/engine/port.h $(BASE_OBJECTS.x86_64) -- \
	    $(call objects,x86_64,$(ENGINE_FILES))

check-tidy:
	$(call say,check,tidy)
	$(Q)printf '%s\n' $(foreach file,$(TIDY_FILES),'$(file) $(call include_flags,$(file))') | \
	    xargs -P $(shell nproc) -L 1 tools/tidy $(TIDY)

format:
	$(FORMAT) -i $(C_FILES)
