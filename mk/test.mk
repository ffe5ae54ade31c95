# Tests: each part's own (UNIT_TESTS, under sanitizers), the specification's scripts, and pytest for
# the system as a whole. test/run.py runs the three, and sums them up in the last line.
SPEC_ARCHIVES := $(TESTDATA)/spec/core.tar.zst $(TESTDATA)/spec/proposals.tar.zst

.PHONY: test test-all test-unit
test-unit: $(UNIT_TESTS)
	@$(PYTHON) test/run.py --unit $(UNIT_TESTS)

test-all: $(ALL) $(UNIT_TESTS) $(TEST_NEEDS)
	@$(PYTHON) test/run.py --unit $(UNIT_TESTS) --spec $(BUILD)/host/copper $(SPEC_ARCHIVES) \
	    --system test

# The pictures of the documentation are screenshots that the tests made.
.PHONY: pictures
pictures: $(IMAGE) $(TEST_NEEDS)
	$(Q)$(PYTHON) -m pytest -q test/test_screen.py -k 'default_image or test_panic'
	$(Q)mkdir -p doc/pictures && cp $(BUILD)/pictures/*.png doc/pictures/
