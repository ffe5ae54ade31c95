# Tests: each part's own (UNIT_TESTS, under sanitizers), the specification's scripts, and pytest for
# the system as a whole. test/run.py runs the three, and sums them up in the last line. `make test` runs the
# everyday tier. What is marked slow in test/, and all of the specification's scripts on each other CPU
# under an emulator, are left to `make test-all`.
SPEC_ARCHIVES := $(TESTDATA)/spec/core.tar.zst $(TESTDATA)/spec/proposals.tar.zst
TESTS := $(PYTHON) test/run.py --unit $(UNIT_TESTS) --spec $(BUILD)/host/copper $(SPEC_ARCHIVES) --system test
TESTS_CROSS := $(foreach cpu,$(CROSS_CPUS),--spec "qemu-$(cpu) $(BUILD)/host-$(cpu)/copper" $(SPEC_ARCHIVES))

.PHONY: tests-everyday tests-all test-unit test-cross $(CROSS_CPUS:%=test-cross-%)
tests-everyday: $(ALL) $(UNIT_TESTS) $(TEST_NEEDS)
	@$(TESTS) --tier everyday
tests-all: $(ALL) $(UNIT_TESTS) $(TEST_NEEDS)
	@$(TESTS) $(TESTS_CROSS)

# Parts of the latter.
test-unit: $(UNIT_TESTS)
	@$(PYTHON) test/run.py --unit $(UNIT_TESTS)
test-cross: $(CROSS_CPUS:%=test-cross-%)
$(CROSS_CPUS:%=test-cross-%): test-cross-%: $(BUILD)/host-%/copper
	@$(PYTHON) test/run.py --spec "qemu-$* $<" $(SPEC_ARCHIVES)

# The pictures of the documentation are screenshots that the tests made.
.PHONY: pictures
pictures: $(IMAGE) $(TEST_NEEDS)
	$(Q)$(PYTHON) -m pytest -q test/test_screen.py test/test_tour.py -k 'default_image or test_panic or pictures'
	$(Q)mkdir -p doc/pictures && cp $(BUILD)/pictures/*.png doc/pictures/
