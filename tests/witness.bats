#!/usr/bin/env bats
# Heads of the ledger that people have seen travel with their votes: a
# workstation that was rolled back or forked is found out by ordinary votes.

load helpers

# A profile more, in which QA's rejections stop nothing.
witness_draft() {
	draft "$1"
	csg-token newkey -q -c "$W/ws/signer.yaml" --name deaf -a p256 --subject /CN=deaf -o "$W/keys/deaf.crt" > /dev/null
	csg-policy key add "$1" "$W/keys/deaf.crt"
	cat >> "$1" <<-'END'
	  deaf: {key: deaf, format: raw, requesters: [developers], reject: [security], quorum: [{group: qa, need: 1}]}
	END
}
setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded witness_draft
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
proof_of() { basename "${req%.csgreq}.csgproof"; }
# the receipt of $req, and its words
receipt_block() { awk '/-----BEGIN/ { text = "" } { text = text $0 "\n" } END { printf "%s", text }' "$(proof_of)"; }
receipt() { receipt_block | words /dev/stdin; }
# thief_signs FILE: the words of a receipt, by the ledger's key, with the PIN
thief_signs() { SOFTHSM2_CONF=$W/ws/softhsm2.conf "$CSG_UNIT/thief" "$softhsm" "$(cat "$W/ws/pin")" "$CSG_TRUST" "$CSG_POLICY" receipt "$1"; }
# heads NAME: the receipts that the vote brings, in seen.1 ...
heads() {
	rm -f seen.*
	words "$(vote_of "$1")" | sed -n '/^seen:/,$p' | sed -n 's/^ *\(-----[A-Z].*\|[A-Za-z0-9+/=]*\)$/\1/p' | awk '/-----BEGIN/ { n++ } { print > ("seen." n) }'
}
# bring HEAD...: the words of alice's vote, with these heads
bring() {
	words "$(vote_of alice)" | sed '/^seen:/,$d'
	echo 'seen:'
	for head in "$@"; do
		echo '- |'
		sed 's/^/  /' "$head"
	done
}
size() { words "$1" | sed -n 's/^size: //p'; }
# fork_with NAME...: ws goes on from what it was in old, and signs these for
# who has seen nothing; as it was, it is in new
fork_with() {
	local name
	cp -R ws new
	cp old/state/ledger.db ws/state/ledger.db
	for name in "$@"; do
		echo "$name" > "$name.bin"
		request boot "$name.bin"
		unseeing
		accepted mysign "$req"
	done
}
# a vote of bob's, who has a home of his own and so has seen nothing
unseeing() { HOME=$T/nowhere csg-endorse -q -y --approve -k "$(key bob)" "$req" > /dev/null; }

@test "a vote carries the newest head that its author has seen" {
	signed one
	run -1 grep -q '^seen:' <(words "$(vote_of alice)")
	run -1 grep -q '^earlier:' <(receipt)
	csg-verify -q -P boot one.bin
	signed two
	heads alice
	[[ $(ls seen.*) == seen.1 ]]
	# it is the receipt of the first signature
	[[ $(size seen.1) == $((BEFORE + 2)) ]]
	openssl cms -verify -binary -inform PEM -in seen.1 -nointern -certfile "$W/keys/ledger.crt" -CAfile "$W/keys/ledger.crt" -partial_chain -purpose any -out seen.yaml 2> /dev/null
	# and the next receipt shows that it is of the same ledger
	receipt | grep -A 1 '^earlier:' | grep -q "{size: $((BEFORE + 2)), path: "
	accepted csg-verify -P boot two.bin
	# an older head is not remembered over a newer one
	csg-verify -q -P boot one.bin
	signed three
	heads alice
	[[ $(ls seen.*) == seen.1 && $(size seen.1) == $((BEFORE + 4)) ]]
}

@test "heads not proven to be of one ledger go with votes until they are" {
	signed one
	csg-verify -q -P boot one.bin
	for name in two three; do
		echo $name > $name.bin
		request boot $name.bin
		unseeing
		mysign "$req" > /dev/null
		accepted csg-verify -P boot $name.bin
		[[ $stderr != *warning* ]]
	done
	signed four
	heads alice
	[[ $(size seen.1) == $((BEFORE + 6)) && $(size seen.2) == $((BEFORE + 4)) && $(size seen.3) == $((BEFORE + 2)) && ! -e seen.4 ]]
	[[ $(receipt | grep -c "^- {size: .*, path: ") == 3 ]]
	accepted csg-verify -P boot four.bin
	signed five
	heads alice
	[[ $(size seen.1) == $((BEFORE + 8)) && ! -e seen.2 ]]
	# a rejection needs none
	echo six > six.bin
	request boot six.bin
	csg-endorse -q -y --reject -m no -k "$(key alice)" "$req" > /dev/null
	run -1 grep -q '^seen:' <(words "$(vote_of alice)")
	accepted csg-log verify -c ws/signer.yaml
}

@test "the oldest heads stay, and the newest" {
	for n in 1 2 3 4 5 6 7 8 9 10; do
		echo $n > $n.bin
		request boot $n.bin
		unseeing
		mysign "$req" > /dev/null
		csg-verify -q -P boot $n.bin
	done
	sizes() { awk '/-----BEGIN/ { n++ } { print > ("head." n) }' "$HOME"/.local/state/csg/*.heads; for ((n = 1; n <= 8; n++)); do size head.$n; done; }
	[[ $(sizes | tr '\n' ' ') == "$(for n in 1 2 3 4 5 6 7 10; do printf '%d ' $((BEFORE + 2 * n)); done)" ]]
	csg-verify -q -P boot 8.bin # not so new: the one before the newest makes room
	[[ $(sizes | tr '\n' ' ') == "$(for n in 1 2 3 4 5 6 8 10; do printf '%d ' $((BEFORE + 2 * n)); done)" ]]
	# damaged: a vote goes without, and says so
	truncate -s -100 "$(echo "$HOME"/.local/state/csg/*.heads)"
	request boot app.bin
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req"
	[[ $stderr == *"warning: the vote leaves out a head of the ledger that was seen: "*".heads: damaged"* ]]
	accepted mysign "$req"
}

@test "a fork that outgrew what its voters know is found out, too" {
	cp -R ws old
	signed one
	csg-verify -q -P boot one.bin
	fork_with two three
	# alice has no way to see that it can't be true
	accepted csg-verify -P boot three.bin
	echo five > five.bin
	request boot five.bin
	approve alice
	refused 4 LOG mysign "$req"
	[[ $stderr == *"by alice: a head of $((BEFORE + 2)) entries was seen that is not this ledger's: it was forked or changed" ]]
	# nor does the other one have what she saw of the fork
	cp new/state/ledger.db ws/state/ledger.db
	refused 4 LOG mysign "$req"
	rm "$(vote_of alice)"
	unseeing
	accepted mysign "$req"
}

@test "a fork between what a voter knows of both" {
	for name in one two; do
		[[ $name == one ]] || cp -R ws old
		echo $name > $name.bin
		request boot $name.bin
		unseeing
		accepted mysign "$req"
		accepted csg-verify -P boot $name.bin
	done
	fork_with three four
	accepted csg-verify -P boot four.bin
	echo five > five.bin
	request boot five.bin
	approve alice
	refused 4 LOG mysign "$req"
	[[ $stderr == *"by alice: a head of $((BEFORE + 4)) entries was seen that is not this ledger's: it was forked or changed" ]]
	# the first and the last head alone are this ledger's
	heads alice
	[[ $(size seen.1) == $((BEFORE + 6)) && $(size seen.3) == $((BEFORE + 2)) ]]
	bring seen.1 seen.3 | forge alice endorsement > some.csgend
	rm "$(vote_of alice)"
	accepted mysign "$req" some.csgend
}

@test "one person's votes bring so many different heads, and no more" {
	mkdir heads
	for ((n = 0; n < 17; n++)); do
		echo $n > $n.bin
		request boot $n.bin
		unseeing
		mysign "$req" > /dev/null
		receipt_block > heads/$n
	done
	request boot app.bin
	approve alice
	words "$(vote_of alice)" > vote.yaml
	rm "$(vote_of alice)"
	with() { # HEAD...
		sed '/^seen:/,$d' vote.yaml | sed "s/^nonce: .*/nonce: $(openssl rand -hex 16)/"
		echo 'seen:'
		for head in "$@"; do
			echo '- |'
			sed 's/^/  /' heads/$head
		done
	}
	with {0..7} | forge alice endorsement > a.csgend
	with {8..14} 0 | forge alice endorsement > b.csgend
	with 15 16 | forge alice endorsement > c.csgend
	with 15 1 | forge alice endorsement > d.csgend
	run -0 --separate-stderr csg-sign -n -c ws/signer.yaml "$req" {a,b,c,d}.csgend
	[[ $output == *"c.csgend: LOG: the votes of alice would have more than 16 heads of the ledger"* && $output != *"d.csgend: "* ]]
	accepted mysign "$req" {a,b,c,d}.csgend
	[[ $(receipt | grep -c "^- {size: .*, path: ") == 16 ]]
	accepted csg-verify -P boot app.bin
}

@test "a policy's receipt is of the policy's epoch" {
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	mysign "$req" > /dev/null
	accepted csg-verify -P policy acme-2.yaml
	receipt > receipt.yaml
	proof=$(proof_of)
	cp "$proof" keep
	n=$(grep -c -- -----BEGIN keep)
	receipt_is() {
		awk -v n="$n" '/-----BEGIN/ { k++ } k < n' keep > "$proof"
		thief_signs "$1" >> "$proof"
	}
	receipt_is receipt.yaml
	accepted csg-verify -P policy acme-2.yaml
	sed 's/^epoch: 1/epoch: 2/' receipt.yaml > next.yaml
	receipt_is next.yaml
	refused 4 LOG csg-verify -P policy acme-2.yaml
	[[ $stderr == *"its receipt is from epoch 2, but the policy has epoch 1" ]]
}

@test "a head from the future is left out of votes" {
	signed one
	proof=$(proof_of)
	n=$(grep -c -- -----BEGIN "$proof")
	cp "$proof" keep
	seen_at() { # TIME: the head, of that time
		rm -rf "$HOME/.local"
		awk -v n="$n" '/-----BEGIN/ { k++ } k < n' keep > "$proof"
		receipt_of_keep | sed "s/^time: .*/time: $(date -u -d "$1" +%FT%TZ)/" > moved.yaml
		thief_signs moved.yaml >> "$proof"
		csg-verify -q -P boot one.bin
	}
	receipt_of_keep() { awk -v n="$n" '/-----BEGIN/ { k++ } k == n' keep | words /dev/stdin; }
	echo two > two.bin
	request boot two.bin
	seen_at '+11 minutes'
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" two.bin
	[[ $stderr == *"warning: the vote leaves out a head of the ledger that was seen: it is from the future ("* ]]
	run -1 grep -q '^seen:' <(words "$(vote_of alice)")
	rm "$(vote_of alice)"
	seen_at '+9 minutes'
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" two.bin
	[[ $stderr != *warning* ]]
	words "$(vote_of alice)" | grep -q '^seen:'
	# though not signed by a workstation that is behind
	refused 4 CLOCK mysign "$req"
	[[ $stderr == *"but alice saw a head of the ledger dated "* ]]
	[[ $(sql ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'claim'") == 1 ]]
	rm "$(vote_of alice)"
	seen_at 'now'
	approve alice
	words "$(vote_of alice)" | grep -q '^seen:'
	accepted mysign "$req"
}

@test "csg-verify asks the receipt for what the voters saw, whoever signed it" {
	signed one
	csg-verify -q -P boot one.bin
	signed two
	proof=$(proof_of)
	accepted csg-verify -P boot two.bin
	receipt > receipt.yaml
	cp "$proof" keep
	awk '/-----BEGIN/ { n++ } { print > ("block." n) }' keep
	n=$(ls block.* | wc -l)
	# receipt_is FILE: signed by the ledger's key, with the PIN
	receipt_is() {
		for ((k = 1; k < n; k++)); do cat "block.$k"; done > "$proof"
		thief_signs "$1" >> "$proof"
	}
	receipt_is receipt.yaml
	accepted csg-verify -P boot two.bin
	sed '/^earlier:/,$d' receipt.yaml > none.yaml
	receipt_is none.yaml
	refused 4 LOG csg-verify -P boot two.bin
	[[ $stderr == *"it does not prove that the $((BEFORE + 2)) entries that alice saw are its first" ]]
	line=$(grep -n '^hashes:' receipt.yaml | cut -d: -f1)
	sed "$((line + 1))s/sha256:.*/sha256:$(sha256sum < keep | cut -d' ' -f1)/" receipt.yaml > other.yaml
	receipt_is other.yaml
	refused 4 LOG csg-verify -P boot two.bin
	[[ $stderr == *"the ledger that alice saw: "*": the first $((BEFORE + 2)) entries of one are not those of the other" ]]
	receipt_is receipt.yaml
	accepted csg-verify -P boot two.bin
	# what is no proof
	broken() {
		sed "$1" receipt.yaml > broken.yaml
		run -1 cmp -s broken.yaml receipt.yaml
		receipt_is broken.yaml
		refused 3 PARSE csg-verify -P boot two.bin
	}
	broken '/^hashes:/,$d'
	broken '/^earlier:/,/^- /d'
	broken "s/{size: [0-9]*,/{size: $((BEFORE + 4)),/"
	broken 's/path: \[[0-9]/path: [99/'
	broken 's/, path: .*}/}/'
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

@test "a forked ledger is found out by the next vote" {
	cp -R ws old
	signed one
	csg-verify -q -P boot one.bin
	fork_with three four
	echo five > five.bin
	request boot five.bin
	approve alice
	refused 4 LOG mysign "$req"
	[[ $stderr == *"a head of $((BEFORE + 2)) entries was seen that is not this ledger's: it was forked or changed" ]]
	# with the true ledger it is signed
	cp new/state/ledger.db ws/state/ledger.db
	accepted mysign "$req"
}

@test "csg-log verify asks the ledger for what the voters of its claims saw" {
	signed one
	csg-verify -q -P boot one.bin
	receipt_block > head
	echo two > two.bin
	request deaf two.bin
	unseeing
	csg-endorse -q -y --reject -m no -k "$(key alice)" "$req" > /dev/null
	bring head | forge alice endorsement > vote
	mv vote "$(vote_of alice)"
	accepted mysign "$req"
	signed three
	# without ENTRY...: as if they had never been
	without() {
		rm -f rebuilt.db
		"$CSG_UNIT/rebuild" ws/state/ledger.db rebuilt.db "$@"
	}
	without
	accepted csg-log compare -c ws/signer.yaml rebuilt.db
	[[ $output == "both have the same $((BEFORE + 7)) entries" ]]
	accepted csg-log verify --from rebuilt.db
	# nobody saw the second signature: its rejection, claim and finish
	without $((BEFORE + 3)) $((BEFORE + 4)) $((BEFORE + 5))
	accepted csg-log verify --from rebuilt.db
	without $((BEFORE + 1)) $((BEFORE + 2))
	refused 4 LOG csg-log verify --from rebuilt.db
	[[ $stderr == *": ledger: entry $((BEFORE + 4)): by alice: a head of $((BEFORE + 2)) entries was seen that is not this ledger's: it was forked or changed" ]]
	# the head that comes with a rejection is not looked at
	without $((BEFORE + 1)) $((BEFORE + 2)) $((BEFORE + 6)) $((BEFORE + 7))
	accepted csg-log verify --from rebuilt.db
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
	heads alice
	words seen.1 | sed 's/^size: .*/size: 9/' > head.yaml
	forge mallory receipt < head.yaml | sed 's/^/  /' > forged.cms
	{
		sed '/^seen:/,$d' vote.yaml
		printf 'seen:\n- |\n'
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
	receipt | sed 's/^size: .*/size: 9/' > head.yaml
	echo two > two.bin
	request boot two.bin
	csg-endorse -q -y --approve -k "$(key bob)" "$req" two.bin > /dev/null
	csg-endorse -q -y --reject -m no -k "$(key alice)" "$req" > /dev/null
	words "$(vote_of alice)" > vote.yaml
	forge mallory receipt < head.yaml | sed 's/^/  /' > forged.cms
	{
		sed '/^seen:/,$d' vote.yaml
		printf 'seen:\n- |\n'
		cat forged.cms
	} | forge alice endorsement > "$(vote_of alice)"
	refused 1 VETO mysign "$req"
}

@test "a refusal is in the ledger, once, and only of a request that is authentic" {
	entries() { sql ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'refuse'"; }
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
	[[ $(sql mirror/ledger.csglog 'SELECT count(*) FROM entry') == $((BEFORE + 2)) ]]
	[[ $(sql mirror/ledger.csglog 'SELECT count(*) FROM receipt') == 1 ]]
	chmod 500 mirror
	mv mirror gone
	echo two > two.bin
	request boot two.bin
	approve alice
	refused 4 IO mysign "$req"
	[[ ! -e two.bin.sig && $(sql ws/state/ledger.db 'SELECT count(*) FROM entry') == $((BEFORE + 2)) ]] # not even claimed
	mv gone mirror
	chmod 700 mirror
	accepted mysign "$req"
	[[ $(sql mirror/ledger.csglog 'SELECT count(*) FROM entry') == $((BEFORE + 4)) ]]
	# what it missed while there was none, receipts too; and it stands alone
	sed -i 's/^mirror:/#&/' ws/signer.yaml
	signed three
	signed four
	sed -i 's/^#mirror:/mirror:/' ws/signer.yaml
	signed five
	accepted csg-log compare -c ws/signer.yaml mirror/ledger.csglog
	[[ $output == "both have the same $((BEFORE + 10)) entries" ]]
	[[ $(sql mirror/ledger.csglog 'SELECT count(*) FROM receipt') == 5 ]]
	accepted csg-log verify --from mirror/ledger.csglog
	[[ ${lines[3]} == 'receipts 5, '* && -z $stderr ]]
	# nobody else has a hand in it
	for what in mirror mirror/ledger.csglog; do
		mode=$(stat -c %a $what)
		chmod o+w $what
		echo "$what" > six.bin
		request boot six.bin
		approve alice
		refused 4 CONFIG mysign -f "$req"
		[[ $stderr == *"mirror: $T/$what: "* ]]
		refused 4 CONFIG csg-log export --signed -c ws/signer.yaml -o x.csglog
		chmod "$mode" $what
		accepted mysign -f "$req"
	done
	# another history is not mirrored
	cp mirror/ledger.csglog keep
	rm mirror/ledger.csglog
	sqlite3 keep 'SELECT 1' > /dev/null
	cp -R "$W/ws" other
	sed -i "s|$W/ws|$T/other|" other/signer.yaml other/softhsm2.conf
	echo "mirror: $T/keep" >> other/signer.yaml
	rm -f three.bin.sig
	echo three > three.bin
	request boot three.bin
	unseeing
	refused 4 LOG csg-sign -c other/signer.yaml "$req"
	[[ $stderr == *"mirror: the copy "* && ! -e three.bin.sig ]]
	: > "$W/spy.log"
	refused 4 LOG csg-log export --signed -c other/signer.yaml -o x.csglog
	[[ $stderr == *"mirror: the copy "* && ! -e x.csglog ]]
	no_session
}
