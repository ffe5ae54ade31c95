# Fuzzing beside V8, open-ended: `make fuzz SEED=N`.
SEED ?= 1000000

.PHONY: fuzz
fuzz: $(BUILD)/host/copper
	@$(PYTHON) test/fuzz/differential.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --seed $(SEED) --keep $(BUILD)/fuzz
