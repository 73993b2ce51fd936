#!/usr/bin/env bash
# The story of csg, with the real tools, in a directory of its own.
# Every command is printed before its output.
# shellcheck disable=SC2016 # what shell() evaluates
set -u
bin=$(cd "${1:-out/bin}" && pwd) || exit 4
examples=$(cd "${2:-policy}" && pwd) || exit 4
dir=$(mktemp -d "${TMPDIR:-/tmp}/csg-demo.XXXXXX") || exit 4
bold=''; plain=''
[ -t 1 ] && { bold=$'\e[1m'; plain=$'\e[0m'; }
last=''

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# run CODE COMMAND...: print, run, and insist on the exit status; what it
# writes to stdout is in $last
run() {
	local want=$1 got
	shift
	printf '$ %s\n' "$(words "$@")"
	"$@" > "$dir/.out" 2> "$dir/.err"
	got=$?
	last=$(< "$dir/.out")
	cat "$dir/.err" "$dir/.out"
	expect "$want" "$got"
}

# shell CODE LINE: the same for a line of shell
shell() {
	local want=$1 got
	printf '$ %s\n' "$2"
	eval "$2" > "$dir/.out" 2>&1
	got=$?
	cat "$dir/.out"
	expect "$want" "$got"
}

expect() {
	[ "$1" = "$2" ] && return
	printf 'demo: exit status %s, expected %s\n' "$2" "$1"
	exit 1
}

# words WORD...: as one would type them
words() {
	local w line=''
	for w; do
		case $w in *[!A-Za-z0-9_./:=,%@+-]*) w="'$w'" ;; esac
		line="$line${line:+ }$w"
	done
	printf '%s' "$line"
}

say 'Everything happens in a directory of its own'
run 0 cd "$dir"
shell 0 "export PATH='$bin':\$PATH HOME=\$PWD/home"
run 0 unset CSG_POLICY CSG_TRUST CSG_KEY CSG_PROFILE XDG_CONFIG_HOME XDG_STATE_HOME

say 'A signing workstation: a token, its keys, an empty ledger'
run 0 csg-token init -d ws
run 0 csg-token newkey -c ws/signer.yaml --name firmware -a rsa3072 --subject '/CN=firmware/O=Acme'
run 0 csg-token list -c ws/signer.yaml

say 'People make their keys (here without passphrases, only for the demo)'
k=home/.config/csg
run 0 mkdir -p $k
for who in dave alice bob erin frank grace heidi; do
	run 0 csg-keygen --no-passphrase -o $k "$who"
done
shell 0 "cp $k/*.crt ws/*.crt ."

say 'The policy is drafted from an example'
run 0 csg-policy new "$examples/firmware.yaml" -o acme-1.yaml
run 0 csg-policy user add acme-1.yaml -g developers dave.crt
run 0 csg-policy user add acme-1.yaml -g qa,admins alice.crt
run 0 csg-policy user add acme-1.yaml -g qa bob.crt
run 0 csg-policy user add acme-1.yaml -g security,admins erin.crt
run 0 csg-policy user add acme-1.yaml -g security frank.crt grace.crt
run 0 csg-policy user add acme-1.yaml -g admins heidi.crt
run 0 csg-policy key add acme-1.yaml policy.crt ledger.crt firmware.crt
run 0 csg-policy check acme-1.yaml

say 'Founding: the first admins approve the draft, the workstation signs it'
run 0 csg-request --founding acme-1.yaml -m 'our first policy' -k $k/heidi.key
req=$last
run 0 csg-endorse --approve -y -k $k/alice.key "$req" acme-1.yaml
run 0 csg-endorse --approve -y -k $k/erin.key "$req" acme-1.yaml
run 0 csg-policy found -c ws/signer.yaml acme-1.yaml "$req"
run 0 cp acme-1.csgpolicy $k/policy.csgpolicy
run 0 cp trust.pem $k/trust.pem

say 'A developer asks for signatures of real programs'
run 0 cp /usr/bin/openssl "$bin/csg-sign" "$bin/csg-verify" .
run 0 csg-request -P firmware -m 'release 1.0' -k $k/dave.key openssl csg-sign csg-verify
req=$last

say 'Two of three approve: too few votes, and none of them can be the own'
run 0 csg-endorse --approve -y -k $k/alice.key "$req" openssl csg-sign csg-verify
run 0 csg-endorse --approve -y -k $k/erin.key "$req" openssl csg-sign csg-verify
run 5 csg-sign -c ws/signer.yaml "$req"
run 1 csg-endorse --approve -y -k $k/dave.key "$req" openssl csg-sign csg-verify

say 'One rejection stops another request for good, whoever approved it'
shell 0 'echo beta > beta.bin'
run 0 csg-request -P firmware -m 'beta for a customer' -k $k/dave.key beta.bin
beta=$last
for who in alice erin frank; do
	run 0 csg-endorse --approve -y -k $k/$who.key "$beta" beta.bin
done
run 0 csg-endorse --reject -y -m 'contains test keys' -k $k/grace.key "$beta" beta.bin
run 1 csg-sign -c ws/signer.yaml "$beta"

say 'A program was tampered with on its way: nobody can approve it'
run 0 cp openssl openssl.good
shell 0 'printf X | dd of=openssl bs=1 seek=100 conv=notrunc status=none'
run 1 csg-endorse --approve -y -k $k/frank.key "$req" openssl csg-sign csg-verify
run 0 mv openssl.good openssl

say 'Somebody has the PIN and signs around csg: openssl is content, csg-verify is not'
shell 0 'echo malware > evil.bin'
shell 0 'export SOFTHSM2_CONF=$PWD/ws/softhsm2.conf'
shell 0 'module=$(sed -n "s/^module: *//p" ws/signer.yaml)'
shell 0 'id=$(csg-token list -j -c ws/signer.yaml | sed -n "/\"firmware\"/,/id/s/.*\"id\": \"\(.*\)\".*/\1/p")'
shell 0 '(printf "\060\061\060\015\006\011\140\206\110\001\145\003\004\002\001\005\000\004\040"; openssl dgst -sha256 -binary evil.bin) > evil.info'
shell 0 'pkcs11-tool --module $module --login --pin $(cat ws/pin) --sign --mechanism RSA-PKCS --id $id -i evil.info -o evil.bin.sig'
shell 0 'openssl x509 -in firmware.crt -noout -pubkey > firmware.pub'
run 0 openssl dgst -sha256 -verify firmware.pub -signature evil.bin.sig evil.bin
run 1 csg-verify -P firmware -s evil.bin.sig evil.bin

say 'The last vote: the quorum is there, and everything is signed under one login'
run 0 csg-endorse --approve -y -k $k/frank.key "$req" openssl csg-sign csg-verify
run 0 csg-sign -c ws/signer.yaml "$req"
run 0 csg-verify -P firmware openssl csg-sign csg-verify
run 0 openssl cms -verify -binary -inform DER -in openssl.p7s -content openssl -nointern -certfile firmware.crt -CAfile firmware.crt -purpose any -out /dev/null

say 'What the ledger has of all this, and whether it is whole'
run 0 csg-log list -c ws/signer.yaml
run 0 csg-log verify -c ws/signer.yaml

say 'What the policy means: who together could get a signature'
run 0 csg-policy explain firmware
run 0 csg-policy audit firmware

say "That was the main job.  Everything is still in $dir"
