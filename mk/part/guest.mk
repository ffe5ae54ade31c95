# Programs that only tests run: test/guest/NAME.c becomes build/test/NAME.wasm, and may import gates.
GUESTS := $(patsubst test/guest/%.c,$(BUILD)/test/%.wasm,$(wildcard test/guest/*.c))
$(GUESTS): $(BUILD)/test/%.wasm: $(BUILD)/wasm32/test/guest/%.o $(BASE_OBJECTS.wasm32) \
        $(call objects,wasm32,base/src/memory.c)
	@mkdir -p $(@D)
	$(WASM_LD) $(USER_LDFLAGS) --export-memory $(sort $^) -o $@
ALL += $(GUESTS)
