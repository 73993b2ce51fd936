#!/usr/bin/env bats
# What tests/layers finds: each rule broken once in a small tree that keeps to
# all of them.

load helpers

# put FILE: with standard input; and FILE.o, in out
put() {
	mkdir -p "$(dirname "$1")" "out/$(dirname "$1")"
	cat > "$1"
	[[ $1 != *.c ]] || object "$1"
}
object() { cc -std=gnu90 -O2 -D_FORTIFY_SOURCE=2 -w -I. $FLAGS -include stddef.h -c -o "out/${1%.c}.o" "$1"; }
# tool NAME: out/bin/NAME, of all objects in lib and cmd/common
tool() {
	rm -f out/all.a
	ar qcs out/all.a out/lib/*/*.o out/cmd/common/*.o
	cc -o "out/bin/$1" "out/cmd/$1.o" out/all.a -Wl,--as-needed -lsqlite3 -lyaml -lp11-kit -lsmartcols -lcrypto
}

setup_file() {
	FLAGS=$(pkg-config --cflags p11-kit-1 smartcols)
	export FLAGS
	mkdir -p "$BATS_FILE_TMPDIR/tree/out/bin"
	cd "$BATS_FILE_TMPDIR/tree" || return
	put lib/base/text.h <<< 'int text(void);'
	put lib/base/text.c <<< 'int text(void) { return 1; }'
	put lib/base/io.h <<< 'int io(void);'
	put lib/base/io.c <<< 'int io(void) { return 2; }'
	put lib/codec/yaml.c <<-'END'
		#include <yaml.h>
		#include "lib/base/io.h"
		const char *yaml(void) { return io() != 0 ? yaml_get_version_string() : NULL; }
	END
	put lib/crypto/pkcs11_uri.c <<-'END'
		#include <p11-kit/uri.h>
		void *uri(void) { return p11_kit_uri_new(); }
	END
	put lib/policy/quorum.h <<< 'int quorum(void);'
	put lib/policy/quorum.c <<-'END'
		#include "lib/policy/quorum.h"
		#include "lib/base/text.h"
		int quorum(void) { return text(); }
	END
	put lib/ledger/store_sqlite.h <<< 'int sqlite(void);'
	put lib/ledger/store_sqlite.c <<-'END'
		#include <sqlite3.h>
		int sqlite(void) { return sqlite3_libversion_number(); }
	END
	put lib/token/token.c <<-'END'
		#include <p11-kit/pkcs11.h>
		#include <libp11.h>
		int token(void) { return PKCS11_CTX_new() != NULL; }
	END
	put lib/explain/phrase.h <<< 'int phrase(void);'
	put lib/explain/phrase.c <<-'END'
		#include "lib/policy/quorum.h"
		int phrase(void) { return quorum(); }
	END
	put cmd/common/cmd.h <<< 'void say(void);'
	put cmd/common/cmd.c <<-'END'
		#include <stdio.h>
		#include <time.h>
		void say(void) { printf("%ld\n", (long)time(NULL)); }
	END
	put cmd/common/table.c <<-'END'
		#include <libsmartcols.h>
		int table(void) { return scols_new_table() != NULL; }
	END
	put cmd/log/list.h <<< 'int list(void);'
	put cmd/log/list.c <<-'END'
		#include "cmd/common/cmd.h"
		#include "lib/ledger/store_sqlite.h"
		int list(void) { say(); return sqlite(); }
	END
	put cmd/csg-log.c <<-'END'
		#include "lib/ledger/store_sqlite.h"
		int main(void) { return sqlite(); }
	END
	put cmd/csg-verify.c <<-'END'
		#include "cmd/common/cmd.h"
		int main(void) { say(); return yaml() == NULL; }
	END
	tool csg-log
	tool csg-verify
}

setup() {
	T=$BATS_TEST_TMPDIR
	cp -a "$BATS_FILE_TMPDIR/tree" "$T/tree"
	# the exceptions are of csg's own tree
	grep -v '^except ' "$root/tests/layers" > "$T/layers"
	cd "$T/tree" || return
}
# layers CODE LINE...: that is all it says
layers() {
	run "-$1" perl "$T/layers"
	shift
	[[ $output == "$(printf '%s\n' "$@")" ]] || { echo "$output"; return 1; }
}
# breaks FILE LINE...: the file is as standard input, and these are found; then
# it is as before
breaks() {
	local file=$1 object=out/${1%.c}.o
	shift
	rm -f "$T"/was.*
	[[ ! -e $file ]] || cp -p "$file" "$T/was.file"
	[[ ! -e $object ]] || cp -p "$object" "$T/was.o"
	put "$file"
	layers 1 "$@"
	rm -f "$file" "$object"
	[[ ! -e $T/was.file ]] || mv "$T/was.file" "$file"
	[[ ! -e $T/was.o ]] || mv "$T/was.o" "$object"
}

@test "a tree that keeps to the rules" {
	layers 0
	# from elsewhere
	cd / || return
	run -0 perl "$T/layers" "$T/tree" "$T/tree/out"
	[[ -z $output ]]
}

@test "a room uses none below it: by header, and by symbol" {
	breaks lib/base/text.c 'lib/base/text.c: lib/ledger/store_sqlite.h: base may not use ledger, which is below it in the table' <<-'END'
		#include "lib/ledger/store_sqlite.h"
		int text(void) { return 1; }
	END
	breaks lib/base/text.h 'lib/base/text.h: lib/policy/quorum.h: base may not use policy, which is below it in the table' <<-'END'
		#include "lib/policy/quorum.h"
		int text(void);
	END
	breaks lib/base/text.c 'lib/base/text.c: sqlite: base may not use ledger, which is below it in the table' <<< 'int text(void) { return sqlite(); }'
	breaks lib/ledger/reader.c 'lib/ledger/reader.c: phrase: ledger may not use explain, which is below it in the table' <<< 'int reader(void) { return phrase(); }'
	# but those above
	put lib/ledger/reader.c <<-'END'
		#include "lib/policy/quorum.h"
		int reader(void) { return quorum() + io() + sqlite(); }
	END
	layers 0
}

@test "what a room is not to use, and what it may use alone" {
	breaks lib/policy/quorum.c 'lib/policy/quorum.c: lib/base/io.h: policy is not to use it' <<-'END'
		#include "lib/base/io.h"
		int quorum(void) { return 1; }
	END
	breaks lib/policy/quorum.c 'lib/policy/quorum.c: io: policy is not to use it' <<< 'int quorum(void) { return io(); }'
	breaks lib/decide/tally.c 'lib/decide/tally.c: io: decide is not to use it' <<< 'int tally(void) { return io(); }'
	breaks lib/token/token.c 'lib/token/token.c: quorum: token may not use policy' <<< 'int token(void) { return quorum(); }'
	breaks lib/explain/phrase.c 'lib/explain/phrase.c: sqlite: explain may not use ledger' <<< 'int phrase(void) { return sqlite(); }'
}

@test "lib uses nothing of cmd, and the rooms of cmd only what they share" {
	breaks lib/base/text.c 'lib/base/text.c: cmd/common/cmd.h: lib may not use cmd/common/cmd.h' 'lib/base/text.c: say: lib may not use cmd/common/cmd.c' <<-'END'
		#include "cmd/common/cmd.h"
		int text(void) { say(); return 1; }
	END
	breaks cmd/token/keys.c 'cmd/token/keys.c: list: cmd/token may not use cmd/log/list.c' <<< 'int keys(void) { return list(); }'
	put cmd/log/list.c <<< 'int list(void) { return 1; }'
	breaks cmd/common/cmd.c 'cmd/common/cmd.c: list: cmd/common may not use cmd/log/list.c' <<< 'void say(void) { list(); }'
	breaks cmd/csg-verify.c 'cmd/csg-verify.c: cmd/log/list.h: cmd/verify may not use cmd/log/list.h' <<-'END'
		#include "cmd/log/list.h"
		int main(void) { return 0; }
	END
	# a tool its own
	put cmd/csg-log.c <<-'END'
		#include "cmd/log/list.h"
		int main(void) { return list(); }
	END
	layers 0
}

@test "rooms and tools are those of the table; headers are named by their paths" {
	breaks lib/misc/misc.c 'lib/misc/misc.c: misc: is no room of the table' <<< 'int misc;'
	breaks cmd/csg-new.c 'cmd/csg-new.c: csg-new: is no tool of the table' <<< 'int main(void) { return 0; }'
	breaks lib/base/text.c 'lib/base/text.c: text.h: is not included by its path from the root' <<-'END'
		#include "text.h"
		int text(void) { return 1; }
	END
}

@test "a library is used in its room or file alone: by header, and by symbol" {
	breaks lib/crypto/pkcs11_uri.c 'lib/crypto/pkcs11_uri.c: p11-kit/pkcs11.h: is of PKCS#11, for token only' <<-'END'
		#include <p11-kit/pkcs11.h>
		#include <p11-kit/uri.h>
	END
	breaks cmd/common/cmd.h 'cmd/common/cmd.h: sqlite3.h: is of sqlite3, for ledger/store_sqlite only' <<< '#include <sqlite3.h>'
	breaks lib/crypto/cert.c \
	    'lib/crypto/cert.c: sqlite3.h: is of sqlite3, for ledger/store_sqlite only' \
	    'lib/crypto/cert.c: libp11.h: is of libp11, for token only' \
	    'lib/crypto/cert.c: p11-kit/p11-kit.h: is of p11-kit, for token crypto/pkcs11_uri only' \
	    'lib/crypto/cert.c: yaml.h: is of libyaml, for codec only' <<-'END'
		#include <sqlite3.h>
		#include <libp11.h>
		#include <p11-kit/p11-kit.h>
		# include <yaml.h>
	END
	breaks lib/crypto/cert.c \
	    'lib/crypto/cert.c: PKCS11_CTX_new: is of libp11, for token only' \
	    'lib/crypto/cert.c: p11_kit_uri_new: is of p11-kit, for token crypto/pkcs11_uri only' \
	    'lib/crypto/cert.c: sqlite3_libversion: is of sqlite3, for ledger/store_sqlite only' \
	    'lib/crypto/cert.c: yaml_get_version: is of libyaml, for codec only' <<-'END'
		int cert(void) { return PKCS11_CTX_new() + p11_kit_uri_new() + sqlite3_libversion() + yaml_get_version(); }
	END
	breaks cmd/common/cmd.c 'cmd/common/cmd.c: yaml_get_version: is of libyaml, for codec only' <<< 'void say(void) { yaml_get_version(); }'
	breaks cmd/common/cmd.c 'cmd/common/cmd.c: scols_new_table: is of smartcols, for cmd/common/table only' <<< 'void say(void) { scols_new_table(); }'
	breaks lib/crypto/cert.c 'lib/crypto/cert.c: libsmartcols.h: is of smartcols, for cmd/common/table only' <<< '#include <libsmartcols.h>'
	# one file of a room, and not its neighbours
	breaks lib/ledger/reader.c \
	    'lib/ledger/reader.c: sqlite3.h: is of sqlite3, for ledger/store_sqlite only' \
	    'lib/ledger/reader.c: sqlite3_libversion_number: is of sqlite3, for ledger/store_sqlite only' <<-'END'
		#include <sqlite3.h>
		int reader(void) { return sqlite3_libversion_number(); }
	END
}

@test "lib sees no clock, environment or terminal, and never prints or exits" {
	local rule='lib/policy/quorum.c: %s: lib uses no %s'
	# shellcheck disable=SC2059 # rule is a format
	breaks lib/policy/quorum.c "$(printf "$rule\n" __assert_fail exits __printf_chk printing _exit exits abort exits \
	    clock_gettime clock exit exits getenv environment isatty terminal localtime environment puts printing \
	    secure_getenv environment stderr printing stdout printing time clock)" <<-'END'
		#define _GNU_SOURCE
		#include <assert.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <time.h>
		#include <unistd.h>
		int quorum(void)
		{
			struct timespec ts;
			time_t t = time(NULL);
			assert(t > 0);
			switch (printf("%d\n", (int)t)) {
			case 1: clock_gettime(CLOCK_REALTIME, &ts); exit(0);
			case 2: localtime(&t); _exit(0);
			case 3: puts(secure_getenv("A")); abort();
			case 4: fprintf(stderr, "%s", getenv("A"));
			case 5: fflush(stdout);
			}
			return isatty(0);
		}
	END
	# what is given to it may be written to
	put lib/policy/quorum.c <<-'END'
		#include <stdio.h>
		int quorum(FILE *f) { char s[20]; return fprintf(f, "x") + snprintf(s, sizeof(s), "%p", (void *)f) + s[1]; }
	END
	layers 0
}

@test "no circle of objects in lib, nor in cmd" {
	put lib/base/io.c <<< 'int io(void) { return text(); }'
	layers 0
	breaks lib/base/text.c 'lib/base/io.c: lib/base/text.c: circle of 2 objects: lib/base/io.c uses lib/base/text.c (text), lib/base/text.c uses lib/base/io.c (io)' <<< 'int text(void) { return io(); }'
	put lib/base/io.c <<< 'int io(void) { return buf(); }'
	put lib/base/buf.c <<< 'int buf(void) { return text(); }'
	layers 0
	breaks lib/base/text.c 'lib/base/buf.c: lib/base/text.c: circle of 3 objects: lib/base/buf.c uses lib/base/text.c (text), lib/base/text.c uses lib/base/io.c (io), lib/base/io.c uses lib/base/buf.c (buf)' <<< 'int text(void) { return io(); }'
	put cmd/log/list.c <<< 'int list(void) { return check(); }'
	breaks cmd/log/check.c 'cmd/log/check.c: cmd/log/list.c: circle of 2 objects: cmd/log/check.c uses cmd/log/list.c (list), cmd/log/list.c uses cmd/log/check.c (check)' <<< 'int check(void) { return list(); }'
	# through a datum
	put lib/base/io.c <<< 'extern int text_n; int io_n; int io(void) { return text_n; }'
	breaks lib/base/text.c 'lib/base/io.c: lib/base/text.c: circle of 2 objects: lib/base/io.c uses lib/base/text.c (text_n), lib/base/text.c uses lib/base/io.c (io_n)' <<< 'extern int io_n; int text_n; int text(void) { return io_n; }'
}

@test "a tool links what the table says, and no more" {
	put cmd/csg-verify.c <<< 'int main(void) { return sqlite(); }'
	tool csg-verify
	layers 1 'cmd/csg-verify.c: libsqlite3: csg-verify must not link it'
	# the ledger's tool may
	put cmd/csg-verify.c <<< 'int main(void) { return 0; }'
	tool csg-verify
	layers 0
	run -0 readelf -d out/bin/csg-log
	[[ $output == *NEEDED*libsqlite3* ]]
}

@test "without a whole build nothing is said" {
	mv out/lib/base/io.o o
	run -2 perl "$T/layers"
	[[ $output == 'layers: ./out/lib/base/io.o is not there: build first' ]]
	mv o out/lib/base/io.o
	layers 0
	touch -d '1 hour ago' out/lib/base/io.o
	run -2 perl "$T/layers"
	[[ $output == 'layers: ./out/lib/base/io.o is older than its source: build first' ]]
	touch out/lib/base/io.o
	layers 0
	rm out/bin/csg-log
	run -2 perl "$T/layers"
	[[ $output == 'layers: ./out/bin/csg-log is not there: build first' ]]
	run -2 perl "$T/layers" "$T"
	[[ $output == "layers: $T has no lib and no cmd" ]]
}

# excepting ROW...: such exceptions in the table
excepting() {
	local rows
	rows=$(printf 'except %s because\\n' "$@")
	sed "/^except /d; s|^END\$|${rows}END|" "$root/tests/layers" > "$T/layers"
}

@test "an exception lets one use pass, and goes when it is no longer needed" {
	put lib/policy/quorum.c <<< 'int quorum(void) { return io() + isatty(0); }'
	layers 1 'lib/policy/quorum.c: io: policy is not to use it' 'lib/policy/quorum.c: isatty: lib uses no terminal'
	excepting 'lib/policy/quorum.c io'
	layers 1 'lib/policy/quorum.c: isatty: lib uses no terminal'
	excepting 'lib/policy/quorum.c io' 'lib/policy/quorum.c isatty'
	layers 0
	put lib/policy/quorum.c <<< 'int quorum(void) { return io(); }'
	layers 1 'tests/layers: lib/policy/quorum.c isatty: the exception is not needed any more'
	# of a circle: the file that is used
	put lib/policy/quorum.c <<< 'int quorum(void) { return 1; }'
	put lib/base/text.c <<< 'int text(void) { return io(); }'
	put lib/base/io.c <<< 'int io(void) { return text(); }'
	excepting 'lib/base/text.c lib/base/io.c'
	layers 0
	put lib/base/io.c <<< 'int io(void) { return 1; }'
	layers 1 'tests/layers: lib/base/text.c lib/base/io.c: the exception is not needed any more'
}
