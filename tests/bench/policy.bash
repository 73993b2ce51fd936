#!/usr/bin/env bash
# policy.bash [BIN]: how long a policy of 1000 users, 200 groups and 100
# profiles takes to load, beside openssl reading the same certificates.
set -eu
bin=$(cd "${1:-out/bin}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
names=$(seq -f 'u%g' 1 1000; echo policy; echo ledger; seq -f 'k%g' 1 99)
for n in $names; do "$bin/csg-keygen" -q --no-passphrase "$n" > /dev/null; done
certificate() {
	echo '    certificate: |'
	sed 's/^/      /' "$1.crt"
}
{
	printf 'csg: policy/1\nname: big\nversion: 1\nprevious: none\n'
	printf 'issued: 2026-01-01T00:00:00Z\nexpires: 2036-01-01T00:00:00Z\nusers:\n'
	for n in $(seq -f 'u%g' 1 1000); do
		echo "  $n:"
		certificate "$n"
	done
	echo 'groups:'
	for ((g = 0; g < 200; g++)); do
		printf '  g%d: [u%d' "$g" $((g * 5 % 1000 + 1))
		for ((k = 1; k < 20; k++)); do printf ', u%d' $(((g * 5 + k * 47) % 1000 + 1)); done
		echo ']'
	done
	echo 'keys:'
	for n in policy ledger $(seq -f 'k%g' 1 99); do
		printf '  %s:\n    uri: pkcs11:object=%s\n' "$n" "$n"
		certificate "$n"
	done
	echo 'profiles:'
	echo '  policy: {key: policy, format: policy, requesters: [g0], quorum: [{group: g1, need: 2}]}'
	for ((p = 1; p < 100; p++)); do
		echo "  k$p: {key: k$p, format: raw, requesters: [g$p], quorum: [{group: g$((p + 1)), need: 3}, {group: g$((p + 60)), need: 2}]}"
	done
} > big.yaml
for n in $names; do cat "$n.crt"; done > all.pem
TIMEFORMAT=%R
ours=$({ time "$bin/csg-policy" check -q big.yaml > /dev/null; } 2>&1)
peer=$({ time openssl crl2pkcs7 -nocrl -certfile all.pem -out /dev/null; } 2>&1)
echo "csg-policy check: $ours s; openssl crl2pkcs7 of the same 1101 certificates: $peer s; ratio $(awk "BEGIN { printf \"%.1f\", $ours / $peer }")"
