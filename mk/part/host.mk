# host: the port of kernel and engine to a Linux process, the native servers, and the copper command.
HOST_CPU := $(shell uname -m)
HOST_PORT_SOURCES := $(call sources,host/port host/port/arch/$(HOST_CPU))
HOST_PORT_OBJECTS.host := $(call objects,host,$(HOST_PORT_SOURCES))
HOST_PORT_OBJECTS.san := $(call objects,san,$(HOST_PORT_SOURCES))

HOST_SERVER_SOURCES := $(call sources,host/srv)
HOST_IMAGE_SOURCES := $(call sources,host/image)
ALL += $(HOST_PORT_OBJECTS.host) $(call objects,host,$(HOST_SERVER_SOURCES) $(HOST_IMAGE_SOURCES))

# Tests.
PORT_TEST := $(BUILD)/san/host/port/test/port_test
$(PORT_TEST).o: CFLAGS.san += -Ihost/port/arch/$(HOST_CPU)
$(PORT_TEST): $(filter-out %/target.o,$(HOST_PORT_OBJECTS.san))

FILES_TEST := $(BUILD)/san/host/srv/test/files_test
$(FILES_TEST): $(call objects,san,host/srv/files.c host/srv/beneath.c host/srv/status.c)

# What the loader reads is what was written: its readers are the judge.
IMAGE_TEST := $(BUILD)/san/host/image/test/image_test
$(IMAGE_TEST): $(call objects,san,$(HOST_IMAGE_SOURCES) \
    $(addprefix boot/src/,archive.c complaint.c disk.c fat.c gpt.c))

HOST_TESTS := $(PORT_TEST) $(FILES_TEST) $(IMAGE_TEST)
$(HOST_TESTS): %: %.o $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(HOST_TESTS)
