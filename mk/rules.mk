# How any source becomes an object, in any variant. $(call objects,VARIANT,SOURCES) names them.
# All objects depend on RULE_FILES: the rules themselves.
# A recipe starts with $(call say,WHAT,TARGET), which prints one short line; V=1 shows it whole.
BUILD := build
FETCH := $(BUILD)/fetch
VARIANTS := host $(CROSS_CPUS:%=host-%) san races $(CPUS) wasm32 efi
RULE_FILES := $(MAKEFILE_LIST)

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '%-8s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2))
endif

ifeq ($(filter run debug test test-all bench setup clean distclean help,$(or $(MAKECMDGOALS),all)),)
ifeq ($(shell command -v $(CC)),)
$(error $(CC) is missing: run tools/setup, which `make run` and `make test` do by themselves)
endif
endif

objects = $(addprefix $(BUILD)/$(1)/,$(addsuffix .o,$(basename $(2))))
sources = $(sort $(foreach folder,$(1),$(wildcard $(folder)/*.c $(folder)/*.S)))

define variant_rules
$(BUILD)/$(1)/%.o: %.c $(RULE_FILES)
	@mkdir -p $$(@D)
	$$(call say,cc,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(CFLAGS.$(1)) $$(call include_flags,$$<) -c $$< -o $$@
$(BUILD)/$(1)/%.o: %.S $(RULE_FILES)
	@mkdir -p $$(@D)
	$$(call say,as,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(1)) $$(call include_flags,$$<) -g -MMD -MP -c $$< -o $$@
endef
$(foreach variant,$(VARIANTS),$(eval $(call variant_rules,$(variant))))

-include $(shell find $(wildcard $(addprefix $(BUILD)/,$(VARIANTS))) -name '*.d' 2>/dev/null)
