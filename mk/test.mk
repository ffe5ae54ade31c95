# Tests: each part's own (UNIT_TESTS, under sanitizers), the specification's scripts, and pytest for
# the system as a whole. test/run.py runs the three, and sums them up in the last line.
SPEC_ARCHIVE := $(TESTDATA)/spec/core.tar.zst

.PHONY: test test-all test-unit
test-unit: $(UNIT_TESTS)
	@$(PYTHON) test/run.py --unit $(UNIT_TESTS)

test-all: $(ALL) $(UNIT_TESTS) $(TEST_NEEDS)
	@$(PYTHON) test/run.py --unit $(UNIT_TESTS) --spec $(BUILD)/host/copper $(SPEC_ARCHIVE) \
	    --system test
