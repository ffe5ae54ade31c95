# hash: SHA-256 from BearSSL (MIT licence), the distribution's source package; three of its files.
# The rest of Copper sees <hash/sha256.h> only.
BEARSSL_VERSION := 0.6+dfsg.1
BEARSSL_SHA256 := 102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004
BEARSSL := $(BUILD)/bearssl
BEARSSL_ARCHIVE := $(FETCH)/bearssl-$(BEARSSL_VERSION).tar.xz
BEARSSL_FILES := hash/sha2small codec/dec32be codec/enc32be
BEARSSL_FLAGS := -isystem $(BEARSSL)/inc -isystem $(BEARSSL)/src -DBR_AES_X86NI=0 -DBR_SSE2=0 -DBR_RDRAND=0 \
    -DBR_USE_URANDOM=0 -DBR_USE_UNIX_TIME=0 -DBR_LE_UNALIGNED=0
# A C library's header where there is no C library.
$(foreach cpu,$(CPUS),$(eval BEARSSL_FLAGS.$(cpu) := -I$(BEARSSL)/freestanding -Ibase/include))

$(BEARSSL_ARCHIVE):
	$(Q)tools/fetch_source bearssl $(BEARSSL_VERSION) $(BEARSSL_SHA256) $@
$(BEARSSL)/unpacked: $(BEARSSL_ARCHIVE) mk/part/hash.mk
	$(call say,unpack,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(@D)/freestanding
	$(Q)tar -xf $< -C $(@D) --strip-components=1
	$(Q)echo '#include <base/string.h>' >$(@D)/freestanding/string.h
	$(Q)touch $@

define bearssl_rules
$(BUILD)/$(1)/bearssl/%.o: $(BEARSSL)/unpacked
	@mkdir -p $$(@D)
	$$(call say,cc,$$@)
	$$(Q)$$(CC) $$(CFLAGS.$(1)) -std=c23 -w $$(BEARSSL_FLAGS) $$(BEARSSL_FLAGS.$(1)) -c $(BEARSSL)/src/$$*.c -o $$@
$(BUILD)/$(1)/hash/sha256.o: $(BEARSSL)/unpacked
$(BUILD)/$(1)/hash/sha256.o: CFLAGS.$(1) += $(BEARSSL_FLAGS) $(BEARSSL_FLAGS.$(1))
HASH_OBJECTS.$(1) := $(BUILD)/$(1)/hash/sha256.o $(BEARSSL_FILES:%=$(BUILD)/$(1)/bearssl/%.o)
endef
$(foreach variant,host $(CROSS_CPUS:%=host-%) san $(CPUS),$(eval $(call bearssl_rules,$(variant))))

HASH_TEST := $(BUILD)/san/hash/test/sha256_test
$(HASH_TEST): $(HASH_TEST).o $(HASH_OBJECTS.san) $(BASE_OBJECTS.san)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS.san) $^ -o $@
UNIT_TESTS += $(HASH_TEST)
