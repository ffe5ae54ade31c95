# host: the port of kernel and engine to a Linux process, the native servers, and the copper command.
HOST_PORT_SOURCES := $(call sources,host/port host/port/arch/$(HOST_CPU))
HOST_PORT_OBJECTS.host := $(call objects,host,$(HOST_PORT_SOURCES))
HOST_PORT_OBJECTS.san := $(call objects,san,$(HOST_PORT_SOURCES))

HOST_SERVER_SOURCES := $(call sources,host/srv)
# Images are read by the loader's readers.
HOST_IMAGE_SOURCES := $(call sources,host/image) \
                      $(addprefix boot/src/,complaint.c disk.c fat.c gpt.c inflate.c)
ALL += $(HOST_PORT_OBJECTS.host) $(call objects,host,$(HOST_SERVER_SOURCES) $(HOST_IMAGE_SOURCES))

# Tests.
PORT_TEST := $(BUILD)/san/host/port/test/port_test
$(PORT_TEST).o: CFLAGS.san += -Ihost/port/arch/$(HOST_CPU)
$(PORT_TEST): $(filter-out %/target.o,$(HOST_PORT_OBJECTS.san))

FILES_TEST := $(BUILD)/san/host/srv/test/files_test
$(FILES_TEST): $(call objects,san,$(filter-out \
    host/srv/streams.c host/srv/watch.c host/srv/socket.c,$(HOST_SERVER_SOURCES)) \
    user/lib/request.c)

BENEATH_TEST := $(BUILD)/san/host/srv/test/beneath_test
$(BENEATH_TEST): $(call objects,san,host/srv/beneath.c)

STREAMS_TEST := $(BUILD)/san/host/srv/test/streams_test
$(STREAMS_TEST): $(call objects,san,host/srv/streams.c host/srv/watch.c host/srv/socket.c \
    host/srv/status.c user/lib/request.c)

# What the loader reads is what was written: its readers are the judge.
IMAGE_TEST := $(BUILD)/san/host/image/test/image_test
$(IMAGE_TEST): $(call objects,san,$(HOST_IMAGE_SOURCES) boot/src/initrd.c)

FOLLOW_TEST := $(BUILD)/san/host/command/test/follow_test
$(FOLLOW_TEST): $(call objects,san,host/command/follow.c)

HOST_TESTS := $(FOLLOW_TEST) $(PORT_TEST) $(FILES_TEST) $(BENEATH_TEST) $(STREAMS_TEST) $(IMAGE_TEST)
$(HOST_TESTS): %: %.o $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(HOST_TESTS)

# `copper spec` reads JSON by jansson (MIT licence), which is built from the distribution's source package for
# each C library that the command is linked with.
JANSSON_VERSION := 2.14
JANSSON_SHA256 := c739578bf6b764aa0752db9a2fdadcfe921c78f1228c7ec0bb47fa804c55d17b
JANSSON := $(BUILD)/jansson
JANSSON_ARCHIVE := $(FETCH)/jansson-$(JANSSON_VERSION).tar.gz
JANSSON_FILES := dump error hashtable hashtable_seed load memory pack_unpack strbuffer strconv utf value version
JANSSON_FLAGS := -I$(JANSSON)/src -I$(JANSSON)/android -DHAVE_STDINT_H -DHAVE_UNISTD_H -DHAVE_FCNTL_H \
    -DHAVE_GETPID -DHAVE_GETTIMEOFDAY -DHAVE_SYS_TIME_H -DHAVE_ATOMIC_BUILTINS

$(JANSSON_ARCHIVE):
	$(Q)tools/fetch_source jansson $(JANSSON_VERSION) $(JANSSON_SHA256) $@
$(JANSSON)/unpacked: $(JANSSON_ARCHIVE) mk/part/host.mk
	$(call say,unpack,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tar -xf $< -C $(@D) --strip-components=1
	$(Q)touch $(@D)/src/jansson_private_config.h $@

# $(call jansson_rules,VARIANT)
define jansson_rules
$(BUILD)/$(1)/jansson/%.o: $(JANSSON)/unpacked
	@mkdir -p $$(@D)
	$$(call say,cc,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(1)) -w $(JANSSON_FLAGS) -c $(JANSSON)/src/$$*.c -o $$@
$(call objects,$(1),$(call sources,host/spec)): $(JANSSON)/unpacked
$(call objects,$(1),$(call sources,host/spec)): CFLAGS.$(1) += -isystem $(JANSSON)/src -isystem $(JANSSON)/android
JANSSON_OBJECTS.$(1) := $(JANSSON_FILES:%=$(BUILD)/$(1)/jansson/%.o)
endef
$(eval $(call jansson_rules,host))

# The command. Loaders, kernels and adapter are part of it, so that it makes images wherever it is. For a
# CPU without a kernel there is an empty file.
COMMAND := $(BUILD)/host/copper
COMMAND_FOLDERS := host/command host/machine host/profile host/srv host/spec spec kernel/core kernel/wasm kernel/service \
                   user/lib/native user/lib/wiring user/srv/clock user/srv/random
COMMAND_OBJECTS := $(call objects,host,$(call sources,$(COMMAND_FOLDERS)) user/lib/request.c \
                     $(HOST_IMAGE_SOURCES)) \
                   $(HOST_PORT_OBJECTS.host) $(ENGINE_OBJECTS.host) $(HASH_OBJECTS.host) \
                   $(BASE_OBJECTS.host)
# Optimised as a whole when it is linked (ThinLTO): compiling takes 5 to 8 % less time, a message a fifth.
# The linker keeps what it made of files that did not change. Kernels are linked without.
$(COMMAND_OBJECTS): CFLAGS.host += -flto=thin
LINK_THIN := -Wl,--thinlto-cache-dir=$(BUILD)/host/thin

NO_FILE := $(BUILD)/host/none
file_for = $(if $(filter $(1),$(2)),$(3),$(NO_FILE))
COMMAND_EMBEDS := MBR=$(BUILD)/x86_64/boot.bin ADAPTER=$(BUILD)/user/wasi_snapshot_preview1.wasm \
    $(foreach cpu,$(CPUS),KERNEL_$(cpu)=$(call file_for,$(cpu),$(KERNEL_CPUS),$(BUILD)/$(cpu)/kernel.elf) \
        LOADER_$(cpu)=$(call file_for,$(cpu),$(KERNEL_CPUS),$(LOADER.$(cpu))) \
        EFI_$(cpu)=$(call file_for,$(cpu),$(EFI_CPUS),$(EFI.$(cpu))))
embed_file = $(lastword $(subst =, ,$(1)))
EMBED_FILES := $(foreach embed,$(COMMAND_EMBEDS),$(call embed_file,$(embed)))
EMBED_FLAGS := $(foreach embed,$(COMMAND_EMBEDS), \
    '-D$(firstword $(subst =, ,$(embed)))_FILE="$(abspath $(call embed_file,$(embed)))"')

$(NO_FILE):
	@mkdir -p $(@D)
	$(Q)touch $@
$(BUILD)/host/host/command/system.o: $(EMBED_FILES)
$(BUILD)/host/host/command/system.o: CFLAGS.host += $(EMBED_FLAGS)
$(COMMAND): $(COMMAND_OBJECTS) $(JANSSON_OBJECTS.host)
	$(call say,link,$@)
	$(Q)$(CC) -nostdlib -static-pie -fuse-ld=lld $(LINK_THIN) $(MUSL_LIBRARIES)/rcrt1.o $(MUSL_LIBRARIES)/crti.o $^ \
	    $(MUSL_LIBRARIES)/libc.a -lgcc $(MUSL_LIBRARIES)/crtn.o -o $@
# It is linked whole or not at all: see kernel.mk.
ifneq ($(wildcard engine/run/context.c),)
ALL += $(COMMAND)
endif

# The same under sanitizers, for hunting: make build/san/copper.
COMMAND_SAN_OBJECTS := $(patsubst $(BUILD)/host/%,$(BUILD)/san/%,$(COMMAND_OBJECTS))
$(BUILD)/san/host/command/system.o: $(EMBED_FILES)
$(BUILD)/san/host/command/system.o: CFLAGS.san += $(EMBED_FLAGS)
$(BUILD)/san/copper: $(COMMAND_SAN_OBJECTS)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) -rdynamic $^ -ljansson -o $@

# What a message takes: bench/message, with the kernel and the engine of this build. Not a part of `all`.
MESSAGE_OBJECTS := $(call objects,host,bench/message/message.c $(call sources,kernel/core kernel/wasm)) \
                   $(HOST_PORT_OBJECTS.host) $(ENGINE_OBJECTS.host) $(BASE_OBJECTS.host)
$(BUILD)/bench/message: $(MESSAGE_OBJECTS)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) -nostdlib -static-pie -fuse-ld=lld $(LINK_THIN) $(MUSL_LIBRARIES)/rcrt1.o $(MUSL_LIBRARIES)/crti.o $^ \
	    $(MUSL_LIBRARIES)/libc.a -lgcc $(MUSL_LIBRARIES)/crtn.o -o $@
$(BUILD)/bench/%.wasm: bench/message/%.wat
	@mkdir -p $(@D)
	$(Q)wat2wasm $< -o $@
