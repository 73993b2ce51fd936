# csg: endorsed code signing.  "make help" lists the targets.

OUT	= out
VERSION	= 0.1
PREFIX	= /usr/local
DATADIR	= $(PREFIX)/share/csg/policy
CC	= cc
CFLAGS	= -O2 -g
PKGS	= libcrypto libp11 p11-kit-1 yaml-0.1 sqlite3

WARN	= -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla \
	  -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
HARDEN	= -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
CPPALL	= -std=c11 -D_DEFAULT_SOURCE -I. -MMD -MP \
	  -DCSG_DATADIR='"$(DATADIR)"' -DCSG_VERSION='"$(VERSION)"' \
	  -DCSG_P11_PROXY='"$(shell pkg-config --variable=proxy_module \
	  p11-kit-1)"' \
	  $(shell pkg-config --cflags $(PKGS))
LDALL	= -pie -Wl,-z,relro -Wl,-z,now
LIBS	= $(shell pkg-config --libs $(PKGS)) -ldl

LIB	= err buf when text digest io outputs \
	  armor der yaml schema yamlw uri cert cms envelope \
	  policy message request endorsement seal evidence bundle \
	  quorum tally record chain seen \
	  draft format fmt_policy fmt_cms fmt_raw verify \
	  signer token token_p11 token_key token_gen token_init \
	  ledger state sign found
CMD	= cmd person messages workstation report json
TOOLS	= csg-keygen csg-request csg-endorse csg-sign csg-verify csg-policy \
	  csg-token
UNIT	= $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

LIBOBJ	= $(LIB:%=$(OUT)/lib/%.o)
CMDOBJ	= $(CMD:%=$(OUT)/cmd/%.o)

all: $(TOOLS:%=$(OUT)/bin/%)

$(OUT)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPALL) $(WARN) $(HARDEN) $(CFLAGS) -c -o $@ $<
$(OUT)/cmd/%.o: cmd/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPALL) $(WARN) $(HARDEN) $(CFLAGS) -c -o $@ $<
$(OUT)/libcsg.a: $(LIBOBJ)
	rm -f $@
	$(AR) rcs $@ $^
$(OUT)/bin/%: $(OUT)/cmd/%.o $(CMDOBJ) $(OUT)/libcsg.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDALL) $(LDFLAGS) -o $@ $^ $(LIBS)
$(OUT)/unit/%: tests/unit/%.c $(OUT)/libcsg.a
	@mkdir -p $(@D)
	$(CC) $(CPPALL) $(WARN) $(HARDEN) $(CFLAGS) $(LDALL) $(LDFLAGS) \
	    -o $@ $< $(OUT)/libcsg.a $(LIBS)

clean:
	rm -rf $(OUT)

-include $(wildcard $(OUT)/*/*.d)
