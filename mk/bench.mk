# Benchmarks: each program of bench/programs built for this machine and for wasm32, at -O2. What is
# printed are ratios within one run; no test looks at them.
BENCH_SOURCES := $(wildcard bench/programs/*.c)
BENCH_NATIVE := $(patsubst bench/programs/%.c,$(BUILD)/bench/native/%,$(BENCH_SOURCES))
BENCH_WASM := $(patsubst bench/programs/%.c,$(BUILD)/bench/wasm/%.wasm,$(BENCH_SOURCES))
BENCH_CFLAGS := -std=gnu23 -D_GNU_SOURCE $(filter-out -Wmissing-prototypes,$(WARNINGS))

.PHONY: bench bench-all
bench: setup
	@$(MAKE) --no-print-directory bench-all

$(BENCH_NATIVE): $(BUILD)/bench/native/%: bench/programs/%.c bench/programs/bench.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) $(BENCH_CFLAGS) -O2 $< -o $@ -lm
$(BUILD)/bench/wasm/%.o: bench/programs/%.c bench/programs/bench.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) $(BENCH_CFLAGS) $(WASI_CFLAGS) -c $< -o $@
$(BENCH_WASM): $(BUILD)/bench/wasm/%.wasm: $(BUILD)/bench/wasm/%.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK) --strip-debug

bench-all: $(BENCH_NATIVE) $(BENCH_WASM) $(BUILD)/host/copper $(NODE) $(PROGRAMS)/hello.wasm
	@$(PYTHON) bench/bench.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --runner test/run_wasi.mjs --native $(BUILD)/bench/native --hello $(PROGRAMS)/hello.wasm \
	    $(BENCH_WASM)
