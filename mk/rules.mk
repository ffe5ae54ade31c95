# How any source becomes an object, in any variant. $(call objects,VARIANT,SOURCES) names them.
BUILD := build
VARIANTS := host san x86_64 wasm32

objects = $(addprefix $(BUILD)/$(1)/,$(addsuffix .o,$(basename $(2))))
sources = $(sort $(foreach folder,$(1),$(wildcard $(folder)/*.c $(folder)/*.S)))

define variant_rules
$(BUILD)/$(1)/%.o: %.c $(MAKEFILE_LIST)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(CFLAGS.$(1)) $$(call include_flags,$$<) -c $$< -o $$@
$(BUILD)/$(1)/%.o: %.S $(MAKEFILE_LIST)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS.$(1)) $$(call include_flags,$$<) -g -MMD -MP -c $$< -o $$@
endef
$(foreach variant,$(VARIANTS),$(eval $(call variant_rules,$(variant))))

-include $(shell [ -d $(BUILD) ] && find $(BUILD) -name '*.d')
