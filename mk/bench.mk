# Benchmarks: bench/programs/*.c, native and as WASI programs, timed as ratios by bench/bench.py.
BENCH_NAMES := $(basename $(notdir $(wildcard bench/programs/*.c)))
BENCH := $(BUILD)/bench
NODE ?= node

$(BENCH)/%: bench/programs/%.c bench/programs/bench.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -O2 $< -o $@ -lm

$(BENCH)/%.wasm: bench/programs/%.c bench/programs/bench.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) --target=wasm32-wasi -O2 $< -o $@

.PHONY: bench
bench: $(BUILD)/host/copper $(BENCH_NAMES:%=$(BENCH)/%) $(BENCH_NAMES:%=$(BENCH)/%.wasm)
	@$(PYTHON) bench/bench.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --runner bench/wasi.mjs $(BENCH) $(BENCH_NAMES)
