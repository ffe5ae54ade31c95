# Copper: `make run` boots it, `make test` tests it. README.md says the rest.
#
# One graph, no recursion. mk/tools.mk names tools and flags, mk/layers.mk who may include whom,
# mk/rules.mk how a source becomes an object; each part adds its own mk/<part>.mk: what it links.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
ALL :=
TESTS :=

include mk/tools.mk mk/layers.mk mk/rules.mk
include $(sort $(wildcard mk/part/*.mk))

.PHONY: all clean format
all: $(ALL)

clean:
	rm -rf $(BUILD)

format:
	$(FORMAT) -i $$(git ls-files '*.c' '*.h')
