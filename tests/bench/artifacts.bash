#!/usr/bin/env bash
# artifacts.bash [BIN [MIB]]: how long csg-request, csg-endorse and csg-sign -n
# take to hash 8 artifacts of 64 MiB, on all cores and on one of them; the best
# of three runs each.
set -eu
bin=$(cd "${1:-out/bin}" && pwd)
mib=${2:-64}
policies=$(cd "$(dirname "$0")/../../policy" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
PATH=$bin:$PATH
export HOME=$dir CSG_POLICY=$dir/acme-1.csgpolicy CSG_TRUST=$dir/trust.pem
{
	csg-token init -q -d ws
	csg-token newkey -q -c ws/signer.yaml --name product -a rsa3072 --subject /CN=product
	for who in alice bob carol; do csg-keygen -q --no-passphrase $who; done
	csg-policy new "$policies/startup.yaml" -o acme-1.yaml
	csg-policy user add acme-1.yaml -g team,admins alice.crt bob.crt
	csg-policy user add acme-1.yaml -g admins carol.crt
	csg-policy key add acme-1.yaml ws/policy.crt ws/ledger.crt product.crt
	req=$(csg-request -q --founding acme-1.yaml -m founding -k carol.key)
	for who in alice bob; do csg-endorse -q -y --approve -k $who.key "$req" acme-1.yaml; done
	csg-policy found -q -c ws/signer.yaml acme-1.yaml "$req"
	for ((n = 0; n < 8; n++)); do truncate -s "${mib}M" "$n.bin"; done # holes hash like the rest
	csg-request -q -o the.csgreq -P product -m release -k alice.key ./*.bin
	csg-endorse -q -y --approve -k bob.key the.csgreq ./*.bin
} > /dev/null
TIMEFORMAT=%R
# best COMMAND...: seconds
best() {
	for _ in 1 2 3; do { time "$@" > /dev/null 2>&1; } 2>&1; done | sort -n | head -n 1
}
# compare NAME COMMAND...
compare() {
	local all one
	all=$(best "${@:2}")
	one=$(best taskset -c 0 "${@:2}")
	echo "$1, 8 artifacts of $mib MiB: $all s on $(nproc) cores, $one s on one; ratio $(awk "BEGIN { printf \"%.2f\", $one / $all }")"
}
compare csg-request csg-request -q -f -o again.csgreq -P product -m release -k alice.key ./*.bin
compare csg-endorse csg-endorse -q -f -y --approve -o again.csgend -k bob.key the.csgreq ./*.bin
compare 'csg-sign -n' csg-sign -n -p "$CSG_POLICY" -t "$CSG_TRUST" the.csgreq
