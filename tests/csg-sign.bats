#!/usr/bin/env bats
# csg-sign: the decision, its order, and what it lets out.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() { at_work; }

@test "a quorum over two groups signs; csg-verify and openssl accept it" {
	request firmware app.bin
	approve alice erin frank
	accepted sign "$req"
	[[ $output == "app.bin.p7s"$'\n'"${req%.csgreq}.csgproof" ]]
	accepted csg-verify -P firmware app.bin
	[[ ${lines[0]} == "valid: app.bin: profile acme/firmware, key firmware,"* ]]
	[[ ${lines[1]} == *"by dave: release 1.0; approved by alice (qa), erin (security), frank (security)" ]]
	openssl cms -verify -binary -inform DER -in app.bin.p7s -content app.bin -nointern -certfile "$W/keys/firmware.crt" -CAfile "$W/keys/firmware.crt" -purpose any -out /dev/null
}

@test "attack 55: each group one vote short waits" {
	request firmware app.bin
	approve erin frank
	sign_refused 5 QUORUM "$req"
	[[ $stderr == "csg-sign: waiting: QUORUM: qa 0/1: alice or bob" ]]
	rm ./*.csgend
	approve alice erin
	sign_refused 5 QUORUM "$req"
	[[ $stderr == "csg-sign: waiting: QUORUM: security 1/2: frank or grace" ]]
	approve frank
	accepted sign "$req"
}

@test "attack 55: one person's vote never fills two places, however it is dressed" {
	request firmware app.bin
	approve alice erin
	cp "$(vote_of erin)" copy.csgend
	sed 's/$/\r/' "$(vote_of erin)" > crlf.csgend
	sed -n '/-----BEGIN/,/-----END/p' "$(vote_of erin)" | tr -d '\n' |
		sed 's/CMS-----/&\n/; s/-----END/\n&/' > wide.csgend
	csg-endorse -q -y --approve -m again -o second.csgend -k "$(key erin)" "$req" app.bin
	sign_refused 5 QUORUM "$req" ./*.csgend
	approve frank
	accepted sign "$req" ./*.csgend
}

@test "attack 56: votes of another request, outsiders, requests in their place do not count" {
	request firmware app.bin
	approve alice erin
	other=$(csg-request -q -P firmware -m other -k "$(key dave)" app.bin)
	csg-endorse -q -y --approve -o other.csgend -k "$(key frank)" "$other" app.bin
	sign_refused 5 QUORUM "$req" other.csgend
	[[ $stderr == *"not counted: other.csgend: REQMISMATCH"* ]]
	csg-endorse -q -y --approve -k "$(key frank)" "$req" app.bin
	accepted sign "$req" other.csgend
}

@test "attack 57: a rejection stops the request in any order, for good" {
	request firmware app.bin
	approve alice erin frank
	csg-endorse -q -y --reject -m 'test keys inside' -k "$(key grace)" "$req" app.bin
	sign_refused 1 VETO "$req"
	[[ $stderr == *"grace rejected the request: test keys inside" ]]
	sign_refused 1 VETO -v "$req"
	[[ $stderr == *"not counted: ledger: REPLAY: the same vote again"* ]]
	rm "$(vote_of grace)"
	sign_refused 1 VETO "$req"
	csg-endorse -q -y --approve -k "$(key grace)" "$req" app.bin
	sign_refused 1 VETO "$req"
}

@test "the requester's own rejection withdraws" {
	request firmware app.bin
	approve alice erin frank
	csg-endorse -q -y --reject -m 'wrong build' -k "$(key dave)" "$req" app.bin
	sign_refused 1 VETO "$req"
	[[ $stderr == *"dave withdrew the request: wrong build" ]]
}

@test "attack 58: junk beside a full quorum is named and ignored; --strict refuses" {
	request firmware app.bin
	approve alice erin frank
	other=$(csg-request -q -P firmware -m other -k "$(key dave)" app.bin)
	csg-endorse -q -y --approve -o other.csgend -k "$(key grace)" "$other" app.bin
	sign_refused 1 REQMISMATCH --strict "$req" other.csgend
	head -c 600 other.csgend > cut.csgend
	sign_refused 3 PARSE --strict "$req" cut.csgend
	accepted sign "$req" other.csgend cut.csgend
	[[ $stderr == *"not counted: other.csgend: REQMISMATCH"* ]]
	[[ $stderr == *"not counted: cut.csgend: PARSE"* ]]
}

@test "two requests in one run are refused, the same one twice is not" {
	request firmware app.bin
	approve alice erin frank
	other=$(csg-request -q -P firmware -m other -k "$(key dave)" app.bin)
	sign_refused 1 REQMISMATCH "$req" "$other"
	cat "$req" "$other" > mail
	sign_refused 1 REQMISMATCH mail
	accepted sign "$req" "$req"
}

@test "attack 62: one artifact of several that differs stops all" {
	printf 'two\n' > two.bin
	request firmware app.bin two.bin
	approve alice erin frank
	printf X >> two.bin
	sign_refused 1 DIGEST "$req"
	[[ ! -e app.bin.p7s ]]
	printf 'two\n' > two.bin
	accepted sign "$req"
	[[ -e app.bin.p7s && -e two.bin.p7s ]]
}

@test "attack 40: an artifact that is a link, a FIFO or a directory is refused at once" {
	request firmware app.bin
	approve alice erin frank
	mv app.bin real.bin
	ln -s real.bin app.bin
	sign_refused 3 TYPE "$req"
	rm app.bin
	mkfifo app.bin
	sign_refused 3 TYPE "$req"
	rm app.bin
	mkdir app.bin
	sign_refused 3 TYPE "$req"
	rmdir app.bin
	sign_refused 4 IO "$req"
	mv real.bin app.bin
	accepted sign "$req"
}

@test "attack 65: the same request again gives the same bytes and no new signature" {
	request firmware app.bin
	approve alice erin frank
	accepted sign "$req"
	mkdir first again
	mv app.bin.p7s ./*.csgproof first
	: > "$W/spy.log"
	accepted sign -o again "$req"
	no_session
	[[ $stderr == *"signed before"* ]]
	diff -r first again
	accepted sign -o again "$req"
	printf X >> again/app.bin.p7s
	sign_refused 1 REPLAY -o again "$req"
	accepted sign -f -o again "$req"
	diff -r first again
}

@test "attack 43: existing outputs and a read-only directory are refused before the token" {
	request firmware app.bin
	approve alice erin frank
	touch app.bin.p7s
	sign_refused 4 IO "$req"
	[[ ! -s app.bin.p7s ]]
	sign_refused 4 IO -o /proc "$req"
	accepted sign -f "$req"
	[[ -s app.bin.p7s ]]
}

@test "an expired request and an expired vote do not count; the clock is the workstation's" {
	req=$(csg-request -q -P firmware -u 8s -m short -k "$(key dave)" app.bin)
	approve alice erin frank
	sleep 9
	sign_refused 1 EXPIRED "$req"
	request firmware app.bin
	approve alice erin
	csg-endorse -q -y --approve -u 1s -k "$(key frank)" "$req" app.bin
	sleep 2
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"frank.csgend: EXPIRED"* ]]
	csg-endorse -q -y -f --approve -k "$(key frank)" "$req" app.bin
	accepted sign "$req"
}

@test "blind approvals count only where the profile lets them" {
	request firmware app.bin
	approve alice erin
	mv app.bin elsewhere
	refused 1 BLIND csg-endorse -y --approve -k "$(key frank)" "$req"
	csg-endorse -q -y --approve --blind -k "$(key frank)" "$req"
	mv elsewhere app.bin
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"frank.csgend: BLIND"* ]]
	request boot app.bin
	mv app.bin elsewhere
	csg-endorse -q -y --approve --blind -k "$(key bob)" "$req"
	mv elsewhere app.bin
	accepted sign "$req"
	accepted csg-verify -P boot app.bin
	[[ $output == *"approved by bob (qa, blind)"* ]]
	rm ./*.csgproof app.bin.sig
	request boot app.bin
	approve bob
	accepted sign "$req"
	accepted csg-verify -P boot app.bin
	[[ $output == *"approved by bob (qa)"* ]]
}

@test "format raw: ECDSA and RSA-PSS verify with openssl dgst" {
	request boot app.bin
	approve alice
	accepted sign "$req"
	openssl x509 -in "$W/keys/boot.crt" -noout -pubkey > boot.pub
	openssl dgst -sha256 -verify boot.pub -signature app.bin.sig app.bin
	accepted csg-verify -P boot app.bin
	mkdir pss
	cp app.bin pss
	cd pss
	request rom app.bin
	approve erin frank
	accepted sign "$req"
	openssl x509 -in "$W/keys/rom.crt" -noout -pubkey > rom.pub
	openssl dgst -sha256 -verify rom.pub -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -signature app.bin.sig app.bin
	accepted csg-verify -P rom app.bin
}

@test "format raw refuses what could be replayed as CMS attributes" {
	printf '\x31\x05\x30\x03\x06\x01\x2a' > attrs.bin
	refused 3 TYPE csg-request -P boot -m x -k "$(key dave)" attrs.bin
	printf '\x31\x06\x30\x03\x06\x01\x2a' > plain.bin
	accepted csg-request -P boot -m x -k "$(key dave)" plain.bin
	accepted csg-request -P firmware -m x -k "$(key dave)" attrs.bin
}

@test "attack 47: an empty artifact is signed in every format" {
	: > empty.bin
	request firmware empty.bin
	approve alice erin frank
	accepted sign "$req"
	accepted csg-verify -P firmware empty.bin
	request boot empty.bin
	approve alice
	accepted sign "$req"
}

@test "what an emergency route signs is told by csg-sign at once" {
	request rom app.bin
	approve erin heidi
	run -0 --separate-stderr sign -q "$req"
	[[ $stderr == "csg-sign: warning: signed by the emergency route emergency, "* ]]
	echo more >> app.bin
	request rom app.bin
	approve erin frank
	run -0 --separate-stderr sign -q -f "$req"
	[[ -z $stderr ]]
}

@test "an emergency route signs, and is marked" {
	request rom app.bin
	approve erin
	csg-endorse -q -y --approve -k "$(key heidi)" "$req" app.bin
	accepted sign "$req"
	refused 1 PROFILE csg-verify -P rom app.bin
	[[ $stderr == *"emergency route"* ]]
	accepted csg-verify -P rom --accept-emergency app.bin
	[[ $output == *"EMERGENCY route"* ]]
}

@test "-n decides and explains, and touches neither token nor state" {
	request firmware app.bin
	approve alice erin
	before=$(sha256sum "$W/ws/state/ledger.db")
	: > "$W/spy.log"
	run -5 --separate-stderr csg-sign -n -c "$W/ws/signer.yaml" "$req"
	[[ $output == *"security 1/2: erin; missing: frank or grace"* ]]
	approve frank
	run -0 --separate-stderr csg-sign -n -c "$W/ws/signer.yaml" "$req"
	run -0 --separate-stderr csg-sign -n -j -p "$CSG_POLICY" -t "$CSG_TRUST" "$req"
	[[ $output == *'"ready": true'* ]]
	# JSON also when there is nothing to decide on
	run -4 --separate-stderr csg-sign -n -j -c "$W/ws/signer.yaml" missing.csgreq
	[[ $output == *'"ready": false'*'"status": 4'*'"reason": "IO"'*'"text": "missing.csgreq: '* ]]
	run -4 --separate-stderr csg-sign -n -j -p missing.csgpolicy -t "$CSG_TRUST" "$req"
	[[ $output == *'"reason": "IO"'* ]]
	run -4 --separate-stderr csg-sign -n -j -c missing.yaml "$req"
	[[ $output == *'"status": 4'* ]]
	[[ ! -s $W/spy.log ]]
	[[ $before == "$(sha256sum "$W/ws/state/ledger.db")" ]]
	[[ ! -e app.bin.p7s ]]
}

@test "policy and anchor come from the workstation alone" {
	request firmware app.bin
	approve alice erin frank
	run -2 csg-sign -c "$W/ws/signer.yaml" -p "$CSG_POLICY" "$req"
	CSG_POLICY=/nonexistent CSG_TRUST=/nonexistent accepted sign "$req"
}

@test "votes beside the request are read even when not named" {
	request firmware app.bin
	approve alice erin frank
	csg-endorse -q -y --reject -m no -k "$(key grace)" "$req" app.bin
	sign_refused 1 VETO "$req" "$(vote_of alice)" "$(vote_of erin)" "$(vote_of frank)"
}

@test "a directory and standard input serve as messages" {
	request firmware app.bin
	mkdir in
	mv "$req" in
	req=in/$req
	csg-endorse -q -y --approve -o in -k "$(key alice)" "$req" app.bin
	csg-endorse -q -y --approve -o in -k "$(key erin)" "$req" app.bin
	csg-endorse -q -y --approve -o in -k "$(key frank)" "$req" app.bin
	accepted csg-sign -n -c "$W/ws/signer.yaml" in
	accepted sh -c 'cat in/* | csg-sign -c "$W/ws/signer.yaml" -'
}

@test "attack 63: a wrong PIN is tried exactly once, and a later run completes the claim" {
	request firmware app.bin
	approve alice erin frank
	cp "$W/ws/pin" "$W/pin.good"
	echo wrong-pin > "$W/ws/pin"
	: > "$W/spy.log"
	refused 4 PIN csg-sign -c "$W/ws/signer.yaml" "$req"
	[[ $(grep -c 'C_Login$' "$W/spy.log") == 1 ]]
	run -1 grep -q C_SignInit "$W/spy.log"
	cp "$W/pin.good" "$W/ws/pin"
	[[ ! -e app.bin.p7s ]]
	accepted sign "$req"
	accepted csg-verify -P firmware app.bin
}

@test "a PIN file that others can read is refused" {
	request firmware app.bin
	approve alice erin frank
	chmod 644 "$W/ws/pin"
	refused 4 CONFIG csg-sign -c "$W/ws/signer.yaml" "$req"
	chmod 600 "$W/ws/pin"
	accepted sign "$req"
}

@test "an absent token and a module that is none are trouble" {
	request firmware app.bin
	approve alice erin frank
	sed 's/token=csg/token=other/' "$W/ws/signer.yaml" > other.yaml
	refused 4 TOKEN csg-sign -c other.yaml "$req"
	sed 's/^module:.*/module: \/bin\/true/' "$W/ws/signer.yaml" > none.yaml
	refused 4 TOKEN csg-sign -c none.yaml "$req"
	chmod 666 other.yaml
	refused 4 CONFIG csg-sign -c other.yaml "$req"
}

@test "a claim whose rejection arrives is abandoned" {
	request firmware app.bin
	approve alice erin frank
	echo wrong-pin > "$W/ws/pin"
	refused 4 PIN csg-sign -c "$W/ws/signer.yaml" "$req"
	cp "$W/pin.good" "$W/ws/pin"
	csg-endorse -q -y --reject -m late -k "$(key grace)" "$req" app.bin
	sign_refused 1 VETO "$req"
	rm "$(vote_of grace)"
	sign_refused 1 VETO "$req"
}

@test "a damaged ledger is named, and nothing is signed or overwritten" {
	request firmware app.bin
	approve alice erin frank
	cp "$W/ws/state/ledger.db" keep.db
	printf 'XXXXXXXX' | dd of="$W/ws/state/ledger.db" conv=notrunc status=none
	cp "$W/ws/state/ledger.db" bad.db
	sign_refused 4 LOG "$req"
	cmp bad.db "$W/ws/state/ledger.db"
	head -c 5000 keep.db > "$W/ws/state/ledger.db"
	sign_refused 4 LOG "$req"
	rm "$W/ws/state/ledger.db"
	sign_refused 4 LOG "$req"
	[[ ! -e $W/ws/state/ledger.db ]]
	cp keep.db "$W/ws/state/ledger.db"
	accepted sign "$req"
}

@test "an entry that the ledger's tree does not have, or has otherwise, is noticed" {
	echo before > before.bin
	request boot before.bin
	csg-endorse -q -y --approve -k "$(key bob)" "$req" before.bin > /dev/null
	accepted sign "$req"
	request firmware app.bin
	approve alice erin frank
	cp "$W/ws/state/ledger.db" keep.db
	edited() {
		cp keep.db "$W/ws/state/ledger.db"
		edit_ledger "$W/ws/state/ledger.db" "$1"
		sign_refused 4 LOG "$req"
	}
	edited "INSERT INTO entry (seq, time, kind) SELECT max(seq) + 1, max(time), 'abandon' FROM entry"
	edited "UPDATE entry SET body = 'x' WHERE seq = (SELECT max(seq) FROM entry)"
	edited "UPDATE entry SET time = time - 1 WHERE seq = (SELECT max(seq) FROM entry)"
	edited "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry) - 1"
	edited "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND idx = (SELECT max(idx) FROM node WHERE level = 0)"
	cp keep.db "$W/ws/state/ledger.db"
	accepted sign "$req"
}

@test "attack 61: a clock before the ledger's newest entry is refused" {
	request firmware app.bin
	approve alice erin frank
	cp "$W/ws/state/ledger.db" keep.db
	"$CSG_UNIT/forge" future "$W/ws/state/ledger.db"
	sign_refused 4 CLOCK "$req"
	cp keep.db "$W/ws/state/ledger.db"
	accepted sign "$req"
}

@test "every corruption of a vote's armour counts for nothing" {
	request firmware app.bin
	approve alice erin frank
	mv "$(vote_of frank)" good
	len=$(stat -c %s good)
	for ((at = 0; at < len; at += 97)); do
		head -c "$at" good > "$(vote_of frank)"
		run -5 csg-sign -n -c "$W/ws/signer.yaml" "$req"
		cp good "$(vote_of frank)"
		printf '#' | dd of="$(vote_of frank)" bs=1 seek="$at" conv=notrunc status=none
		run csg-sign -n -c "$W/ws/signer.yaml" "$req"
		[[ $status == 5 || ($status == 0 && $at == 0) ]]
	done
	cp good "$(vote_of frank)"
	accepted sign "$req"
}

@test "paths that can not be printed are trouble, and the outputs are there" {
	request firmware app.bin
	approve alice erin frank
	refused 4 IO sh -c 'csg-sign -c "$W/ws/signer.yaml" "$1" > /dev/full' - "$req"
	accepted csg-verify -P firmware app.bin
}
