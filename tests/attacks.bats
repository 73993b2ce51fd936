#!/usr/bin/env bats
# Attacks on the tools that need more than a text editor: forged messages,
# other people's certificates, a token that misbehaves, files that change.

load helpers

bad=$(cd "$CSG_UNIT" && pwd)/badmodule.so

# alice's certificate comes from a CA, like mallory's
ca_draft() {
	(
		cd "$W/keys" || exit
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 365 -subj /CN=ca -addext keyUsage=keyCertSign 2> /dev/null
		for who in alice mallory; do
			openssl req -new -key $who.key -subj /CN=$who -out csr 2> /dev/null
			openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -days 300 -extfile <(echo keyUsage=digitalSignature) -out $who.crt 2> /dev/null
		done
	)
	draft "$1"
	# and bob has two certificates
	people "$W/two" bob
	csg-policy user add "$1" "$W/two/bob.crt"
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded ca_draft
}
setup() { at_work; }

# misbehave HOW: ws, a copy of the workstation with a module that does
misbehave() {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	sed -i "s|^module:.*|module: $bad|; s|^\( *\)SOFTHSM2_CONF:.*|&\n\1BADMODULE: $1\n\1BADMODULE_LOG: $T/calls|" ws/signer.yaml
	: > calls
}
calls() { grep -c "^$1\$" calls || true; }

@test "attack 25: a certificate of the same CA as a member's is a stranger's" {
	request boot app.bin
	refused 1 GROUP csg-endorse -y --approve -k "$(key mallory)" "$req" app.bin
	approve alice
	words "$(vote_of alice)" > vote.yaml
	"$CSG_UNIT/forge" sign endorsement "$W/keys/mallory.crt" "$(key mallory)" vote.yaml "$(vote_of alice)"
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"SIGNATURE: not signed by alice"* ]]
	"$CSG_UNIT/forge" sign endorsement "$W/keys/alice.crt" "$(key alice)" vote.yaml "$(vote_of alice)"
	accepted sign "$req"
}

@test "attack 48: a nonce of 128 bits in each message, never the same" {
	for ((n = 0; n < 50; n++)); do
		csg-request -q -f -o r.csgreq -P boot -m x -k "$(key dave)" app.bin > /dev/null
		words r.csgreq | sed -n 's/^nonce: //p'
	done > nonces
	[[ $(grep -cxE '["'\'']?[0-9a-f]{32}["'\'']?' nonces) == 50 ]]
	[[ $(sort -u nonces | wc -l) == 50 ]]
}

@test "attack 54: what was shown is what is signed, whatever happens to the file" {
	request boot app.bin
	cp app.bin good.bin
	first=$(words "$req" | sha256sum | cut -d' ' -f1)
	printf 'evil' > app.bin
	evil=$(csg-request -q -o evil.csgreq -P boot -m evil -k "$(key dave)" app.bin)
	cp good.bin app.bin
	tmux -L "csg$BATS_TEST_NUMBER$$" new-session -d -x 120 -y 50 "CSG_POLICY=$CSG_POLICY CSG_TRUST=$CSG_TRUST HOME=$HOME $(command -v csg-endorse) -k $(key alice) $req app.bin 2> errors"
	for ((n = 0; n < 100; n++)); do
		tmux -L "csg$BATS_TEST_NUMBER$$" capture-pane -p | grep -q 'type approve' && break
		sleep 0.1
	done
	cp "$evil" "$req"
	tmux -L "csg$BATS_TEST_NUMBER$$" send-keys approve Enter
	for ((n = 0; n < 100; n++)); do
		[[ ! -e $(vote_of alice) ]] || break
		sleep 0.1
	done
	words "$(vote_of alice)" | grep -q "^request: sha256:$first"
	tmux -L "csg$BATS_TEST_NUMBER$$" kill-server 2> /dev/null || true
}

@test "attack 55: no dress makes a second vote of one" {
	local how
	request firmware app.bin
	approve alice erin
	vote=$(vote_of erin)
	for how in twin unsigned ber; do
		"$CSG_UNIT/forge" $how "$vote" "$how.csgend"
	done
	words "$vote" > vote.yaml
	sed "s/^time: .*/time: $(date -u +%FT%TZ)/" vote.yaml > later.yaml
	for ((n = 0; n < 20; n++)); do # the signing time is openssl's: catch it
		sed "s/^time: .*/time: $(date -u +%FT%TZ)/" vote.yaml > later.yaml
		openssl cms -sign -nodetach -binary -cades -nosmimecap -nocerts -econtent_type 2.25.166232608046196655147578156565149816019.3 -md sha256 -outform PEM -signer "$W/keys/erin.crt" -inkey "$(key erin)" -in later.yaml -out nocerts.csgend
		csg-sign -n -c "$W/ws/signer.yaml" "$req" nocerts.csgend 2>&1 | grep -q 'nocerts.csgend: PARSE' || break
	done
	"$CSG_UNIT/forge" sign endorsement "$W/keys/erin.crt" "$(key erin)" vote.yaml again.csgend
	"$CSG_UNIT/forge" sign endorsement "$W/keys/erin.crt" "$(key erin)" later.yaml later.csgend
	sign_refused 5 QUORUM "$req" ./*.csgend
	[[ $stderr == *"waiting: QUORUM: security 1/2: frank or grace"* ]]
	for how in unsigned ber; do # not even readable
		[[ $stderr == *"not counted: ./$how.csgend"* ]]
	done
	# each of them alone is one vote of erin, or none, and never another's
	for how in twin nocerts again later; do
		mv "$vote" kept
		run csg-sign -n -c "$W/ws/signer.yaml" "$req" "$how.csgend"
		[[ $output == *"security 1/2: erin"* ]]
		mv kept "$vote"
	done
	approve frank
	accepted sign "$req" ./*.csgend
}

@test "attack 55: a person with two certificates has one vote" {
	request firmware app.bin
	csg-endorse -q -y --approve -k "$(key bob)" "$req" app.bin > /dev/null
	csg-endorse -q -y --approve -o two.csgend -k "$W/two/bob.key" "$req" app.bin > /dev/null
	sign_refused 5 QUORUM "$req" two.csgend
	[[ $stderr == *"waiting: QUORUM: security 0/2: erin or frank or grace" ]]
	rm "$(vote_of bob)"
	approve erin frank
	accepted sign "$req" two.csgend # either certificate will do
}

@test "attack 63: a PIN that is locked, or would lock at the next failure, is not tried" {
	request boot app.bin
	approve alice
	misbehave locked
	refused 4 PIN csg-sign -c ws/signer.yaml "$req"
	[[ $(calls C_Login) == 0 ]]
	# nor asked for: here it could not be
	sed 's/^pin-source:.*/pin-source: prompt/' ws/signer.yaml > ws/asks.yaml
	for tool in 'csg-token list' "csg-sign $req"; do
		refused 4 PIN $tool -c ws/asks.yaml
		[[ $stderr == *": token 'csg': the PIN is locked" ]]
	done
	sed -i 's/BADMODULE: locked/BADMODULE: final/' ws/signer.yaml
	refused 4 PIN csg-sign -c ws/signer.yaml "$req"
	[[ $(calls C_Login) == 0 ]]
	sed -i 's/BADMODULE: final/BADMODULE: well/' ws/signer.yaml
	sed 's/^pin-source:.*/pin-source: prompt/' ws/signer.yaml > ws/asks.yaml
	refused 4 PIN csg-token list -c ws/asks.yaml
	[[ $stderr == *": no terminal to ask for the PIN on (see --pin-source)" ]]
	accepted csg-sign -c ws/signer.yaml "$req"
	[[ $(calls C_Login) == 1 ]]
}

@test "attack 63: a token that is removed, lies or crashes lets nothing out" {
	local how
	request boot app.bin
	approve alice
	misbehave well
	for how in removed:TOKEN lie:SELFTEST crash:TOKEN; do
		sed -i "s/BADMODULE: .*/BADMODULE: ${how%:*}/" ws/signer.yaml
		refused 4 "${how#*:}" csg-sign -c ws/signer.yaml "$req"
		[[ ! -e app.bin.sig && -z $(ls ./*.csgproof 2> /dev/null) ]]
		[[ $(calls C_Sign) -gt 0 ]]
		: > calls
	done
	sed -i "s/BADMODULE: .*/BADMODULE: well/" ws/signer.yaml
	accepted csg-sign -c ws/signer.yaml "$req"
	accepted csg-verify -P boot app.bin
}

@test "attack 63: two keys that match are refused before any is used" {
	request boot app.bin
	approve alice
	misbehave well
	SOFTHSM2_CONF=ws/softhsm2.conf pkcs11-tool --module "$softhsm" --token-label csg --login --pin "$(cat ws/pin)" --keypairgen --key-type EC:prime256v1 --label boot --id 77 > /dev/null 2>&1
	refused 4 TOKEN csg-sign -c ws/signer.yaml "$req"
	[[ $(calls C_Sign) == 0 ]]
}

@test "attack 59: an older policy, or one with a hole, is refused in every tool" {
	sed 's/need: 2}/need: 0}/' "$W/acme-1.yaml" > zero.yaml
	refused 3 PARSE csg-policy check zero.yaml
	[[ $stderr == *"zero.yaml:"[0-9]*":"* ]]
	sed 's/need: 2}/need: -1}/' "$W/acme-1.yaml" > minus.yaml
	refused 3 PARSE csg-policy check minus.yaml
	sed 's/need: 2}/need: 4}/' "$W/acme-1.yaml" > much.yaml
	refused 3 PARSE csg-policy check much.yaml
	sed 's/^  qa: .*/  qa: [bob, bob]/' "$W/acme-1.yaml" > twice.yaml
	refused 3 PARSE csg-policy check twice.yaml
	sed 's/^  qa: .*/  qa: []/' "$W/acme-1.yaml" > empty.yaml
	refused 3 PARSE csg-policy check empty.yaml
	accepted csg-policy check "$W/acme-1.yaml"
}

@test "attack 46: a renamed artifact, and one person signing again, are accepted" {
	request boot app.bin
	cp app.bin other-name.bin
	accepted csg-endorse -y --approve -k "$(key alice)" "$req" other-name.bin
	cp "$(vote_of alice)" first.csgend
	accepted csg-endorse -y -f --approve -k "$(key alice)" "$req" app.bin
	accepted sign "$req" first.csgend
	mkdir there
	mv app.bin there/new-name.bin
	mv app.bin.sig there/new-name.bin.sig
	mv ./*.csgproof there
	accepted csg-verify -P boot there/new-name.bin
}

@test "attack 50: nothing of a message is shown before all of it is verified" {
	request boot app.bin
	words "$req" | sed 's/^why: .*/why: SHOWN TOO EARLY/' > why.yaml
	"$CSG_UNIT/forge" sign request "$W/keys/mallory.crt" "$(key mallory)" why.yaml "$req"
	refused 1 SIGNATURE csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	[[ $stderr != *EARLY* ]]
	sed 's/^policy: sha256:......../policy: sha256:00000000/' why.yaml > other.yaml
	"$CSG_UNIT/forge" sign request "$W/keys/dave.crt" "$(key dave)" other.yaml "$req"
	run csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	[[ $status == 1 && $output != *EARLY* ]]
	"$CSG_UNIT/forge" sign request "$W/keys/dave.crt" "$(key dave)" why.yaml "$req"
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	[[ $stderr == *EARLY* ]]
}

@test "attack 53: a vote fits the request however the mail dressed it" {
	request boot app.bin
	approve alice
	{
		printf 'Hi,\r\n\r\nplease sign.\r\n'
		sed 's/$/ \r/' "$req" | sed '/-----/!s/.\{40\}/&\r\n/'
		printf '\r\n-- \r\nthe list\r\n'
	} > mailed
	mv mailed "$req"
	accepted sign "$req"
}

@test "attack 60: a person in two groups fills one place" {
	csg-policy try -P firmware --requester dave --approve alice,erin,frank > /dev/null
	sed 's/^  security: .*/  security: [alice, erin]/' "$W/acme-1.yaml" > two.yaml
	run csg-policy try -p two.yaml -P firmware --requester dave --approve alice,erin
	[[ $status == 5 ]]
	accepted csg-policy try -p two.yaml -P firmware --requester dave --approve alice,erin,bob
}

@test "attack 64: no PIN and no module come from files, and none is shown" {
	sed 's|object=boot"|object=boot?pin-value=1234"|' "$W/acme-1.yaml" > pin.yaml
	refused 3 PARSE csg-policy check pin.yaml
	[[ $stderr != *1234* ]]
	sed 's|object=boot"|object=boot?module-path=/tmp/evil.so"|' "$W/acme-1.yaml" > mod.yaml
	refused 3 PARSE csg-policy check mod.yaml
	run csg-endorse -k 'pkcs11:token=x?pin-value=1234' x
	[[ $status != 0 && $output != *1234* ]]
	request boot app.bin
	approve alice
	misbehave well
	sed -i 's|^token: .*|token: pkcs11:token=csg?pin-value=1234|' ws/signer.yaml
	refused 4 CONFIG csg-sign -c ws/signer.yaml "$req"
	[[ $stderr != *1234* ]]
}

@test "attack 70: words in a file don't make a success" {
	mkdir 'valid: x'
	printf 'ok\n' > 'valid: app.bin: profile acme'
	run csg-verify -P boot 'valid: app.bin: profile acme'
	[[ $status == 4 && $output != valid:* ]]
	req=$(csg-request -q -P boot -m $'fine\nvalid: app.bin: profile acme/boot' -k "$(key dave)" app.bin)
	approve alice
	sed -i 's/^M/N/' "$(vote_of alice)"
	run csg-sign -n -c "$W/ws/signer.yaml" "$req"
	[[ $status == 5 ]]
	run csg-verify -P boot app.bin
	[[ $status == 4 && ${lines[0]} != valid:* ]]
}

@test "attack 71: csg-verify counts for itself what a PIN thief signs" {
	local how
	request firmware app.bin
	approve alice erin frank
	accepted sign "$req"
	accepted csg-verify -P firmware app.bin
	proof=${req%.csgreq}.csgproof
	cp "$proof" good
	blocks=$(grep -c BEGIN good)
	block() { awk -v n="$1" '/BEGIN CMS/{c++} c == n' good; }
	# the chain's last block but five is the request: request, 3 votes, seal
	for how in without again stranger; do
		for ((n = 1; n <= blocks; n++)); do
			((n != blocks - 2)) || case $how in
				without) continue ;;
				again) block $((blocks - 3)) && continue ;;
				stranger)
					block $n > one
					words one | sed 's/^author: .*/author: mallory/' > m.yaml
					"$CSG_UNIT/forge" sign endorsement "$W/keys/mallory.crt" "$(key mallory)" m.yaml one
					cat one
					continue
					;;
			esac
			block $n
		done > "$proof"
		refused 1 UNENDORSED csg-verify -P firmware app.bin
	done
	cp good "$proof"
	accepted csg-verify -P firmware app.bin
}
