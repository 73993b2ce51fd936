#!/usr/bin/env bats
# Heads of the ledger that people have seen travel with their votes: a
# workstation that was rolled back or forked is found out by ordinary votes.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() {
	at_work
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
}
mysign() { csg-sign -c ws/signer.yaml "$@"; }

# signed NAME: NAME.bin signed under boot with alice's vote
signed() {
	echo "$1" > "$1.bin"
	request boot "$1.bin"
	approve alice
	accepted mysign "$req"
}
# a vote of bob's, who has a home of his own and so has seen nothing
unseeing() { HOME=$T/nowhere csg-endorse -q -y --approve -k "$(key bob)" "$req" > /dev/null; }

@test "a vote carries the newest head that its author has seen" {
	signed one
	run -1 grep -q '^seen:' <(words "$(vote_of alice)")
	csg-verify -q -P boot one.bin
	signed two
	words "$(vote_of alice)" | grep -q '^seen: |'
	accepted csg-verify -P boot two.bin
	# it is the receipt of the first signature
	words "$(vote_of alice)" | sed -n '/^seen:/,$p' | sed '1d; s/^  //' > seen.cms
	words seen.cms | grep -q "^size: $((BEFORE + 2))"
	openssl cms -verify -binary -inform PEM -in seen.cms -nointern -certfile "$W/keys/ledger.crt" -CAfile "$W/keys/ledger.crt" -partial_chain -purpose any -out seen.yaml 2> /dev/null
	# an older head is not remembered over a newer one
	csg-verify -q -P boot one.bin
	signed three
	words "$(vote_of alice)" | sed -n '/^seen:/,$p' | sed '1d; s/^  //' > seen.cms
	words seen.cms | grep -q "^size: $((BEFORE + 4))"
}

@test "a ledger that was rolled back is found out by the next vote" {
	cp -R ws old
	signed one
	csg-verify -q -P boot one.bin
	cp old/state/ledger.db ws/state/ledger.db
	echo two > two.bin
	request boot two.bin
	approve alice
	refused 4 LOG mysign "$req"
	[[ $stderr == *"by alice: a head of $((BEFORE + 2)) entries was seen, but this ledger has $BEFORE: it was rolled back" ]]
	run -4 csg-sign -n -c ws/signer.yaml "$req"
	[[ ! -e two.bin.sig ]]
	rm "$(vote_of alice)"
	unseeing
	accepted mysign "$req"
}

@test "so is one that was forked" {
	cp -R ws old
	signed one
	csg-verify -q -P boot one.bin
	cp -R ws new
	cp old/state/ledger.db ws/state/ledger.db
	for name in three four; do
		echo $name > $name.bin
		request boot $name.bin
		unseeing
		accepted mysign "$req"
	done
	echo five > five.bin
	request boot five.bin
	approve alice
	refused 4 LOG mysign "$req"
	[[ $stderr == *"a head of $((BEFORE + 2)) entries was seen that is not this ledger's: it was forked or changed" ]]
	# with the true ledger it is signed
	cp new/state/ledger.db ws/state/ledger.db
	accepted mysign "$req"
}

@test "two heads that can't both be true: people are warned" {
	cp -R ws old
	signed one
	csg-verify -q -P boot one.bin
	cp old/state/ledger.db ws/state/ledger.db
	echo two > two.bin
	request boot two.bin
	unseeing
	accepted mysign "$req"
	run -0 --separate-stderr csg-verify -P boot two.bin
	[[ $stderr == *"warning: "*"there are two ledgers with $((BEFORE + 2)) entries"* ]]
	# who has seen only one of them is not
	export HOME=$T/other
	run -0 --separate-stderr csg-verify -P boot two.bin
	[[ $stderr != *warning* ]]
}

@test "a head that the ledger key did not sign voids that vote, and no other" {
	signed one
	csg-verify -q -P boot one.bin
	echo two > two.bin
	request boot two.bin
	approve alice
	words "$(vote_of alice)" > vote.yaml
	sed -n '/^seen:/,$p' vote.yaml | sed '1d; s/^  //' > seen.cms
	words seen.cms | sed 's/^size: .*/size: 9/' > head.yaml
	forge mallory receipt < head.yaml | sed 's/^/  /' > forged.cms
	{
		sed '/^seen:/,$d' vote.yaml
		echo 'seen: |'
		cat forged.cms
	} | forge alice endorsement > "$(vote_of alice)"
	refused 5 QUORUM mysign "$req"
	[[ $stderr == *"not counted: "*": LOG: the head of the ledger that alice saw: "* ]]
	csg-endorse -q -y --approve -k "$(key bob)" "$req" two.bin > /dev/null
	accepted mysign "$req"
	accepted csg-verify -P boot two.bin
	# as it was it counts
	forge alice endorsement < vote.yaml > "$(vote_of alice)"
	echo three > three.bin
	request boot three.bin
	approve alice
	accepted mysign "$req"
}

@test "a rejection stands, whatever head comes with it" {
	signed one
	csg-verify -q -P boot one.bin
	echo two > two.bin
	request boot two.bin
	csg-endorse -q -y --approve -k "$(key bob)" "$req" two.bin > /dev/null
	csg-endorse -q -y --reject -m no -k "$(key alice)" "$req" > /dev/null
	words "$(vote_of alice)" > vote.yaml
	sed -n '/^seen:/,$p' vote.yaml | sed '1d; s/^  //' > seen.cms
	words seen.cms | sed 's/^size: .*/size: 9/' > head.yaml
	forge mallory receipt < head.yaml | sed 's/^/  /' > forged.cms
	{
		sed '/^seen:/,$d' vote.yaml
		echo 'seen: |'
		cat forged.cms
	} | forge alice endorsement > "$(vote_of alice)"
	refused 1 VETO mysign "$req"
}

@test "a refusal is in the ledger, once, and only of a request that is authentic" {
	entries() { sqlite3 -readonly ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'refuse'"; }
	request boot app.bin
	approve alice
	echo tampered >> app.bin
	refused 1 DIGEST mysign "$req"
	refused 1 DIGEST mysign "$req"
	[[ $(entries) == 1 ]]
	csg-endorse -q -y --reject -m no -k "$(key bob)" "$req" > /dev/null
	refused 1 VETO mysign "$req"
	[[ $(entries) == 2 ]]
	words "$req" | sed 's/^author: .*/author: mallory/' | forge mallory request > stranger.csgreq
	refused 1 GROUP mysign stranger.csgreq
	[[ $(entries) == 2 ]]
	request boot app.bin
	refused 5 QUORUM mysign "$req" # no refusal
	[[ $(entries) == 2 ]]
	accepted csg-log verify -c ws/signer.yaml
	run -0 csg-log list -c ws/signer.yaml --kind refuse
	[[ ${lines[0]} == *DIGEST* ]]
}

@test "the mirror has the entries before anything is out" {
	mkdir mirror
	echo "mirror: $T/mirror/ledger.csglog" >> ws/signer.yaml
	signed one
	[[ $(sqlite3 -readonly mirror/ledger.csglog 'SELECT count(*) FROM entry') == $((BEFORE + 2)) ]]
	[[ $(sqlite3 -readonly mirror/ledger.csglog 'SELECT count(*) FROM receipt') == 1 ]]
	chmod 500 mirror
	mv mirror gone
	echo two > two.bin
	request boot two.bin
	approve alice
	refused 4 LOG mysign "$req"
	[[ ! -e two.bin.sig ]]
	mv gone mirror
	chmod 700 mirror
	accepted mysign "$req"
	[[ $(sqlite3 -readonly mirror/ledger.csglog 'SELECT count(*) FROM entry') == $((BEFORE + 4)) ]]
	# another history is not mirrored
	cp mirror/ledger.csglog keep
	rm mirror/ledger.csglog
	sqlite3 keep 'SELECT 1' > /dev/null
	cp -R "$W/ws" other
	sed -i "s|$W/ws|$T/other|" other/signer.yaml other/softhsm2.conf
	echo "mirror: $T/keep" >> other/signer.yaml
	echo three > three.bin
	request boot three.bin
	unseeing
	refused 4 LOG csg-sign -c other/signer.yaml "$req"
	[[ $stderr == *"mirror: the copy "* && ! -e three.bin.sig ]]
}
