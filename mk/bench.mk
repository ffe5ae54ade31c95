# Benchmarks: bench/programs/*.c, native and as WASI programs, timed as ratios by bench/bench.py, and counted on
# three CPUs by bench/cpus.py.
# `make bench BENCH_ONLY="lua sort"` takes a few. No test looks at them.
BENCH := $(BUILD)/bench
BENCH_ALL := $(basename $(notdir $(wildcard bench/programs/*.c)))
BENCH_ONLY ?= $(BENCH_ALL)

.PHONY: bench bench-all
bench: setup
	@tools/setup --bench
	@$(MAKE) --no-print-directory bench-all

# Two libraries from the distribution's source packages; each program includes its sources.
LUA_VERSION := 5.4.4
LUA_SHA256 := 164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61
LUA := $(BENCH)/lua-$(LUA_VERSION)
$(FETCH)/lua5.4-$(LUA_VERSION).tar.gz:
	$(Q)tools/fetch_source lua5.4 $(LUA_VERSION) $(LUA_SHA256) $@
$(LUA)/.unpacked: $(FETCH)/lua5.4-$(LUA_VERSION).tar.gz

LZ4_VERSION := 1.9.4
LZ4_SHA256 := 0b0e3aa07c8c063ddf40b082bdf7e37a1562bda40a0ff5272957f3e987e0e54b
LZ4 := $(BENCH)/lz4-$(LZ4_VERSION)
$(FETCH)/lz4-$(LZ4_VERSION).tar.gz:
	$(Q)tools/fetch_source lz4 $(LZ4_VERSION) $(LZ4_SHA256) $@
$(LZ4)/.unpacked: $(FETCH)/lz4-$(LZ4_VERSION).tar.gz

$(BENCH)/%/.unpacked:
	$(call say,unpack,$(@D))
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tar -xf $< -C $(@D) --strip-components=1 && touch $@

BENCH_CPUS := x86_64 aarch64 riscv64
builds_of = $(BENCH)/$(1) $(BENCH)/$(1).o $(BENCH_CPUS:%=$(BENCH)/%/$(1))
$(call builds_of,lua): $(LUA)/.unpacked
$(call builds_of,lua): BENCH_CFLAGS := -w -I$(LUA)/src -Ibench/include \
    -Dl_signalT=int '-Dluai_makeseed(L)=1' -Dluai_jmpbuf=int \
    '-DLUAI_THROW(L,c)=abort()' '-DLUAI_TRY(L,c,a)=a'
$(call builds_of,lz4): $(LZ4)/.unpacked
$(call builds_of,lz4): BENCH_CFLAGS := -w -I$(LZ4)/lib

# No fused multiply-add and no vectors beyond the baseline: the same results on every CPU.
$(BENCH)/%: bench/programs/%.c bench/programs/bench.h mk/bench.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 $(BENCH_CFLAGS) -O2 $< -o $@ -lm
$(BENCH)/%.o: bench/programs/%.c bench/programs/bench.h mk/bench.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 $(BENCH_CFLAGS) $(WASI_CFLAGS) -c $< -o $@
$(BENCH)/%.wasm: $(BENCH)/%.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK,-lwasi-emulated-process-clocks) --strip-debug
.SECONDARY: $(BENCH_ALL:%=$(BENCH)/%.o)
# Tests sample those that need no source from elsewhere.
TEST_NEEDS += $(patsubst %,$(BENCH)/%.wasm,$(filter-out lua lz4,$(BENCH_ALL)))

$(BENCH)/hello: programs/c/hello.c
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 -O2 $< -o $@
$(BENCH)/hello.wasm: $(PROGRAMS)/hello.wasm
	@mkdir -p $(@D)
	@cp $< $@

bench-all: $(BUILD)/host/copper $(NODE) $(BENCH_ONLY:%=$(BENCH)/%) $(BENCH_ONLY:%=$(BENCH)/%.wasm)
	@$(PYTHON) bench/bench.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --runner test/run_wasi.mjs $(BENCH) $(BENCH_ONLY)
	@for part in start wasi message booted crowd boot compile cpus; do \
	    $(MAKE) --no-print-directory bench-$$part || exit 1; done # one after the other: they are timed

# What starting takes: hello beside a native one, CPython's first line, both again with a full cache.
.PHONY: bench-start
bench-start: $(BUILD)/host/copper $(NODE) $(PROGRAMS)/python.wasm $(BENCH)/hello $(BENCH)/hello.wasm
	@$(PYTHON) bench/start.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --runner test/run_wasi.mjs --hello $(BENCH)/hello --python $(PROGRAMS)/python.wasm

# Calls to the system beside node's WASI and native ones. `make bench-wasi BENCH_CALLS="'read 16'"`.
.PHONY: bench-wasi
bench-wasi: $(BUILD)/host/copper $(NODE) $(BENCH)/wasi/calls $(BENCH)/wasi/calls.wasm
	@$(PYTHON) bench/wasi.py --copper $(BUILD)/host/copper --node $(NODE) \
	    --runner test/run_wasi.mjs $(BENCH)/wasi/calls $(BENCH_CALLS)
$(BENCH)/wasi/calls: bench/wasi/calls.c mk/bench.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 -O2 $< -o $@
$(BENCH)/wasi/calls.o: bench/wasi/calls.c mk/bench.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=gnu23 $(WASI_CFLAGS) -c $< -o $@

# Compile speed beside Liftoff's: a module of 1 MB of code, and three larger ones.
.PHONY: bench-compile
BENCH_COMPILE := $(patsubst %,$(PROGRAMS)/%.wasm,sqlite3 python esbuild ruby)
bench-compile: $(BUILD)/host/copper $(NODE) $(BENCH_COMPILE)
	@$(PYTHON) bench/compile.py --copper $(BUILD)/host/copper --node $(NODE) $(BENCH_COMPILE)

# The three CPUs: instructions executed (counted in qemu-user by a plugin), code size, compile speed. Native
# programs are the same C for each, without fused multiply-add, which WebAssembly has not.
define bench_cpu_rules
$(BENCH)/$(1)/%: bench/programs/%.c bench/programs/bench.h mk/bench.mk
	@mkdir -p $$(@D)
	$$(call say,cc,$$@)
	$$(Q)$$(CC) --target=$(1)-linux-gnu -std=gnu23 $$(BENCH_CFLAGS) -O2 -ffp-contract=off -static \
	    -fuse-ld=lld $$< -o $$@ -lm
endef
$(foreach cpu,$(BENCH_CPUS),$(eval $(call bench_cpu_rules,$(cpu))))
$(BENCH)/count.so: bench/count/count.c bench/count/plugin.h mk/bench.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) -std=c23 $(WARNINGS) -O2 -fPIC -shared $< -o $@

.PHONY: bench-cpus
bench-cpus: $(BUILD)/host/copper $(COMMANDS_CROSS) $(BENCH)/count.so $(BENCH_COMPILE) \
    $(BENCH_ONLY:%=$(BENCH)/%.wasm) $(foreach cpu,$(BENCH_CPUS),$(BENCH_ONLY:%=$(BENCH)/$(cpu)/%))
	@$(PYTHON) bench/cpus.py --build $(BUILD) --modules $(BENCH_COMPILE) -- $(BENCH_ONLY)

# User time of hostile modules in growing sizes: test/hostile.py.
.PHONY: bench-hostile
bench-hostile: $(BUILD)/host/copper
	@$(PYTHON) test/hostile.py $<

# Messages, beside pipes and Erlang (mk/part/host.mk).
MESSAGE_NEEDS := $(BENCH)/message $(BENCH)/post.wasm
TEST_NEEDS += $(MESSAGE_NEEDS)
.PHONY: bench-message
bench-message: $(MESSAGE_NEEDS)
	@if command -v erlc >/dev/null; then erlc -o $(BENCH) bench/message/message.erl; fi
	@$(PYTHON) bench/message.py --erlang $(BENCH) $^

# The same in instructions, on booted machines of each CPU.
.PHONY: bench-booted
bench-booted: $(BENCH)/count.so $(BUILD)/host/copper $(IMAGE) $(BUILD)/test/pair.wasm $(BUILD)/x86_64/loader.bin \
    $(BUILD)/aarch64/loader.img $(BUILD)/riscv64/loader.img
	@$(PYTHON) bench/booted.py $(wordlist 1,4,$^)

# Many processes, what each takes, and how fast they begin (test/guest/crowd.c).
.PHONY: bench-crowd
bench-crowd: $(BUILD)/host/copper $(BUILD)/test/crowd.wasm $(BUILD)/x86_64/initrd.gz
	@$(PYTHON) bench/crowd.py $^

# From power-on to the prompt, beside the distribution's cloud kernel with a busybox
# shell. The kernel's package is large and its name goes with its version: it is fetched for this only.
BENCH_LINUX := linux-image-6.1.0-50-cloud-amd64
BENCH_LINUX_SHA256 := 3d616aa853fe11b1c0ea99a1cdb4fb6ddc9010ba7c4562de700ad94264989654
BENCH_BUSYBOX_SHA256 := 3d9f2889d6782537624a4e1a10e68a2ddd53e0ee8bac02676f27308f42ec6bf6
$(FETCH)/vmlinuz:
	$(Q)tools/fetch_package $(BENCH_LINUX) boot/vmlinuz-$(BENCH_LINUX:linux-image-%=%) \
	    $(BENCH_LINUX_SHA256) $@
$(FETCH)/busybox:
	$(Q)tools/fetch_package busybox-static bin/busybox $(BENCH_BUSYBOX_SHA256) $@
.PHONY: bench-boot
bench-boot: $(FETCH)/vmlinuz $(FETCH)/busybox $(BUILD)/x86_64/loader.bin $(IMAGE)
	@$(PYTHON) bench/boot.py --linux $(FETCH)/vmlinuz --busybox $(FETCH)/busybox \
	    --loader $(BUILD)/x86_64/loader.bin --image $(IMAGE) --prompt 'copper> '
