# SQLite: the distribution's source package. Its own makefile writes the amalgamation.
SQLITE_VERSION := 3.40.1
SQLITE_SHA256 := aaa776260ab4dc976db34aa7891819484c8676b5b2783123ebc6301e2ca5d655
SQLITE := $(PROGRAMS)/sqlite
SQLITE_CFLAGS := -Iprograms/sqlite/include -include programs/sqlite/shim.h -w \
    -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -DNDEBUG \
    -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_WAL \
    -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_NOHAVE_SYSTEM -DSQLITE_DEFAULT_MEMSTATUS=0 \
    -DSQLITE_DEFAULT_UNIX_VFS='"unix-dotfile"' \
    -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_FTS5

$(FETCH)/sqlite3-$(SQLITE_VERSION).tar.xz:
	$(Q)tools/fetch_source sqlite3 $(SQLITE_VERSION) $(SQLITE_SHA256) $@

$(SQLITE)/source/main.mk: $(FETCH)/sqlite3-$(SQLITE_VERSION).tar.xz
	$(call say,unpack,$(@D))
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tar -xf $< -C $(@D) --strip-components=1 && touch $@

$(SQLITE)/sqlite3.c: $(SQLITE)/source/main.mk
	$(call say,gen,$@)
	$(Q)cd $(@D) && $(MAKE) -s -j1 -f source/main.mk TOP=source BCC=$(CC) TCC=$(CC) NAWK=awk \
	    sqlite3.c shell.c >generate.log 2>&1 || { cat generate.log >&2; exit 1; }
$(SQLITE)/shell.c: $(SQLITE)/sqlite3.c ;

$(SQLITE)/%.o: $(SQLITE)/%.c programs/sqlite/shim.h mk/part/sqlite.mk
	$(call say,cc,$@)
	$(Q)$(CC) $(WASI_CFLAGS) $(SQLITE_CFLAGS) -c $< -o $@
$(SQLITE)/shim.o: programs/sqlite/shim.c mk/part/sqlite.mk
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(CC) $(WASI_CFLAGS) -Iprograms/sqlite/include -Wall -Wextra -Wno-unused-parameter \
	    -Werror -c $< -o $@
$(PROGRAMS)/sqlite3.wasm: $(SQLITE)/sqlite3.o $(SQLITE)/shell.o $(SQLITE)/shim.o
	$(call say,link,$@)
	$(Q)$(call WASI_LINK,-lwasi-emulated-process-clocks -lwasi-emulated-signal) --strip-debug
# First of all: nothing takes as long as its one big source.
ALL := $(PROGRAMS)/sqlite3.wasm $(ALL)
