#!/usr/bin/env bats
# make demo: the story in its order, every command before its output.

load helpers

@test "the demo tells its story in its order" {
	export TMPDIR=$BATS_TEST_TMPDIR
	run -0 --separate-stderr "$root/tests/demo.bash" "$CSG_BIN" "$root/policy"
	[[ -z $stderr ]]
	printf '%s\n' "$output" > "$TMPDIR/told"
	# what happens, in this order
	want=('waiting: QUORUM: security 1/2' 'refused: VETO: grace rejected' 'refused: DIGEST: openssl: differs' '$ pkcs11-tool --module' 'Verified OK' 'refused: UNENDORSED: evil.bin: signed by key firmware, but not endorsed' 'frank approves' '$ csg-sign -c' 'openssl.p7s' '$ csg-verify -P firmware openssl' 'valid: openssl: profile acme/firmware' '$ openssl cms -verify')
	after=0
	for line in "${want[@]}"; do
		at=$(awk -v after="$after" -v want="$line" 'NR > after && index($0, want) { print NR; exit }' "$TMPDIR/told")
		[[ -n $at ]] || {
			echo "not told after line $after: $line"
			return 1
		}
		after=$at
	done
}

@test "the demo's printed commands are all that it takes" {
	export TMPDIR=$BATS_TEST_TMPDIR
	cd "$TMPDIR"
	"$root/tests/demo.bash" "$CSG_BIN" "$root/policy" > told
	dir=$(sed -n 's/^\$ cd //p' told)
	# typed again in another directory, with the names that it gave
	mkdir again
	sed -n 's/^\$ //p' told | sed "s|$dir|$PWD/again|g" > script
	# a request's name is another each time
	n=0
	while read -r old; do
		n=$((n + 1))
		sed -i "s/$old/\$req$n/g" script
	done < <(grep -oE '^[0-9]{8}-[a-z]{5}-[a-z]{5}\.csgreq$' told | sed 's/\.csgreq$//')
	[[ $n == 3 ]]
	awk '/^csg-request/ { n++; print "req" n "=$(" $0 "); req" n "=${req" n "%.csgreq}"; next } { print }' script > typed
	run bash typed
	[[ $status == 0 ]]
	cd again
	run -0 "$CSG_BIN/csg-verify" -t trust.pem -P firmware openssl csg-sign csg-verify
	[[ $(csg-log list -c ws/signer.yaml --kind finish | wc -l) == 1 ]]
}
