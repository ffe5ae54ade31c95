# engine: wasm. Knows no kernel and no Linux; what it needs of them is <engine/port.h>.
ENGINE_FOLDERS := engine/decode engine/validate engine/code engine/run engine/compile \
                  engine/target/x86_64 engine/target/null
ENGINE_SOURCES := $(call sources,$(ENGINE_FOLDERS))
ENGINE_OBJECTS.host := $(call objects,host,$(ENGINE_SOURCES))
ENGINE_OBJECTS.san := $(call objects,san,$(ENGINE_SOURCES))
ENGINE_OBJECTS.x86_64 := $(call objects,x86_64,$(ENGINE_SOURCES))
ALL += $(ENGINE_OBJECTS.host) $(ENGINE_OBJECTS.x86_64)
