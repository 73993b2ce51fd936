#!/usr/bin/env bats
# Every byte and every line of every kind of file, tampered with, and every
# end of it cut off: refused, or it means the same.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	people "$W/keys" a b c
	cd "$W" || return
	csg-token init -q -d ws > /dev/null
	csg-token newkey -q -c ws/signer.yaml --name product -a p256 --subject /CN=product -o keys/product.crt > /dev/null
	csg-token newkey -q -c ws/signer.yaml --name rom -a rsa3072-pss --subject /CN=rom -o keys/rom.crt > /dev/null
	csg-policy new "$root/policy/startup.yaml" -o s-1.yaml > /dev/null
	csg-policy user add s-1.yaml -g team,admins keys/a.crt keys/b.crt
	csg-policy user add s-1.yaml -g admins keys/c.crt
	csg-policy key add s-1.yaml ws/policy.crt ws/ledger.crt keys/product.crt keys/rom.crt
	echo '  rom: {key: rom, format: raw, requesters: [team], quorum: [{group: team, need: 1}]}' >> s-1.yaml
	req=$(csg-request -q --founding s-1.yaml -m founding -k "$(key a)")
	csg-endorse -q -y --approve -k "$(key b)" "$req" s-1.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key c)" "$req" s-1.yaml > /dev/null
	csg-policy found -q -c ws/signer.yaml s-1.yaml "$req" > /dev/null
	export HOME=$W/home CSG_POLICY=$W/s-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir home
	for profile in product rom; do
		echo "the $profile" > $profile.bin
		req=$(csg-request -q -o $profile.csgreq -P $profile -m x -k "$(key a)" $profile.bin)
		csg-endorse -q -y --approve -o $profile.csgend -k "$(key b)" "$req" $profile.bin > /dev/null
		csg-sign -q -c ws/signer.yaml "$req" $profile.csgend > /dev/null
		mv 2*.csgproof $profile.csgproof
	done
}
setup() {
	cd "$W" || return
	chain=$W/s-1.csgpolicy trust=$W/trust.pem
	# every third byte, unless all are asked for
	[[ ${CSG_CRASH:-} == all ]] || export BYTES_STEP=3
	[[ -z $sanitized ]] || export BYTES_STEP=11
}

# bytes SAME KIND FILE...: of that many variations at least a thousand, at
# most SAME mean what the file means
bytes() {
	run -0 "$CSG_UNIT/bytes" "$2" "$trust" "$chain" "${@:3}"
	echo "# $2: $output" >&3
	[[ $output =~ ^([0-9]+)" tried, "([0-9]+)" the same, 0 another"$ ]]
	[[ ${BASH_REMATCH[1]} -gt $((1000 / ${BYTES_STEP:-1})) && ${BASH_REMATCH[2]} -le $1 ]]
}

@test "attacks 9, 23: a request and a vote" {
	bytes 99 request product.csgreq
	bytes 99 vote product.csgend product.csgreq
}

@test "attacks 9, 23: a policy chain and its anchor" {
	bytes 99 chain "$chain"
	bytes 999 trust "$trust"
}

@test "attacks 9, 21, 23: a CMS signature and a raw one" {
	bytes 0 signature product.bin.p7s product.csgproof product.bin
	bytes 0 signature rom.bin.sig rom.csgproof rom.bin
}

@test "attacks 9, 23, 69: what stands behind the chain in a proof" {
	# the chain, which the proof begins with, has its own test
	cmp -n "$(stat -c %s "$chain")" product.csgproof "$chain"
	tail -c "+$(($(stat -c %s "$chain") + 1))" product.csgproof > record
	bytes 99 record record
}
