#!/usr/bin/env bats
# What is refused before the token sees a session, and how often the PIN is
# used when it is.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() {
	at_work
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	sed -i "s|$W/spy.log|$T/spy.log|" ws/signer.yaml
}

# unopened CODE REASON COMMAND...: refused, and the token saw no session
unopened() {
	: > spy.log
	refused "$@"
	W=$T no_session
}
# opened COMMAND...: accepted, and the spy saw it, so that it would have seen
opened() {
	: > spy.log
	accepted "$@"
	grep -q '^[0-9]*: C_Login$' spy.log
}
mysign() { csg-sign -c ws/signer.yaml "$@"; }

@test "who is suspended: SUSPENDED, QUORUM, VETO" {
	request boot app.bin
	approve alice
	echo 'suspended: [dave]' >> ws/signer.yaml
	unopened 1 SUSPENDED mysign "$req"
	sed -i 's/^suspended:.*/suspended: [alice]/' ws/signer.yaml
	unopened 5 QUORUM mysign "$req"
	sed -i '/^suspended/d' ws/signer.yaml
	opened mysign "$req"
	# a suspended person's rejection still stops
	echo more >> app.bin
	request boot app.bin
	approve bob
	csg-endorse -q -y --reject -m stop -k "$(key alice)" "$req" > /dev/null
	echo 'suspended: [alice]' >> ws/signer.yaml
	unopened 1 VETO mysign "$req"
	sed -i '/^suspended/d' ws/signer.yaml
	unopened 1 VETO mysign "$req"
}

@test "csg-policy found: QUORUM, VETO, SUSPENDED, and REPLAY once it is done" {
	csg-token init -q -d new > /dev/null
	sed -i "s|^module:.*|module: $spy|; s|^\( *\)SOFTHSM2_CONF:.*|&\n\1PKCS11SPY: $softhsm\n\1PKCS11SPY_OUTPUT: $T/spy.log|" new/signer.yaml
	cp new/policy.crt new/ledger.crt .
	csg-policy new "$root/policy/firmware.yaml" -o new-1.yaml > /dev/null
	csg-policy user add new-1.yaml -g developers "$W/keys/dave.crt"
	csg-policy user add new-1.yaml -g qa,admins "$W/keys/alice.crt"
	csg-policy user add new-1.yaml -g security,admins "$W/keys/erin.crt"
	csg-policy user add new-1.yaml -g security "$W/keys/frank.crt" "$W/keys/grace.crt"
	csg-policy user add new-1.yaml -g admins "$W/keys/heidi.crt"
	csg-policy key add new-1.yaml policy.crt ledger.crt "$W/keys/firmware.crt"
	found() { csg-policy found -c new/signer.yaml "$@" new-1.yaml "$req"; }
	ask() { req=$(csg-request -q --founding new-1.yaml -m "$1" -k "$(key dave)"); }
	vote() { csg-endorse -q -y -k "$(key "$1")" "${@:2}" "$req" new-1.yaml > /dev/null; }
	ask first
	vote alice --approve
	unopened 5 QUORUM found
	vote erin --approve
	echo 'suspended: [erin]' >> new/signer.yaml
	unopened 5 QUORUM found
	sed -i 's/^suspended:.*/suspended: [dave]/' new/signer.yaml
	unopened 1 SUSPENDED found
	sed -i '/^suspended/d' new/signer.yaml
	vote heidi --reject -m no
	unopened 1 VETO found
	rm "$req" ./*.csgend
	ask again
	vote alice --approve
	vote erin --approve
	sed 's/^\( *qa: \)\[alice\]/\1[alice, heidi]/' new-1.yaml > other-1.yaml
	run -1 cmp -s new-1.yaml other-1.yaml
	unopened 1 POLICY csg-policy found -c new/signer.yaml other-1.yaml "$req"
	[[ $stderr == *": the draft is not the one that the request asks for" ]]
	opened found
	mkdir second
	unopened 1 REPLAY found -o second
	[[ -z $(ls second) ]]
}

@test "one login signs every artifact of a request" {
	local n
	for n in 1 2 3 4 5; do echo "$n" > "a$n.bin"; done
	request firmware a?.bin
	for who in alice erin frank; do
		csg-endorse -q -y --approve -k "$(key $who)" "$req" a?.bin > /dev/null
	done
	opened mysign "$req"
	[[ $(grep -c '^[0-9]*: C_Login$' spy.log) == 1 ]]
	# five artifacts, the seal, the receipt
	[[ $(grep -c '^[0-9]*: C_Sign$' spy.log) == 7 ]]
	accepted csg-verify -P firmware a?.bin
	# and one artifact takes no fewer
	request firmware app.bin
	approve alice erin frank
	opened mysign "$req"
	[[ $(grep -c '^[0-9]*: C_Login$' spy.log) == 1 ]]
	[[ $(grep -c '^[0-9]*: C_Sign$' spy.log) == 3 ]]
}

@test "attack 63: two tokens that match are refused before a login, one is not" {
	request boot app.bin
	approve alice
	SOFTHSM2_CONF=ws/softhsm2.conf softhsm2-util --init-token --free --label csg --so-pin 12345678 --pin 1234 > /dev/null
	: > spy.log
	refused 4 TOKEN mysign "$req"
	[[ $stderr == *"2 initialised tokens match pkcs11:token=csg; exactly one is required" ]]
	run -1 grep -qE 'C_(OpenSession|Login|SignInit)$' spy.log
	[[ ! -e app.bin.sig ]]
	# the one that the certificates are of, named by its serial number
	serial=$(SOFTHSM2_CONF=$W/ws/softhsm2.conf softhsm2-util --show-slots | sed -n 's/ *Serial number: *\([0-9a-f]\{1,\}\) *$/\1/p' | head -n 1)
	sed -i "s|^token:.*|token: pkcs11:token=csg;serial=$serial|" ws/signer.yaml
	opened mysign "$req"
	accepted csg-verify -P boot app.bin
}

@test "a ledger that can not be written is noticed before a login" {
	request boot app.bin
	approve alice
	sum=$(sha256sum < ws/state/ledger.db)
	# where its journal would be, something else is: sqlite can't begin
	mkdir ws/state/ledger.db-journal
	unopened 4 LOG mysign "$req"
	rmdir ws/state/ledger.db-journal
	[[ $sum == "$(sha256sum < ws/state/ledger.db)" && ! -e app.bin.sig ]]
	# no file may become as large as it is
	limited() { (trap '' XFSZ && ulimit -f "$1" && exec csg-sign -c ws/signer.yaml "$req"); }
	unopened 4 LOG limited 8
	[[ $sum == "$(sha256sum < ws/state/ledger.db)" && ! -e app.bin.sig ]]
	opened limited 8000
}
