# Who may include whom. Each source is compiled with the -I of the first layer whose folder it lies
# in; a missing -I is how the compiler enforces the picture in ARCHITECTURE.md.
LAYERS := hash tree spec kernel/spec kernel/core kernel/mem kernel/arch kernel/chip kernel/wasm kernel/service kernel/reload kernel/port kernel/start \
          kernel/include abi proto engine base boot host user/lib/native user/srv/files/test user test bench

INCLUDES.abi := abi
INCLUDES.proto := abi proto
INCLUDES.base := abi base
INCLUDES.hash := hash
INCLUDES.tree := abi base tree
INCLUDES.engine := abi base engine
INCLUDES.spec := abi base engine spec
INCLUDES.kernel/core := abi base kernel
INCLUDES.kernel/mem := abi base kernel kernel/arch
INCLUDES.kernel/arch := abi base tree kernel kernel/arch
INCLUDES.kernel/chip := abi base tree kernel kernel/arch
INCLUDES.kernel/wasm := abi base engine kernel
INCLUDES.kernel/service := abi base proto engine kernel
INCLUDES.kernel/reload := abi base tree hash proto boot kernel kernel/arch
INCLUDES.kernel/port := abi base tree engine kernel kernel/arch
INCLUDES.kernel/start := abi base tree engine kernel kernel/arch user proto
INCLUDES.kernel/spec := abi base engine spec kernel kernel/arch
INCLUDES.kernel/include := abi base tree engine kernel kernel/arch
INCLUDES.boot := abi base tree boot
INCLUDES.user/lib/native := abi base proto kernel user
INCLUDES.user/srv/files/test := abi base proto kernel user
INCLUDES.user := abi base proto user
INCLUDES.host := abi base hash proto engine spec kernel user boot
INCLUDES.test := abi base proto engine kernel user
INCLUDES.bench := abi base engine kernel

layer_of = $(firstword $(foreach layer,$(LAYERS),$(if $(filter $(layer)/%,$(1)),$(layer))))
include_flags = $(addprefix -I,$(addsuffix /include,$(INCLUDES.$(call layer_of,$(1))) \
                $(if $(findstring /test/,$(1)),test)))
