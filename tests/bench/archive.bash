#!/usr/bin/env bash
# archive.bash [BIN]: how long csg-verify -r takes for 1000 artifacts of 50
# proofs, beside a loop of openssl cms -verify over the same signatures, which
# recounts nothing.
set -eu
bin=$(cd "${1:-out/bin}" && pwd)
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
	for ((r = 0; r < 50; r++)); do
		mkdir -p "tree/$r"
		cd "tree/$r"
		for ((n = 0; n < 20; n++)); do head -c 20000 /dev/urandom > "$n.bin"; done
		req=$(csg-request -q -P product -m "release $r" -k ../../alice.key ./*.bin)
		csg-endorse -q -y --approve -k ../../bob.key "$req" ./*.bin
		csg-sign -q -c ../../ws/signer.yaml "$req"
		cd ../..
	done
} > /dev/null
peer() {
	local f
	for f in tree/*/*.bin; do
		openssl cms -verify -binary -inform DER -in "$f.p7s" -content "$f" -nointern -certfile product.crt -CAfile product.crt -partial_chain -purpose any -out /dev/null 2> /dev/null
	done
}
TIMEFORMAT=%R
ours=$({ time csg-verify -q -P product -r tree; } 2>&1)
one=$({ time csg-verify -q -P product -r tree --jobs 1; } 2>&1)
theirs=$({ time peer; } 2>&1)
echo "csg-verify -r, 1000 artifacts: $ours s on $(nproc) cores, $one s on one; openssl cms -verify in a loop: $theirs s; ratio $(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"
