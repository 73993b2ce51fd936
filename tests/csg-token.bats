#!/usr/bin/env bats
# csg-token: the workstation's token and what keys must be like.

load helpers

setup() {
	export W=$BATS_TEST_TMPDIR/w
	mkdir -p "$W"
	cd "$W"
}

@test "init makes everything inside its directory, and only once" {
	export HOME=$W/home
	mkdir home
	accepted csg-token init -d ws
	[[ $output == "$W/ws/signer.yaml" ]]
	[[ $(stat -c %a ws) == 700 && $(stat -c %a ws/pin) == 600 && $(stat -c %a ws/so-pin) == 600 ]]
	[[ -z $(ls -A home) ]]
	refused 4 IO csg-token init -d ws
	accepted csg-token list -c ws/signer.yaml
	[[ ${#lines[@]} == 2 && $output != *"NOT FIT"* ]]
}

@test "list: a table, with a heading on a terminal" {
	csg-token init -q -d new > /dev/null
	accepted csg-token list -c new/signer.yaml
	[[ ${#lines[@]} == 2 && ${lines[0]} == "ledger p384 yes "*" CKM_ECDSA "*yes ]]
	run -0 script -qec 'stty cols 100; csg-token list -c new/signer.yaml' typed < /dev/null
	[[ ${#lines[@]} == 3 && ${lines[0]} == "KEY    TYPE FIT TO SIGN ORIGIN "* ]]
	# narrower, cells are wrapped, and the names whole
	run -0 script -qec 'stty cols 50; csg-token list -c new/signer.yaml' typed < /dev/null
	((${#lines[@]} > 3))
	[[ ${lines[1]} == "ledger "* ]]
}

@test "a used token's label is refused" {
	csg-token init -q -d one > /dev/null
	export SOFTHSM2_CONF=$W/one/softhsm2.conf
	refused 4 CONFIG csg-token init -q -d two --module $softhsm
	[[ ! -e two ]]
	accepted csg-token init -q -d three --module $softhsm --label other
	accepted csg-token list -c three/signer.yaml
}

@test "init that fails leaves nothing, or says where the PINs are" {
	local bad n
	bad=$(cd "$CSG_UNIT" && pwd)/badmodule.so
	under "trace:$PWD/trace" csg-token init -q -d whole
	[[ $code == 0 ]]
	n=$(grep -n -m 1 signer.yaml trace | cut -d : -f 1)
	under "enospc:$n" csg-token init -q -d part
	[[ $code == 4 && ! -e part ]]
	grep -q ': IO: ' errors
	accepted csg-token init -q -d part
	# a token of a module of one's own stays, and so do its PINs
	mkdir tokens
	echo "directories.tokendir = $PWD/tokens" > hsm.conf
	export SOFTHSM2_CONF=$PWD/hsm.conf
	BADMODULE=lie refused 4 SELFTEST csg-token init -d hsm --module "$bad" --label mine
	[[ $stderr == *"warning: the token 'mine' may be initialised, and its PINs are in $PWD/hsm/pin and $PWD/hsm/so-pin: "* ]]
	[[ -s hsm/pin && -s hsm/so-pin && ! -e hsm/signer.yaml ]]
	# what it says to do
	softhsm2-util --init-token --token mine --so-pin "$(< hsm/so-pin)" --label csg-old --pin 1234 > /dev/null
	rm -r hsm
	accepted csg-token init -d hsm --module "$bad" --label mine
}

@test "newkey: what can't be certified is not kept" {
	local bad
	bad=$(cd "$CSG_UNIT" && pwd)/badmodule.so
	csg-token init -q -d ws > /dev/null
	sed "s|^module:.*|module: $bad|; s|^\( *\)SOFTHSM2_CONF:.*|&\n\1BADMODULE: lie|" ws/signer.yaml > ws/lie.yaml
	refused 4 SELFTEST csg-token newkey -c ws/lie.yaml --name boot -a p256 --subject /CN=boot
	[[ ! -e boot.crt && $(csg-token list -c ws/signer.yaml | wc -l) == 2 ]]
	# its name is free again
	accepted csg-token newkey -c ws/signer.yaml --name boot -a p256 --subject /CN=boot
}

@test "newkey: every algorithm, certificate and request, names only once" {
	csg-token init -q -d ws > /dev/null
	for alg in p256 p384 rsa3072 rsa4096 rsa3072-pss; do
		accepted csg-token newkey -c ws/signer.yaml --name "k-$alg" -a $alg --subject "/CN=k-$alg/O=Acme, Inc." --csr "k-$alg.csr"
		openssl x509 -in "k-$alg.crt" -noout -ext extendedKeyUsage | grep -q 'Code Signing'
		openssl req -in "k-$alg.csr" -noout -verify
		openssl verify -purpose any -CAfile "k-$alg.crt" "k-$alg.crt"
		accepted csg-token cert -c ws/signer.yaml --name "k-$alg"
		diff <(echo "$output") "k-$alg.crt"
	done
	refused 4 CONFIG csg-token newkey -f -c ws/signer.yaml --name k-p256 -a p256 --subject /CN=x
	refused 4 IO csg-token newkey -c ws/signer.yaml --name fresh -a p256 --subject /CN=x -o k-p256.crt
	run -2 csg-token newkey -c ws/signer.yaml --name fresh -a rsa2048 --subject /CN=x
	refused 3 PARSE csg-token newkey -c ws/signer.yaml --name fresh -a p256 --subject nonsense
}

@test "an absent key, an imported one, and another than the policy's are not signed with" {
	founded
	at_work
	request boot app.bin
	approve alice
	export SOFTHSM2_CONF=$W/ws/softhsm2.conf
	pin=$(cat "$W/ws/pin")
	tool() { pkcs11-tool --module $softhsm --login --pin "$pin" "$@" > /dev/null 2>&1; }
	tool --delete-object --type privkey --label boot
	refused 4 TOKEN csg-sign -c "$W/ws/signer.yaml" "$req"
	openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out soft.key
	softhsm2-util --import soft.key --token csg --label boot --id aa --pin "$pin" > /dev/null
	: > "$W/spy.log"
	refused 4 KEYATTR csg-sign -c "$W/ws/signer.yaml" "$req"
	run -1 grep -q C_SignInit "$W/spy.log"
	accepted csg-token list -c "$W/ws/signer.yaml"
	[[ $output == *"boot"*"NOT FIT TO SIGN"* ]]
	for type in privkey pubkey pubkey cert; do
		tool --delete-object --type $type --label boot || :
	done
	csg-token newkey -q -f -c "$W/ws/signer.yaml" --name boot -a p256 --subject /CN=boot
	: > "$W/spy.log"
	refused 4 KEYMISMATCH csg-sign -c "$W/ws/signer.yaml" "$req"
	run -1 grep -q C_SignInit "$W/spy.log"
	[[ ! -e app.bin.sig ]]
}

@test "without the ledger's key nothing is signed" {
	founded
	at_work
	request boot app.bin
	approve alice
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$PWD/ws|" ws/signer.yaml ws/softhsm2.conf
	SOFTHSM2_CONF=ws/softhsm2.conf pkcs11-tool --module $softhsm --login --pin "$(cat ws/pin)" --delete-object --type privkey --label ledger > /dev/null 2>&1
	: > "$W/spy.log"
	refused 4 TOKEN csg-sign -c ws/signer.yaml "$req"
	run -1 grep -q C_SignInit "$W/spy.log"
	accepted csg-log list -c ws/signer.yaml --kind finish
	[[ -z $output ]]
	accepted csg-sign -c "$W/ws/signer.yaml" "$req"
}

@test "two tokens that match are refused" {
	csg-token init -q -d ws > /dev/null
	export SOFTHSM2_CONF=$W/ws/softhsm2.conf
	softhsm2-util --init-token --free --label csg --so-pin 12345678 --pin 1234 > /dev/null
	refused 4 TOKEN csg-token list -c ws/signer.yaml
}

@test "signer.yaml: unsafe, malformed and incomplete ones are refused" {
	csg-token init -q -d ws > /dev/null
	accepted csg-token list -c ws/signer.yaml
	chmod 666 ws/signer.yaml
	refused 4 CONFIG csg-token list -c ws/signer.yaml
	chmod 600 ws/signer.yaml
	chmod 777 ws/state
	refused 4 CONFIG csg-token list -c ws/signer.yaml
	chmod 700 ws/state
	sed '/^module/d' ws/signer.yaml > x.yaml
	refused 4 CONFIG csg-token list -c x.yaml
	sed 's/^module/modul/' ws/signer.yaml > x.yaml
	refused 4 CONFIG csg-token list -c x.yaml
	refused 4 CONFIG csg-token list -c gone.yaml
}

@test "newkey: what can't be made does not keep its name, and what is made is in the ledger" {
	csg-token init -q -d new > /dev/null
	for subject in CN=x /CN=y/Foo=bar; do
		refused 3 PARSE csg-token newkey -c new/signer.yaml --name x -a p256 --subject $subject
	done
	accepted csg-token newkey -c new/signer.yaml --name x -a p256 --subject /CN=x
	[[ $(sql new/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'key'") == 3 ]]
	sql new/state/ledger.db "SELECT body FROM entry WHERE seq = 3" | grep -q '^made x p256 sha256:'
	# without the ledger there is no key
	cp new/state/ledger.db keep
	echo junk > new/state/ledger.db
	refused 4 LOG csg-token newkey -c new/signer.yaml --name y -a p256 --subject /CN=y
	cp keep new/state/ledger.db
	accepted csg-token newkey -c new/signer.yaml --name y -a p256 --subject /CN=y
}
