# Programs that only tests run: test/guest/NAME.c becomes build/test/NAME.wasm, and may import gates.
GUESTS := $(patsubst test/guest/%.c,$(BUILD)/test/%.wasm,$(wildcard test/guest/*.c))
$(GUESTS): $(BUILD)/test/%.wasm: $(BUILD)/wasm32/test/guest/%.o $(BASE_OBJECTS.wasm32) \
        $(call objects,wasm32,$(call sources,user/lib user/lib/wasm) base/src/memory.c)
	@mkdir -p $(@D)
	$(WASM_LD) $(USER_LDFLAGS) --export-memory $(sort $^) -o $@
ALL += $(GUESTS)
# The guardians bring what they make processes of.
$(BUILD)/wasm32/test/guest/guardian.o: $(BUILD)/test/child.wasm
$(BUILD)/wasm32/test/guest/guardian.o: CFLAGS.wasm32 += --embed-dir=$(BUILD)/test
$(BUILD)/wasm32/test/guest/storm.o: $(BUILD)/test/rioter.wasm
$(BUILD)/wasm32/test/guest/storm.o: CFLAGS.wasm32 += --embed-dir=$(BUILD)/test
# So does the crowd.
$(BUILD)/test/member.wasm: test/guest/member.wat
	@mkdir -p $(@D)
	$(Q)wat2wasm $< -o $@
$(BUILD)/wasm32/test/guest/crowd.o: $(BUILD)/test/member.wasm
$(BUILD)/wasm32/test/guest/crowd.o: CFLAGS.wasm32 += --embed-dir=$(BUILD)/test
# So does the pair whose messages bench-booted counts.
$(BUILD)/wasm32/test/guest/pair.o: $(BUILD)/bench/post.wasm
$(BUILD)/wasm32/test/guest/pair.o: CFLAGS.wasm32 += --embed-dir=$(BUILD)/bench
