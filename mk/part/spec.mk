# spec: the specification's scripts, run by `copper spec`. JSON is read by the distribution's jansson.
HOST_SPEC_OBJECTS.host := $(call objects,host,$(call sources,host/spec))
HOST_SPEC_LIBRARIES := -ljansson
ALL += $(HOST_SPEC_OBJECTS.host)
