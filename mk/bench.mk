# Benchmarks: bench/programs/*.c, native and as WASI programs, timed as ratios by bench/bench.py.
# No test looks at them.
BENCH_NAMES := $(basename $(notdir $(wildcard bench/programs/*.c)))
BENCH := $(BUILD)/bench

.PHONY: bench bench-all
bench: setup
	@$(MAKE) --no-print-directory bench-all

$(BENCH)/%: bench/programs/%.c bench/programs/bench.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 -O2 $< -o $@ -lm

$(BENCH)/%.o: bench/programs/%.c bench/programs/bench.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 $(WASI_CFLAGS) -c $< -o $@
$(BENCH)/%.wasm: $(BENCH)/%.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK) --strip-debug
.SECONDARY: $(BENCH_NAMES:%=$(BENCH)/%.o)

bench-all: $(BUILD)/host/copper $(NODE) $(PROGRAMS)/hello.wasm $(BENCH_NAMES:%=$(BENCH)/%) \
        $(BENCH_NAMES:%=$(BENCH)/%.wasm)
	@$(PYTHON) bench/bench.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --runner test/run_wasi.mjs --hello $(PROGRAMS)/hello.wasm $(BENCH) $(BENCH_NAMES)

# User time of hostile modules in growing sizes: test/hostile.py.
.PHONY: bench-hostile
bench-hostile: $(BUILD)/host/copper
	@$(PYTHON) test/hostile.py $<
