# Copper: `make run` boots it, `make test` tests it. README.md says the rest.
#
# One graph, no recursion: mk/tools.mk names tools and flags, mk/layers.mk who may include whom,
# mk/rules.mk how a source becomes an object, mk/image.mk what the image holds; each part adds its
# own mk/part/PART.mk (what it links), and the last three say how all of it is tested, checked and
# timed. Only `run`, `debug`, `test`, `test-all` and `bench` start make anew, after tools/setup, so that
# they see what it brought.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
ALL :=
UNIT_TESTS :=

include mk/tools.mk mk/layers.mk mk/rules.mk mk/image.mk
include $(sort $(wildcard mk/part/*.mk))
include mk/fuzz.mk mk/bench.mk mk/test.mk mk/check.mk

.PHONY: all run run-image debug debug-image test test-all setup clean distclean help
all: $(ALL)

run: setup
	@$(MAKE) --no-print-directory run-image

debug: setup
	@$(MAKE) --no-print-directory debug-image

test: setup
	@$(MAKE) --no-print-directory tests-everyday

test-all: setup
	@$(MAKE) --no-print-directory tests-all

setup:
	@tools/setup

run-image: $(IMAGE)
	@echo "$(QEMU_RUN)"
	@$(QEMU_RUN)

debug-image: $(IMAGE) $(KERNEL).debug.elf
	@tools/debug $^

# What was fetched stays, unless distclean: it is pinned by hash.
clean:
	find $(BUILD) -mindepth 1 -maxdepth 1 ! -name fetch -exec rm -rf {} + 2>/dev/null || true

distclean:
	rm -rf $(BUILD)

help:
	@echo "make            build everything"
	@echo "make run        set up, build, and boot the image in QEMU; CPU=aarch64 MACHINE=raspi3b|virt,"
	@echo "                CPU=riscv64: on another machine"
	@echo "make debug      the same, standing still, under gdb"
	@echo "make test       set up, build, and run the tests of every day; test-all: every test"
	@echo "make check      formatter, linters, headers, symbols"
	@echo "make bench      times as ratios, to native code and to V8"
	@echo "make format     let clang-format have its way"
	@echo "make clean      remove what was built; distclean: and what was fetched"
	@echo "V=1 shows whole commands; TESTDATA=FOLDER names the test data"
