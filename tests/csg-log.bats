#!/usr/bin/env bats
# csg-log: the ledger as an auditor reads it.

load helpers

log_draft() {
	draft "$1"
	csg-token newkey -q -c "$W/ws/signer.yaml" --name spare -a p256 --subject /CN=spare -o "$W/keys/spare.crt" > /dev/null
	csg-policy key add "$1" "$W/keys/spare.crt"
	cat >> "$1" <<-'END'
	  spare: {key: spare, format: raw, requesters: [developers], operators: [admins], quorum: [{group: qa, need: 1}]}
	END
}

# Entries from F on: found; 1, 2 after it: boot; 3, 4: firmware; 5, 6: rom by the
# emergency route; 7: a rejection and 8: the refusal that it brought; 9, 10:
# spare.  Before it stand the keys that were made.
setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded log_draft
	cd "$W" || return
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME"
	echo app > app.bin
	echo rom > rom.bin
	echo no > no.bin
	request boot app.bin
	approve alice
	sign "$req" > /dev/null
	cp "$req" boot.keep
	request firmware app.bin rom.bin
	approve bob erin frank
	sign -f "$req" > /dev/null
	request rom rom.bin
	approve erin heidi
	sign "$req" > /dev/null
	request boot no.bin
	approve bob
	csg-endorse -q -y --reject -m 'not this one' -k "$(key alice)" "$req" > /dev/null
	! sign "$req" 2> /dev/null || return 1
	rm "$req" ./*.csgend
	request spare app.bin
	approve bob
	sign -f -k "$(key heidi)" "$req" > /dev/null
	csg-log export -q -c ws/signer.yaml -o all.csglog > /dev/null
}
setup() {
	at_work
	c=(-c "$W/ws/signer.yaml")
	F=$BEFORE
	ALL=$((F + 10))
}

count() { # WANT FILTER...
	local want=$1
	shift
	accepted csg-log list "$@" "${c[@]}"
	[[ ${#lines[@]} == "$want" ]] || {
		echo "${#lines[@]} lines, not $want: $*"
		return 1
	}
}

@test "list: what was founded, claimed, signed, refused, and by whom" {
	accepted csg-log list "${c[@]}"
	[[ ${#lines[@]} == "$ALL" ]]
	[[ ${lines[0]} == "     1  "*"  key       made policy p384 sha256:"* ]]
	lines=("${lines[@]:F-1}")
	[[ ${lines[0]} == *"  found     policy version 1 in force" ]]
	[[ ${lines[1]} == *"  claim     "*"  boot by route normal: app.bin, for dave, by alice" ]]
	[[ ${lines[4]} == *"  finish    "*"  firmware by route normal: app.bin and 1 more, for dave, by "*"; key firmware" ]]
	[[ ${lines[6]} == *"rom by route emergency (EMERGENCY): rom.bin"* ]]
	[[ ${lines[7]} == *"  reject    "*"  by alice: not this one" ]]
	[[ ${lines[8]} == *"  refuse    "*"  boot VETO: alice rejected the request: not this one" ]]
	[[ ${lines[9]} == *"  spare by route normal: app.bin, for dave, by bob; operated by heidi" ]]
	# without a policy nobody knows what a route is for
	HOME=$T/nowhere CSG_TRUST='' accepted csg-log list --from "$W/all.csglog" --route emergency
	[[ ${lines[0]} == *"rom by route emergency (EMERGENCY?): rom.bin"* ]]
	[[ $stderr == *"which routes are for emergencies is unknown: no policy chain under your trust anchor (-t)" ]]
	HOME=$T/nowhere CSG_TRUST='' accepted csg-log list --from "$W/all.csglog" --route normal
	[[ ${lines[0]} == *"boot by route normal: app.bin, "* && -z $stderr ]]
	HOME=$T/nowhere CSG_TRUST='' accepted csg-log list -j --from "$W/all.csglog" --kind claim
	[[ ${lines[0]} == *'"emergency": null'* ]]
	accepted csg-log list --from "$W/all.csglog" --route emergency
	[[ ${lines[0]} == *"(EMERGENCY): rom.bin"* && -z $stderr ]]
}

@test "list: every filter, and filters together" {
	count 4 --kind finish
	count 4 --kind claim
	count 1 --kind refuse
	count 2 -P firmware
	count 3 -P boot
	count 1 --key rom
	count 3 --person alice --since 30d
	count 2 --person frank
	count 2 --person heidi --kind claim
	count 1 --person heidi --key spare
	count 2 --route emergency
	count 6 --artifact app.bin
	count 6 --artifact "sha256:$(sha256sum "$W/app.bin" | cut -d' ' -f1)"
	count 0 --artifact "sha256:$(sha256sum "$W/keys/boot.crt" | cut -d' ' -f1)"
	count 0 --since 2090-01-01T00:00:00Z
	[[ $stderr == *"no entry matches these filters"* ]]
	count "$ALL" --until 2090-01-01T00:00:00Z
	count "$ALL" --since 1d
	count $((F - 1)) --kind key
	run -2 csg-log list "${c[@]}" --artifact sha256:12
	run -2 csg-log list "${c[@]}" --since yesterday
	run -2 csg-log list "${c[@]}" more
	run -2 csg-log list "${c[@]}" --kind signature
	run -2 csg-log list "${c[@]}" --from all.csglog
	# what another command takes
	run -2 csg-log list "${c[@]}" --signed
	[[ $output == *'list takes no --signed'* ]]
	run -2 csg-log verify "${c[@]}" -j
	[[ $output == *'verify takes no --json'* ]]
}

@test "list -j: one object a line, with all that an entry tells" {
	accepted csg-log list -j "${c[@]}"
	[[ ${#lines[@]} == "$ALL" ]]
	lines=("${lines[@]:F-1}")
	[[ ${lines[4]} == '{"seq": '$((F + 4))',"time": "'*'"kind": "finish"'*'"requester": "dave"'*'"output": "sha256:'*'"key": "firmware"'*'}' ]]
	[[ ${lines[6]} == *'"emergency": true'* && ${lines[4]} == *'"emergency": false'* ]]
	[[ ${lines[10]} == *'"operator": "heidi"'* ]]
	[[ ${lines[8]} == *'"reason": "VETO"'*'"text": "alice rejected'* ]]
	if command -v python3 > /dev/null; then
		printf '%s\n' "${lines[@]}" | python3 -c 'import json, sys; [json.loads(l) for l in sys.stdin]'
	fi
	# an entry's text is what the tree has of it
	printf '%s\n' "${lines[4]}" > one.json
	sqlite3 :memory: "SELECT json_extract(readfile('one.json'), '\$.entry')" | sed '$d' > one.text # sqlite3 ends it once more
	[[ $({ printf '\0'; cat one.text; } | sha256sum | cut -d' ' -f1) == $(sql "$W/ws/state/ledger.db" "SELECT lower(hex(hash)) FROM node WHERE level = 0 AND idx = $((F + 3))") ]]
	accepted csg-log show "${c[@]}" "$F"
	[[ ${lines[0]} == csg-entry/1 ]]
}

@test "show: an entry, what it tells, and its body" {
	accepted csg-log show "${c[@]}" $((F + 4))
	[[ ${lines[0]} == csg-entry/1 && $output == *"kind finish"* ]]
	[[ $output == *"asked by dave, "*": release 1.0"*"erin: approve, "*"signed with key firmware"* ]]
	[[ $output != *"BEGIN CMS"* ]]
	accepted csg-log show -v "${c[@]}" $((F + 4))
	printf '%s\n' "$output" | sed -n '/BEGIN CMS/,$p' > seal.cms
	words seal.cms | grep -q '^csg: seal/1'
	accepted csg-log show "${c[@]}" $((F + 7))
	[[ $output == *"rejected by alice: not this one"* ]]
	accepted csg-log show "${c[@]}" $((F + 8))
	[[ $output == *"reason VETO"*"alice rejected the request"* ]]
	run -2 csg-log show "${c[@]}" $((ALL + 1))
	[[ $output == *"the ledger has entries only up to $ALL"* ]]
	run -2 csg-log show "${c[@]}" 0
	run -2 csg-log show "${c[@]}"
}

@test "prove: the receipt again, by entry or request" {
	accepted csg-log prove "${c[@]}" $((F + 2))
	printf '%s\n' "$output" > receipt
	words receipt | grep -q '^csg: receipt/1'
	accepted csg-log prove "${c[@]}" "sha256:$(words "$W/boot.keep" | sha256sum | cut -d' ' -f1)"
	cmp receipt <(printf '%s\n' "$output")
	accepted csg-log prove --from "$W/all.csglog" $((F + 1))
	cmp receipt <(printf '%s\n' "$output")
	words=$(csg-log list "${c[@]}" --kind finish | awk 'NR == 1 { print $4 }')
	for name in "$words" "20261123-$words"; do
		accepted csg-log prove "${c[@]}" "$name"
		cmp receipt <(printf '%s\n' "$output")
	done
	refused 1 UNENDORSED csg-log prove "${c[@]}" lusab-babad
	run -2 csg-log prove "${c[@]}" lusab
	run -2 csg-log prove "${c[@]}" $((ALL + 1))
	[[ $output == *"the ledger has entries only up to $ALL"* ]]
	refused 3 TYPE csg-log prove "${c[@]}" "$F"
	refused 1 UNENDORSED csg-log prove "${c[@]}" $((F + 7))
}

@test "verify: tree, receipts and times; and of nobody's edits" {
	accepted csg-log verify "${c[@]}"
	[[ ${lines[1]} == "entries  $ALL" && ${lines[3]} == 'receipts 4, the newest signed '*" over $ALL entries in epoch 1" ]]
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	accepted csg-log verify -c ws/signer.yaml
	tampered() {
		cp "$W/ws/state/ledger.db" ws/state/ledger.db
		edit_ledger ws/state/ledger.db "$1"
		refused 4 LOG csg-log verify -c ws/signer.yaml
	}
	tampered "UPDATE entry SET route = 'hotfix' WHERE seq = $((F + 1))"
	[[ $stderr == *"entry $((F + 1)) does not match the tree (csg-log(1) RECOVERY)" ]]
	tampered "UPDATE entry SET time = time + 86400 WHERE seq = $((F + 1))"
	tampered "UPDATE entry SET body = body || ' ' WHERE seq = $((F + 2))"
	tampered "UPDATE entry SET reason = 'SELF' WHERE seq = $((F + 8))"
	tampered "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND idx = 0"
	tampered "DELETE FROM node WHERE level = 2"
	tampered "INSERT INTO node (level, idx, hash) VALUES (5, 0, zeroblob(32))"
	tampered "UPDATE entry SET seq = 99 WHERE seq = 2"
	tampered "DELETE FROM entry WHERE seq = $((F + 7))"
	# an index that hides a row from those who ask by it
	tampered "DROP INDEX entry_request; CREATE INDEX entry_request ON entry (CASE WHEN seq = $((F + 2)) THEN NULL ELSE request END);
		PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX entry_request ON entry (request)' WHERE name = 'entry_request'"
	[[ $stderr == *"damaged: row $((F + 2)) missing from index entry_request"* ]]
	# a receipt of somebody else's making, or of another entry
	forge mallory receipt < <(csg-log prove "${c[@]}" $((F + 2)) > r; words r) > forged
	tampered "UPDATE receipt SET message = '$(cat forged)' WHERE rowid = 1"
	[[ $stderr == *"receipt of request sha256:"*": receipt: "* ]]
	tampered "UPDATE receipt SET message = (SELECT message FROM receipt WHERE rowid = 2) || '' WHERE rowid = 1; UPDATE receipt SET message = 'x' WHERE rowid = 2"
}

@test "export: a ledger of its own, read in place of the workstation's" {
	accepted csg-log verify --from "$W/all.csglog"
	[[ ${lines[3]} == 'receipts 4, '* && -z $stderr ]]
	diff <(csg-log list -j "${c[@]}") <(csg-log list -j --from "$W/all.csglog")
	accepted csg-log export -j --from "$W/all.csglog"
	[[ ${#lines[@]} == "$ALL" ]]
	# its signatures need an anchor of the reader's own
	HOME=$T/nowhere CSG_TRUST='' run -0 --separate-stderr csg-log verify --from "$W/all.csglog"
	[[ $stderr == *"signatures of 4 receipts were not checked"* ]]
	sed 's/^csg-founding: sha256:......../csg-founding: sha256:00000000/' "$CSG_TRUST" > other.pem
	refused 1 POLICYSIG csg-log verify --from "$W/all.csglog" -t other.pem
	# existing files, and files that are no ledger
	refused 4 IO csg-log export "${c[@]}" -o "$W/all.csglog"
	accepted csg-log export "${c[@]}" -f -o new.csglog
	[[ -z $(find . -name ".csg-export*") ]]
	cp new.csglog bad.csglog
	edit_ledger bad.csglog "UPDATE entry SET body = 'x' WHERE seq = 4"
	refused 4 LOG csg-log verify --from bad.csglog
	refused 4 LOG csg-log list --from app.bin
	run -2 csg-log export "${c[@]}"
}

@test "export --signed: the ledger key answers for all of it" {
	accepted csg-log export --signed "${c[@]}" -o signed.csglog
	[[ $output == signed.csglog ]]
	accepted csg-log verify --from signed.csglog --signed
	[[ ${lines[4]} == "signed   20"*"Z as a whole, in epoch 1, with key ledger" ]]
	accepted csg-log verify --from "$W/all.csglog"
	[[ ${lines[4]} == "signed   no" ]]
	refused 4 LOG csg-log verify --from "$W/all.csglog" --signed
	[[ $stderr == *"all.csglog: is not signed" ]]
	diff <(csg-log list -j "${c[@]}") <(csg-log list -j --from signed.csglog)
	# anybody can check it, and a copy of the copy has it, too
	HOME=$T/nowhere CSG_TRUST='' accepted csg-log export --from signed.csglog -o again.csglog
	accepted csg-log verify --from again.csglog --signed
	sqlite3 again.csglog "SELECT text FROM note WHERE name = 'export'" > word.cms
	openssl cms -verify -binary -inform PEM -in word.cms -nointern -certfile "$W/keys/ledger.crt" -CAfile "$W/keys/ledger.crt" -purpose any -out word.yaml
	grep -q "^size: $ALL\$" word.yaml
	# who is not to be signed for, or can't be asked
	run -2 csg-log export --signed "${c[@]}" -j
	run -2 csg-log export --signed --from signed.csglog -o x.csglog
	run -2 csg-log verify --signed "${c[@]}"
	HOME=$T/nowhere CSG_TRUST='' refused 4 CONFIG csg-log verify --from signed.csglog --signed
	HOME=$T/nowhere CSG_TRUST='' accepted csg-log verify --from signed.csglog
	[[ ${lines[4]} == "signed   "*" (signature not checked)" && $stderr == *"signatures of 4 receipts were not checked"* ]]
	refused 4 IO csg-log export --signed "${c[@]}" -o signed.csglog
	csg-token init -q -d new > /dev/null
	refused 4 CONFIG csg-log export --signed -c new/signer.yaml -o x.csglog
	refused 4 CLOCK ahead -86400 csg-log export --signed "${c[@]}" -o x.csglog
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|; s|$W/spy|$T/spy|" ws/signer.yaml ws/softhsm2.conf
	echo wrong > ws/pin
	refused 4 PIN csg-log export --signed -c ws/signer.yaml -o x.csglog
	[[ -z $(find . -name "x.csglog" -o -name ".csg-export*") ]]
}

@test "export --signed: nothing goes to the token of a ledger that does not hold" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|; s|$W/spy|$T/spy|" ws/signer.yaml ws/softhsm2.conf
	: > spy.log
	# only what verify checks, and opening does not
	edit_ledger ws/state/ledger.db "UPDATE receipt SET message = 'x' WHERE rowid = 2"
	refused 4 LOG csg-log export --signed -c ws/signer.yaml -o x.csglog
	[[ ! -e x.csglog ]]
	W=$T no_session
	cp "$W/ws/state/ledger.db" ws/state
	accepted csg-log export --signed -c ws/signer.yaml -o x.csglog
	grep -q C_SignInit spy.log
}

@test "verify --signed: of less, of other entries or receipts, by another key or policy" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	csg-log export -q --signed -c ws/signer.yaml -o old.csglog > /dev/null
	request boot app.bin
	approve alice
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	csg-log export -q --signed -c ws/signer.yaml -o good.csglog > /dev/null
	word_of() { sqlite3 "$1" "SELECT text FROM note WHERE name = 'export'"; }
	not_good() { # SQL WHY: good.csglog so changed
		cp good.csglog bad.csglog
		edit_ledger bad.csglog "$1"
		refused 4 LOG csg-log verify --from bad.csglog
		[[ $stderr == *": $2"* ]] || {
			echo "$stderr"
			return 1
		}
	}
	says() { # TEXT WHY
		not_good "UPDATE note SET text = '$1' || char(10) WHERE name = 'export'" "bad.csglog: the copy's signature: $2"
		refused 4 LOG csg-log export --from bad.csglog -o x.csglog
		[[ ! -e x.csglog ]]
	}
	accepted csg-log verify --from good.csglog --signed
	says "$(word_of old.csglog)" "it is for $ALL entries, but the copy has $((ALL + 2))"
	says x 'export: no csg message'
	says "$(word_of good.csglog; word_of old.csglog)" 'export: not exactly one message'
	# no receipt passes for it, be it of all entries
	says "$(csg-log prove -c ws/signer.yaml $((ALL + 2)))" 'a receipt where an export was expected'
	word_of good.csglog > word.cms
	words word.cms > word.yaml
	edited() { says "$(sed "$1" word.yaml | forge mallory export)" "$2"; }
	edited '' 'made with another certificate'
	edited 's/^root: sha256:..../root: sha256:0000/' 'it is for other entries'
	edited 's/^log: sha256:..../log: sha256:0000/' 'it is for other entries'
	edited 's/^receipts: sha256:..../receipts: sha256:0000/' 'it is for other receipts'
	edited 's/^policy: sha256:..../policy: sha256:0000/' 'it is not for the policy in force'
	edited 's/^epoch: 1/epoch: 2/' 'it is for epoch 2, but the policy has epoch 1'
	edited 's/^author: ledger/author: policy/' 'its author is not the ledger key'
	edited 's/^time: 20../time: 1999/' 'it is dated 1999'
	# a receipt must be of the finish entry, whoever looks
	csg-log prove -c ws/signer.yaml $((F + 2)) > receipt.cms
	words receipt.cms > receipt.yaml
	swap="UPDATE receipt SET message = '$(sed 's/^index: .*/index: 1/' receipt.yaml | forge mallory receipt)' || char(10) WHERE rowid = 1"
	cp good.csglog bad.csglog
	edit_ledger bad.csglog "$swap"
	HOME=$T/nowhere CSG_TRUST='' refused 4 LOG csg-log verify --from bad.csglog
	[[ $stderr == *'receipt: it is for another entry' ]]
	not_good "$swap" 'receipt of request sha256:'
	not_good "UPDATE receipt SET message = (SELECT message FROM receipt WHERE rowid = 3 - r.rowid) FROM receipt AS r WHERE r.rowid = receipt.rowid AND r.rowid < 3" 'receipt of request sha256:'
	# what it commits to beside the entries
	not_good 'DELETE FROM receipt WHERE rowid = 2' 'it is for other receipts'
	not_good "DELETE FROM receipt WHERE rowid = 5" 'it is for other receipts'
	# nor is there anything that is not seen
	not_good "UPDATE receipt SET message = 'by order of the board' || char(10) || message WHERE rowid = 1" 'receipt of request sha256:'
	not_good "UPDATE note SET text = 'by order of the board' || char(10) || text WHERE name = 'export'" "bad.csglog: the copy's signature: export: not the bare message"
	not_good "INSERT INTO note VALUES ('more', 'x')" 'ledger: a note has an unknown name'
	not_good "INSERT INTO receipt SELECT zeroblob(32), message FROM receipt LIMIT 1" 'ledger: there is a receipt for a request that was never signed'
	not_good "UPDATE receipt SET message = message || char(0) || 'x'" 'the text contains a NUL'
	not_good "UPDATE note SET text = text || char(0) || 'x'" 'the text contains a NUL'
	not_good "UPDATE entry SET body = body || char(0) || 'x' WHERE seq = $((F + 1))" "entry $((F + 1)): column body: the text contains a NUL"
}

@test "verify: what was seen in proofs is in the ledger, or it is an older copy" {
	for i in 1 2; do
		cp -R "$W/ws" "ws$i"
		sed -i "s|$W/ws|$T/ws$i|" "ws$i/signer.yaml" "ws$i/softhsm2.conf"
		csg-log export -q --signed -c "ws$i/signer.yaml" -o "before$i.csglog" > /dev/null
		request boot app.bin
		approve alice
		csg-sign -q -f -c "ws$i/signer.yaml" "$req" > /dev/null
		csg-log export -q --signed -c "ws$i/signer.yaml" -o "$i.csglog" > /dev/null
		[[ $i == 1 ]] || break
		mkdir one
		mv app.bin.sig ./*.csgproof one
	done
	accepted csg-log verify --from 2.csglog
	accepted csg-log verify -c ws2/signer.yaml
	csg-verify -q -P boot -s one/app.bin.sig -e one app.bin
	accepted csg-log verify --from 1.csglog --signed
	accepted csg-log verify -c ws1/signer.yaml
	refused 4 LOG csg-log verify --from 2.csglog
	[[ $stderr == *"a head of $((ALL + 2)) entries was seen that is not this ledger's: it was forked or changed" ]]
	refused 4 LOG csg-log verify -c ws2/signer.yaml
	# an export may be of before that, a workstation not
	accepted csg-log verify --from before1.csglog --signed
	[[ $stderr == *"this export is not the newest: a proof was seen with a later head of the ledger" ]]
	refused 4 LOG csg-log verify "${c[@]}"
	[[ $stderr == *"but this ledger has $ALL: it was rolled back" ]]
	# signed later than that was seen, or another way taken before it
	sleep 1
	csg-log export -q --signed "${c[@]}" -o later.csglog > /dev/null
	refused 4 LOG csg-log verify --from later.csglog
	[[ $stderr == *"a head of $((ALL + 2)) entries was seen that is older than this export, which was signed with $ALL: the ledger was rolled back" ]]
	csg-log export -q "${c[@]}" -o unsigned.csglog > /dev/null
	accepted csg-log verify --from unsigned.csglog
}

# fork NAME: the workstation once more, as it stands
fork() {
	cp -R "$W/ws" "$1"
	sed -i "s|$W/ws|$T/$1|" "$1/signer.yaml" "$1/softhsm2.conf"
}
# joined SEQ...: two's entries behind those of one, but for these
joined() {
	rm -f joined.db
	"$CSG_UNIT/rebuild" one/state/ledger.db joined.db "$@" two/state/ledger.db
	sqlite3 joined.db "ATTACH '$W/all.csglog' AS a; INSERT INTO note SELECT * FROM a.note"
}

@test "verify: a claim in spite of a rejection leaves a trace" {
	fork one
	fork two
	request boot app.bin
	approve bob
	csg-sign -q -c two/signer.yaml "$req" > /dev/null
	rm app.bin.sig ./*.csgproof
	csg-endorse -q -y --reject -m no -k "$(key alice)" "$req" > /dev/null
	refused 1 VETO csg-sign -c one/signer.yaml "$req"
	joined
	refused 4 LOG csg-log verify --from joined.db
	[[ $stderr == *"entry $((ALL + 1)): it was claimed although alice rejected the request"* ]] # refusals are left out
	# what people approve with the next epoch is done with
	cp -R one after
	sed -i "s|$T/one|$T/after|" after/signer.yaml after/softhsm2.conf
	cp joined.db after/state/ledger.db
	sqlite3 after/state/ledger.db 'DELETE FROM note'
	refused 4 LOG csg-log verify -c after/signer.yaml
	accepted csg-log recover -f -c after/signer.yaml
	accepted csg-log verify -c after/signer.yaml
	joined $((ALL + 1))
	accepted csg-log verify --from joined.db
	# one that names no request can't be a workstation's
	"$CSG_UNIT/rebuild" one/state/ledger.db nameless.db nameless
	refused 4 LOG csg-log verify --from nameless.db
	[[ $stderr == *"is a rejection without a request" ]]
	# and nobody trips over it
	accepted csg-log list --from nameless.db
	accepted csg-log report -j --from nameless.db
	accepted csg-log affected --from nameless.db --key boot
}

@test "verify: a claim under a policy of before leaves a trace" {
	fork one
	fork two
	request boot app.bin
	approve bob
	csg-sign -q -c two/signer.yaml "$req" > /dev/null
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m more -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	csg-sign -q -c one/signer.yaml "$req" > /dev/null
	accepted csg-log verify -c one/signer.yaml
	joined
	refused 4 LOG csg-log verify --from joined.db
	[[ $stderr == *"entry $((ALL + 2)): it was claimed under a policy that was not in force" ]]
	joined $((ALL + 1)) $((ALL + 2))
	accepted csg-log verify --from joined.db
}

@test "a large ledger: the policy in force is that of the newest claim" {
	local big
	fork ws
	csg-policy new -o acme-2.yaml > /dev/null
	csg-policy user remove acme-2.yaml bob
	req=$(csg-request -q -P policy -m 'bob left' -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	request boot app.bin # of the time before
	approve bob
	old=$req
	export CSG_POLICY=acme-2.csgpolicy
	echo new > new.bin
	request boot new.bin
	approve alice
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	big=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$T")")
	"$CSG_UNIT/rebuild" ws/state/ledger.db "$big/ledger.db" keys 2100
	cp "$big/ledger.db" ws/state
	rm -r "$big"
	refused 1 POLICY csg-sign -c ws/signer.yaml "$old"
	cp ws/state/ledger.db keep
	edit_ledger ws/state/ledger.db 'UPDATE entry SET version = NULL WHERE version = 2'
	refused 4 LOG csg-sign -c ws/signer.yaml "$old"
	[[ $stderr == *'the newest claim is not under the policy in force'* ]]
	accepted csg-log list -c ws/signer.yaml # whoever reads may see it all the same
	edit_ledger ws/state/ledger.db "UPDATE entry SET kind = 'recover' WHERE version = 1"
	refused 4 LOG csg-sign -c ws/signer.yaml "$old"
	[[ $stderr == *"entry $F does not match the tree"* ]]
	cp keep ws/state/ledger.db
	refused 1 POLICY csg-sign -c ws/signer.yaml "$old"
}

@test "verify and export while csg-sign works: no lock, no false alarm" {
	local i n=0
	fork ws
	for i in 1 2 3 4 5 6; do
		echo "$i" > "$i.bin"
		request boot "$i.bin"
		approve bob
		mv "$req" "$i.csgreq.now"
		mv "$(vote_of bob)" "$i.csgend.now"
	done
	(for i in 1 2 3 4 5 6; do csg-sign -q -c ws/signer.yaml "$i.csgreq.now" "$i.csgend.now"; done; touch finished) > signing 2>&1 3>&- &
	while [[ ! -e finished ]]; do
		accepted csg-log verify -c ws/signer.yaml
		accepted csg-log export -f -c ws/signer.yaml -o x.csglog
		accepted csg-log verify --from x.csglog
		n=$((n + 1))
	done
	wait
	((n > 1))
	[[ -e 6.bin.sig ]]
}

@test "the ledger is read while csg-sign waits for its PIN" {
	local kind i
	fork ws
	request boot app.bin
	approve bob
	mkfifo pin
	sed -i "s|^pin-source:.*|pin-source: fd:9|" ws/signer.yaml
	csg-sign -q -c ws/signer.yaml "$req" 9<> pin > signing 2>&1 3>&- &
	for ((i = 0; i < 200; i++)); do
		kind=$(sql ws/state/ledger.db 'SELECT kind FROM entry ORDER BY seq DESC LIMIT 1')
		[[ $kind != claim ]] || break
		sleep 0.05
	done
	[[ $kind == claim ]]
	accepted csg-log list -c ws/signer.yaml
	[[ ${lines[-1]} == *claim* ]]
	accepted csg-log verify -c ws/signer.yaml
	accepted csg-log export -c ws/signer.yaml -o x.csglog
	[[ ! -e app.bin.sig ]]
	cat ws/pin > pin
	wait $!
	[[ -e app.bin.sig ]]
}

@test "export -j: filtered like a list; -o has all, and never goes over the ledger" {
	accepted csg-log export -j "${c[@]}" --person heidi --kind finish
	[[ ${#lines[@]} == 2 && ${lines[0]} == *'"seq": '$((F + 6))* ]]
	run -2 csg-log export "${c[@]}" --person heidi -o x.csglog
	[[ $output == *'filters require -j'* ]]
	fork one
	refused 4 IO csg-log export -c one/signer.yaml -f -o one/state/ledger.db
	ln -s one/state here
	refused 4 IO csg-log export -c one/signer.yaml -f -o here/ledger.db
	[[ $stderr == *'here/ledger.db: is the ledger itself' ]]
	cp "$W/all.csglog" copy.csglog
	refused 4 IO csg-log export --from copy.csglog -f -o copy.csglog
	accepted csg-log export --from copy.csglog -f -o x.csglog
}

@test "compare: one history, or where two part" {
	accepted csg-log compare "${c[@]}" "$W/all.csglog"
	[[ $output == "both have the same $ALL entries" ]]
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	request boot app.bin
	approve alice
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	accepted csg-log compare -c ws/signer.yaml "$W/all.csglog"
	[[ $output == *"one history: the workstation has 2 more entries than the $ALL of $W/all.csglog" ]]
	csg-log export -q -c ws/signer.yaml -o one.csglog > /dev/null
	accepted csg-log compare "$W/all.csglog" one.csglog
	[[ $output == *"one history: one.csglog has 2 more entries"* ]]
	cp "$W/ws/state/ledger.db" ws/state/ledger.db
	rm -f app.bin.sig ./*.csgproof
	request boot app.bin
	approve bob
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	refused 4 LOG csg-log compare -c ws/signer.yaml one.csglog
	[[ $stderr == *"the workstation and one.csglog differ from entry $((ALL + 1)) on" ]]
}

@test "affected: what falls without a person, with a key, under a version" {
	accepted csg-log affected "${c[@]}" --person alice
	[[ ${#lines[@]} == 1 && $output == *"  boot  REVOKED: would not be valid without alice: QUORUM: qa 0/1: bob: app.bin" ]]
	accepted csg-log affected "${c[@]}" --person erin
	[[ ${#lines[@]} == 2 && ${lines[0]} == *"  firmware  REVOKED: would not be valid without erin: QUORUM: security 1/2: grace: "* ]]
	accepted csg-log affected "${c[@]}" --person dave
	[[ ${#lines[@]} == 4 && ${lines[0]} == *"REVOKED: would not be valid without dave: dave requested it: "* ]]
	accepted csg-log affected "${c[@]}" --person heidi # rom, and the operator of spare
	[[ ${#lines[@]} == 2 && ${lines[1]} == *"REVOKED: would not be valid without heidi: heidi was the operator: "* ]]
	accepted csg-log affected "${c[@]}" --person grace
	[[ -z $output && $stderr == 'csg-log: 0 signed requests are affected' ]]
	# a name that is misspelt is not "none"
	refused 1 POLICY csg-log affected "${c[@]}" --person grcae
	[[ $stderr == *": no signature in the ledger and no policy mentions person grcae" ]]
	accepted csg-log affected "${c[@]}" --key firmware
	[[ ${#lines[@]} == 1 ]]
	refused 1 POLICY csg-log affected "${c[@]}" --key firmwear
	refused 1 POLICY csg-log affected "${c[@]}" --policy-version 2
	for version in --policy-version --policy; do
		accepted csg-log affected "${c[@]}" $version 1
		[[ ${#lines[@]} == 4 ]]
	done
	accepted csg-log affected "${c[@]}" --person erin --since 2090-01-01T00:00:00Z
	[[ -z $output && $stderr == 'csg-log: 0 signed requests are affected' ]]
	accepted csg-log affected -j --from "$W/all.csglog" --person alice
	[[ $output == *'"reason": "REVOKED"'* ]]
	run -2 csg-log affected "${c[@]}"
	run -2 csg-log affected "${c[@]}" --person alice --key boot
	# a spare vote does not make it fall
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	request boot app.bin
	approve alice bob
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	accepted csg-log affected -c ws/signer.yaml --person alice
	[[ ${#lines[@]} == 1 ]]
}

@test "affected: what was signed under a policy that falls, falls, as csg-verify has it" {
	fork ws
	sign_as() { csg-sign -q -f -c ws/signer.yaml "$@" > /dev/null; }
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m more -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	sign_as "$req"
	export CSG_POLICY=acme-2.csgpolicy
	request boot app.bin
	approve bob
	sign_as "$req"
	accepted csg-log affected -c ws/signer.yaml --person erin
	[[ ${#lines[@]} == 4 && ${lines[2]} == *"  policy  REVOKED: would not be valid without erin: QUORUM: admins 1/2: "* ]]
	[[ ${lines[3]} == *"  boot  REVOKED: policy version 2 would not be valid without erin: QUORUM: admins 1/2: app.bin" ]]
	refused 1 REVOKED csg-verify -P boot --if-revoked erin app.bin
	[[ $stderr == *"policy version 2 would not be valid without erin: QUORUM: admins 1/2"* ]]
	# grace had no part in it
	accepted csg-log affected -c ws/signer.yaml --person grace
	[[ -z $output ]]
	accepted csg-verify -P boot --if-revoked grace app.bin
}

@test "affected -o: the requests, to ask for once more" {
	refused 4 IO csg-log affected -q "${c[@]}" --person erin -o again
	[[ ! -e again ]]
	: > file
	refused 4 IO csg-log affected -q "${c[@]}" --person erin -o file
	mkdir again
	accepted csg-log affected -q "${c[@]}" --person alice -o again
	[[ $output == again/*.csgreq ]]
	cp "$W/app.bin" .
	req=$(csg-request -q --from "$output" -C . -m 'alice was compromised' -k "$(key dave)")
	[[ $req != "$output" && -e $req ]]
	csg-endorse -q -y --approve -k "$(key bob)" "$req" app.bin > /dev/null
}
