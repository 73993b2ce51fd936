#!/usr/bin/env bats
# The pages and the code say the same.

load helpers

@test "every option stands in code, help and page alike" {
	for tool in keygen request endorse sign verify policy token; do
		page=$root/man/csg-$tool.1
		"csg-$tool" --help > "$BATS_TEST_TMPDIR/help"
		grep -oE '^  (-.|   ) ?,? ?--[a-z-]+' "$BATS_TEST_TMPDIR/help" |
			grep -oE -- '--[a-z-]+' | sort > "$BATS_TEST_TMPDIR/code"
		[[ -s $BATS_TEST_TMPDIR/code ]]
		grep -E '^\.It Fl' "$page" | grep -oE 'Fl -[a-z][a-z-]+' |
			sed 's/Fl -/--/' | sort > "$BATS_TEST_TMPDIR/page"
		diff "$BATS_TEST_TMPDIR/code" "$BATS_TEST_TMPDIR/page"
		grep -oE '^  -.' "$BATS_TEST_TMPDIR/help" | tr -d ' -' | sort > "$BATS_TEST_TMPDIR/code"
		grep -oE '^\.It Fl .( |$)' "$page" | sed 's/.It Fl //' | tr -d ' ' | sort > "$BATS_TEST_TMPDIR/page"
		diff "$BATS_TEST_TMPDIR/code" "$BATS_TEST_TMPDIR/page"
	done
}

@test "csg(7) lists every reason with its exit status, and no other" {
	sed -n 's/^\tX(\([A-Z]*\), \([A-Z]*\),.*/\1 \2/p' "$root/lib/err.h" |
		sed 's/REFUSED/1/; s/MALFORMED/3/; s/TROUBLE/4/; s/NOTYET/5/' > "$BATS_TEST_TMPDIR/code"
	[[ $(wc -l < "$BATS_TEST_TMPDIR/code") -ge 30 ]]
	sed -n '/^.It Sy /{s/^.It Sy //;N;s/\n(\(.\)).*/ \1/;p}' "$root/man/csg.7" > "$BATS_TEST_TMPDIR/page"
	diff "$BATS_TEST_TMPDIR/code" "$BATS_TEST_TMPDIR/page"
}

@test "what csg-policy(5) shows as example policies is what is shipped" {
	for p in "$root"/policy/*.yaml; do
		grep -q '^csg: policy/1$' "$p"
		[[ $(head -n 1 "$p") == '# '* ]]
	done
}

@test "the programs are hardened" {
	[[ $CSG_BIN != *asan* ]] || return 0
	for tool in keygen request endorse sign verify policy token; do
		readelf -hldW "$CSG_BIN/csg-$tool" > "$BATS_TEST_TMPDIR/elf"
		grep -q 'Type: *DYN' "$BATS_TEST_TMPDIR/elf"
		grep -q GNU_RELRO "$BATS_TEST_TMPDIR/elf"
		grep -qE 'BIND_NOW|FLAGS_1.*NOW' "$BATS_TEST_TMPDIR/elf"
		readelf -sW "$CSG_BIN/csg-$tool" | grep -q __stack_chk_fail
	done
}
