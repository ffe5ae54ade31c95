# Fuzzing beside V8: a little in `make test` (TEST_NEEDS), open-ended by `make fuzz SEED=N`.
SEED ?= 1000000

.PHONY: fuzz
fuzz: $(BUILD)/host/copper
	@$(PYTHON) test/fuzz/differential.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --seed $(SEED) --keep $(BUILD)/fuzz
