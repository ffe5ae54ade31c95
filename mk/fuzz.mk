# Fuzzing beside V8: a little in `make test` (test/test_fuzz.py), open-ended by `make fuzz SEED=N`,
# which tells each range of seeds that is done. FUZZ=wasm-opt takes wasm-opt's generator;
# FUZZ_COPPER=build/san/copper runs under sanitizers. `make fuzz-cross` does the same for the other CPUs,
# under qemu-user: each has its turn on the same modules.
SEED ?= 1000000
FUZZ ?= own
FUZZ_COPPER ?= $(BUILD)/host/copper
TEST_NEEDS += $(BUILD)/san/copper

.PHONY: fuzz
fuzz: $(FUZZ_COPPER) $(NODE)
	@$(PYTHON) test/fuzz/differential.py --copper $(FUZZ_COPPER) --node $(NODE) \
	    $(if $(filter own,$(FUZZ)),--own) --log --seed $(SEED) --keep $(BUILD)/fuzz

.PHONY: fuzz-cross
fuzz-cross: $(COMMANDS_CROSS) $(NODE)
	@$(PYTHON) test/fuzz/differential.py --node $(NODE) $(if $(filter own,$(FUZZ)),--own) --log --seed $(SEED) \
	    --keep $(BUILD)/fuzz --copper $(foreach cpu,$(CROSS_CPUS),"qemu-$(cpu) $(BUILD)/host-$(cpu)/copper")

# Mutated modules of the specification's tests against decoder, validator, linker and compiler, under
# sanitizers, one seed after the other until stopped: `make fuzz-decode SEED=N`.
MUTANTS := $(BUILD)/san/engine/test/fuzz_test $(BUILD)/san/engine/compile/test/mutant_test
MUTANT_CORPUS := $(BUILD)/fuzz/corpus

$(MUTANT_CORPUS)/.unpacked: $(TESTDATA)/spec/core.tar.zst $(TESTDATA)/spec/proposals.tar.zst
	@rm -rf $(@D) && mkdir -p $(@D)
	@for archive in $^; do tar --zstd -xf $$archive -C $(@D) || exit 1; done
	@touch $@

.PHONY: fuzz-decode
fuzz-decode: $(MUTANTS) $(MUTANT_CORPUS)/.unpacked
	@seed=$(SEED); while :; do \
	    find $(MUTANT_CORPUS) -name '*.wasm' -size -64k -print0 | sort -z > $(MUTANT_CORPUS)/list; \
	    for test in $(MUTANTS); do xargs -0 $$test $$seed < $(MUTANT_CORPUS)/list || exit 1; done; \
	    echo "seed $$seed: clean"; seed=$$((seed + 1)); \
	done
