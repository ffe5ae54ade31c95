# host: the port of kernel and engine to a Linux process, the native servers, and the copper command.
HOST_CPU := $(shell uname -m)
HOST_PORT_SOURCES := $(call sources,host/port host/port/arch/$(HOST_CPU))
HOST_PORT_OBJECTS.host := $(call objects,host,$(HOST_PORT_SOURCES))
HOST_PORT_OBJECTS.san := $(call objects,san,$(HOST_PORT_SOURCES))
ALL += $(HOST_PORT_OBJECTS.host)

$(BUILD)/san/host/port/test/port_test.o: CFLAGS.san += -Ihost/port/arch/$(HOST_CPU)
$(BUILD)/san/host/port/test/port_test: $(call objects,san,host/port/test/port_test.c) \
        $(HOST_PORT_OBJECTS.san) $(BASE_OBJECTS.san)
	$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BUILD)/san/host/port/test/port_test

HOST_SERVER_SOURCES := $(call sources,host/srv)
HOST_SERVER_OBJECTS.host := $(call objects,host,$(HOST_SERVER_SOURCES))
HOST_SERVER_OBJECTS.san := $(call objects,san,$(HOST_SERVER_SOURCES))
ALL += $(HOST_SERVER_OBJECTS.host)

$(BUILD)/san/host/srv/test/files_test: $(call objects,san,host/srv/test/files_test.c) \
        $(call objects,san,host/srv/files.c host/srv/beneath.c host/srv/status.c) \
        $(BASE_OBJECTS.san)
	$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(BUILD)/san/host/srv/test/files_test
