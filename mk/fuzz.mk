# Fuzzing beside V8: a little in `make test` (test/test_fuzz.py), open-ended by `make fuzz SEED=N`,
# which tells each range of seeds that is done. FUZZ=wasm-opt takes wasm-opt's generator;
# FUZZ_COPPER=build/san/copper runs under sanitizers.
SEED ?= 1000000
FUZZ ?= own
FUZZ_COPPER ?= $(BUILD)/host/copper
TEST_NEEDS += $(BUILD)/san/copper

.PHONY: fuzz
fuzz: $(FUZZ_COPPER) $(NODE)
	@$(PYTHON) test/fuzz/differential.py --copper $(FUZZ_COPPER) --node $(NODE) \
	    $(if $(filter own,$(FUZZ)),--own) --log --seed $(SEED) --keep $(BUILD)/fuzz
