# csg: endorsed code signing.  README.md describes the targets.

VERSION	= 0.1
OUT	= out
PREFIX	= /usr/local
DATADIR	= $(PREFIX)/share/csg/policy
CC	= cc
# clang and its tools, of one version on every system: each finds and formats
# other things.
LLVM	= 19
CFLAGS	= -O2 -g
WERROR	=
PKGS	= libcrypto libp11 p11-kit-1 yaml-0.1 sqlite3 smartcols

WARN	= -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla \
	  -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings $(WERROR)
HARDEN	= -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
CPPALL	= -std=c11 -pthread -D_DEFAULT_SOURCE -I. -include lib/base/banned.h \
	  -MMD -MP '-ffile-prefix-map=$(CURDIR)=.' \
	  -DCSG_DATADIR='"$(DATADIR)"' -DCSG_VERSION='"$(VERSION)"' \
	  -DCSG_P11_MODULES='"$(shell pkg-config \
	  --variable=p11_module_path p11-kit-1)"' $(shell pkg-config --cflags $(PKGS))
LDALL	= -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
LIBS	= $(shell pkg-config --libs $(PKGS)) -ldl -pthread
COMPILE	= $(CC) $(CPPALL) $(WARN) $(HARDEN) $(CFLAGS)

TOOLS	= csg-keygen csg-request csg-endorse csg-sign csg-verify csg-policy \
	  csg-token csg-log
MAN1	= $(wildcard man/*.1)
MAN5	= $(wildcard man/*.5)
MAN7	= $(wildcard man/*.7)
PAGES	= $(MAN1:man/%=man1/%) $(MAN5:man/%=man5/%) $(MAN7:man/%=man7/%)
POLICY	= $(wildcard policy/*.yaml)
UNIT	= $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
ATTACK	= forge thief bytes history rebuild
PRELOAD	= ahead badmodule counts crashpoint meddle
FUZZ	= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS = 10

# The rooms of lib/ and cmd/; README.md says what each is for.
LIB	= $(wildcard lib/*/*.c)
CMD	= $(wildcard cmd/*/*.c)
LIBOBJ	= $(LIB:%.c=$(OUT)/%.o)
CMDOBJ	= $(CMD:%.c=$(OUT)/%.o)
SOURCES	= $(wildcard cmd/*.[ch] cmd/*/*.[ch] lib/*/*.[ch] tests/*/*.[ch])
SCRIPTS	= tests/deps tests/run tests/demo.bash tests/bench/run $(wildcard tests/bench/*.bash) .ci/run
BENCH	= $(patsubst tests/bench/%.c,bench_%,$(wildcard tests/bench/*.c))

JOBS	= $(shell getconf _NPROCESSORS_ONLN)
BUILD	= $(MAKE) --no-print-directory -s -j $(JOBS)

# _FORTIFY_SOURCE is off since the sanitizers don't check the calls it inserts.
SAN	= -O1 -g -U_FORTIFY_SOURCE -fsanitize=address,undefined \
	  -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# Link the sanitizers statically.  The leak checker scans the data of all their
# libraries whenever a tool exits; this way tools start and exit in three
# quarters of the time.
STATIC	= -static-libasan -static-libubsan -no-pie

all: $(TOOLS:%=$(OUT)/bin/%)

$(OUT)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<
$(OUT)/cmd/%.o: cmd/%.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<
# csg-policy new has the path of the installed examples compiled in, so it is
# rebuilt when PREFIX changes.
$(OUT)/cmd/policy/new.o: $(OUT)/datadir
$(OUT)/datadir: always
	@mkdir -p $(@D)
	@echo '$(DATADIR)' | cmp -s - $@ || echo '$(DATADIR)' > $@
$(OUT)/libcsg.a: $(LIBOBJ)
	rm -f $@
	$(AR) qcs $@ $^
$(OUT)/libcmd.a: $(CMDOBJ)
	rm -f $@
	$(AR) qcs $@ $^
$(OUT)/bin/%: $(OUT)/cmd/%.o $(OUT)/libcmd.a $(OUT)/libcsg.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDALL) $(LDFLAGS) -o $@ $^ $(LIBS)
$(OUT)/unit/%: tests/unit/%.c $(OUT)/libcsg.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDALL) $(LDFLAGS) -o $@ $< $(OUT)/libcsg.a $(LIBS)

# This test makes csg's own allocations fail.
$(OUT)/unit/test_rejections: LDALL += -Wl,--wrap=malloc,--wrap=calloc \
    -Wl,--wrap=realloc,--wrap=strdup
# These tests watch what is synced, and when.
$(OUT)/unit/test_io: LDALL += -Wl,--wrap=fsync,--wrap=linkat,--wrap=renameat
$(OUT)/unit/test_staging: LDALL += -Wl,--wrap=fsync

$(OUT)/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<
$(OUT)/fuzz/%: $(OUT)/fuzz/%.o $(OUT)/libcsg.a
	$(CC) $(CFLAGS) $(LDALL) $(LDFLAGS) -o $@ $^ $(LIBS)

# The tools that the suites attack with.
$(ATTACK:%=$(OUT)/unit/%): $(OUT)/unit/%: tests/tools/%.c $(OUT)/libcsg.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDALL) $(LDFLAGS) -o $@ $< $(OUT)/libcsg.a $(LIBS)
$(OUT)/unit/bench_%: tests/bench/%.c $(OUT)/libcsg.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDALL) $(LDFLAGS) -o $@ $< $(OUT)/libcsg.a $(LIBS)
$(OUT)/unit/%.so: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPALL) -D_FILE_OFFSET_BITS=32 $(WARN) -O2 -fPIC -shared -o $@ $< -ldl

# Install Debian's packages for building; demo, test and lint install their own.
deps:
	@tests/deps build

demo:
	@tests/deps demo
	@$(BUILD) all
	@tests/demo.bash $(OUT)/bin policy

test:
	@tests/deps test
	@$(BUILD) tests
	@tests/run $(OUT)
tests: all $(UNIT:%=$(OUT)/unit/%) $(ATTACK:%=$(OUT)/unit/%) \
    $(PRELOAD:%=$(OUT)/unit/%.so)

# Suites that run none of csg's code.
FOREIGN	= harness install layers

# The other suites, built with AddressSanitizer and UBSan.
test-asan:
	@tests/deps test
	@$(BUILD) OUT=$(OUT)/asan CFLAGS='$(SAN) -fno-pie -DCSG_SANITIZE' \
	    LDFLAGS='$(SAN) $(STATIC)' tests
	@CSG_TESTS='$(filter-out $(FOREIGN:%=tests/%.bats),$(wildcard tests/*.bats))' \
	    tests/run $(OUT)/asan

# Measure csg and its peers, in under ten minutes.  The table names a peer that
# can't be installed.
bench:
	@tests/deps test
	@tests/deps peer || :
	@$(BUILD) all $(BENCH:%=$(OUT)/unit/%)
	@tests/bench/run $(OUT) $(ROWS)

# Run each program of tests/fuzz for FUZZ_SECONDS; the inputs found are kept in
# $(OUT)/corpus.
fuzz:
	@tests/deps fuzz
	@$(BUILD) OUT=$(OUT)/fuzz CC=clang-$(LLVM) \
	    CFLAGS='$(SAN) -fsanitize=fuzzer-no-link -DCSG_SANITIZE' \
	    LDFLAGS='$(SAN) -fsanitize=fuzzer' $(FUZZ:%=$(OUT)/fuzz/fuzz/%)
	@for f in $(FUZZ); do \
	    echo "# $$f" && mkdir -p $(OUT)/corpus/$$f && \
	    $(OUT)/fuzz/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) \
		-print_final_stats=1 -artifact_prefix=$(OUT)/corpus/ \
		$(OUT)/corpus/$$f tests/fuzz/seeds/$$f \
		2> $(OUT)/corpus/$$f.log || { cat $(OUT)/corpus/$$f.log; exit 1; }; \
	    grep executed_units $(OUT)/corpus/$$f.log; done

# What clang and clang-tidy are called with, and the latter on what.
CLANG	= $(filter-out -MMD -MP,$(CPPALL)) $(WARN)
TIDY	= printf '%s\n' $(LIB) $(CMD) $(wildcard cmd/*.c) | \
	  xargs -P $(JOBS) -n 8 sh -c
space	= $(subst ,, )

lint:
	@tests/deps lint
	@clang-format-$(LLVM) --dry-run -Werror $(SOURCES)
	@$(BUILD) all
	tests/layers . $(OUT)
	@printf '%s\n' $(filter %.c,$(SOURCES)) | xargs -P $(JOBS) -n 16 \
	    clang-$(LLVM) -fsyntax-only -Werror $(CLANG)
	cppcheck -q -j $(JOBS) --error-exitcode=1 --inline-suppr --std=c11 -I. \
	    --enable=warning,portability,performance \
	    --suppress=missingInclude --suppress=unusedFunction \
	    --suppress=normalCheckLevelMaxBranches cmd lib
	@$(TIDY) 'clang-tidy-$(LLVM) --quiet --warnings-as-errors="*" \
	    "$$@" -- $(subst ','\'',$(CLANG)) 2> /dev/null' tidy
	shellcheck $(SCRIPTS)
	shellcheck -s bats -e SC2154,SC2030,SC2031,SC2314,SC2012,SC2016,SC2164,SC2086,SC2238 \
	    $(wildcard tests/*.bats)
	shellcheck -s bash -e SC2154,SC2034 tests/helpers.bash
	mandoc -Tlint -W warning $(MAN1) $(MAN5) $(MAN7)

# clang's analyzer, which takes several minutes.
ANALYZE	= -*,clang-analyzer-*$(foreach c,security.insecureAPI.DeprecatedOrUnsafeBufferHandling \
	  core.NullDereference core.NonNullParamChecker core.CallAndMessage \
	  core.UndefinedBinaryOperatorResult deadcode.DeadStores \
	  optin.core.EnumCastOutOfRange optin.performance.Padding \
	  optin.portability.UnixAPI unix.Errno unix.StdCLibraryFunctions \
	  valist.Uninitialized,,-clang-analyzer-$(c))

analyze:
	@tests/deps lint
	@$(TIDY) 'clang-tidy-$(LLVM) --quiet --warnings-as-errors="*" \
	    --checks="$(subst $(space),,$(ANALYZE))" \
	    "$$@" -- $(subst ','\'',$(CLANG)) 2> /dev/null' tidy

install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(DATADIR)' \
	    '$(DESTDIR)$(PREFIX)/share/man/man1' \
	    '$(DESTDIR)$(PREFIX)/share/man/man5' \
	    '$(DESTDIR)$(PREFIX)/share/man/man7'
	install -m 755 $(TOOLS:%=$(OUT)/bin/%) '$(DESTDIR)$(PREFIX)/bin'
	install -m 644 $(POLICY) '$(DESTDIR)$(DATADIR)'
	install -m 644 $(MAN1) '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 644 $(MAN5) '$(DESTDIR)$(PREFIX)/share/man/man5'
	install -m 644 $(MAN7) '$(DESTDIR)$(PREFIX)/share/man/man7'
	cd '$(DESTDIR)$(PREFIX)/share/man' && \
	    sed -i 's|/usr/local/share/csg/policy|$(DATADIR)|' $(PAGES)

# Also removes csg's own directories, if they are empty.
uninstall:
	cd '$(DESTDIR)$(PREFIX)/bin' && rm -f $(TOOLS)
	cd '$(DESTDIR)$(PREFIX)/share/man' && rm -f $(PAGES)
	cd '$(DESTDIR)$(DATADIR)' && rm -f $(notdir $(POLICY))
	d='$(DESTDIR)$(DATADIR)'; rmdir "$$d" && rmdir "$${d%/*}" || :

clean:
	rm -rf $(OUT)

.PHONY: all always deps demo tests test test-asan bench fuzz lint analyze install uninstall clean
.SECONDARY:

-include $(wildcard $(OUT)/*/*.d $(OUT)/*/*/*.d)
