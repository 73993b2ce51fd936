#!/usr/bin/env bats
# csg-log recover: a state rebuilt from copies and proofs, and the next epoch.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() {
	at_work
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	db=ws/state/ledger.db
	mkdir out
}
mysign() { csg-sign -c ws/signer.yaml -o out "$@"; }

# signed NAME: NAME.bin signed under boot with alice's vote
signed() {
	echo "$1" > "$1.bin"
	request boot "$1.bin"
	approve alice
	accepted mysign "$req"
	cp "$req" "$1.csgreq.keep"
}

# next_epoch: the people's word that the loss is lawful
next_epoch() {
	csg-policy new -f -o acme-2.yaml > /dev/null
	sed -i 's/^issued:/epoch: 2\n&/' acme-2.yaml
	req=$(csg-request -q -f -P policy -m 'the ledger was lost' -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y -f --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y -f --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
}

@test "a damaged ledger is rebuilt from a copy and a proof, and signs again in the next epoch" {
	signed one
	csg-log export -q -c ws/signer.yaml -o copy.csglog > /dev/null
	signed two
	signed three
	three=${req%.csgreq}.csgproof
	csg-verify -q -P boot -s out/three.bin.sig -e out three.bin # alice has seen 7 entries
	edit_ledger $db "UPDATE entry SET body = 'x' WHERE seq = $((BEFORE + 2))"
	request boot app.bin
	approve bob
	refused 4 LOG mysign "$req"
	rm out/"$three"
	# a name that is misspelt makes no ledger, nor does none at all
	refused 4 IO csg-log recover -c ws/signer.yaml copy.csglgo out
	refused 4 CONFIG csg-log recover -c ws/signer.yaml
	[[ $stderr == *"no copy of the ledger and no proof was found"* ]]
	[[ -z $(ls ws/state/ledger.db.before-* 2> /dev/null) ]]
	run -0 --separate-stderr csg-log recover -c ws/signer.yaml copy.csglog out
	[[ $output == *"entries 1 to $((BEFORE + 2)) from copy.csglog"* ]]
	[[ $output == *"LOST: entries $((BEFORE + 3)) to "* && $output == *"signed: "* ]]
	[[ $stderr == *"not used: "*"entry $((BEFORE + 2)) does not match the tree"*"a policy with 'epoch: 2' is approved and in force"* ]]
	[[ -n $(ls ws/state/ledger.db.before-*) ]]
	accepted csg-log verify -c ws/signer.yaml
	accepted csg-log list -c ws/signer.yaml --kind recover
	[[ ${#lines[@]} == 1 && ${lines[0]} == *"  recover   rebuilt, epoch 1 ends; policy version 1 in force" ]]
	# nothing is signed in the old epoch, whatever its votes
	refused 4 LOG mysign "$req"
	[[ $stderr == *"nothing is signed until a policy with epoch 2 is in force"* ]]
	mine=$req
	: > "$W/spy.log"
	refused 4 LOG csg-log export --signed -c ws/signer.yaml -o next.csglog
	no_session
	[[ $stderr == *"nothing is signed until a policy with epoch 2 is in force"* && ! -e next.csglog ]]
	# but what was signed is known
	for name in one two; do
		cp $name.csgreq.keep again.csgreq
		run -0 --separate-stderr csg-sign -n -c ws/signer.yaml again.csgreq
		[[ $stderr == *"signed before"* ]]
	done
	next_epoch
	accepted mysign "$req"
	refused 1 POLICY mysign "$mine"
	export CSG_POLICY=out/acme-2.csgpolicy
	req=$(csg-request -q --from "$mine" -k "$(key dave)")
	approve alice # who has seen a longer ledger of the epoch before
	accepted mysign "$req"
	accepted csg-verify -P boot -s out/app.bin.sig -e out app.bin
	accepted csg-verify -P boot -s out/one.bin.sig -e out one.bin
	accepted csg-log verify -c ws/signer.yaml
	accepted csg-log export --signed -c ws/signer.yaml -o next.csglog
	accepted csg-log verify --from next.csglog --signed
	[[ ${lines[4]} == *" in epoch 2, "* ]]
	# a copy of before that is an old one
	accepted csg-log verify --from copy.csglog
	[[ $stderr == *"this export is not the newest: a proof was seen with a later head of the ledger"* ]]
}

@test "an epoch may begin without a recovery: heads of before it are not compared" {
	signed one
	cp -R ws/state snapshot
	signed two
	csg-verify -q -P boot -s out/two.bin.sig -e out two.bin
	rm -r ws/state
	mv snapshot ws/state
	refused 4 LOG csg-log verify -c ws/signer.yaml
	next_epoch # alice brings what she saw
	accepted mysign "$req"
	accepted csg-log verify -c ws/signer.yaml
	accepted csg-log export --signed -c ws/signer.yaml -o next.csglog
}

@test "a signed copy whose head is not its own is no source" {
	signed one
	csg-log export -q --signed -c ws/signer.yaml -o signed.csglog > /dev/null
	signed two
	csg-log export -q --signed -c ws/signer.yaml -o bad.csglog > /dev/null
	sqlite3 bad.csglog "ATTACH 'signed.csglog' AS s; UPDATE note SET text = (SELECT text FROM s.note WHERE name = 'export') WHERE name = 'export'"
	rm $db
	run -0 --separate-stderr csg-log recover -c ws/signer.yaml bad.csglog signed.csglog
	[[ $stderr == *"not used: LOG: bad.csglog: the copy's signature: it is for $((BEFORE + 2)) entries, but the copy has $((BEFORE + 4))"* ]]
	[[ $output == *"entries 1 to $((BEFORE + 2)) from signed.csglog"* ]]
}

@test "the epoch is the next one, and only a recovery needs it" {
	csg-policy new -o acme-2.yaml > /dev/null
	for epoch in 3 0; do
		sed "s/^issued:/epoch: $epoch\n&/" acme-2.yaml > e-2.yaml
		run csg-request -P policy -m x -k "$(key heidi)" e-2.yaml
		[[ $status == 1 || $status == 3 ]]
	done
	sed 's/^issued:/epoch: 2\n&/' acme-2.yaml > e-2.yaml
	accepted csg-policy diff "$CSG_POLICY" e-2.yaml
	[[ $output == *"weaker    the ledger is in epoch 2 instead of 1"* ]]
	accepted csg-policy explain -p e-2.yaml
	[[ $output == *"epoch 2"* ]]
}

@test "a vote of the new epoch is worth nothing to the ledger of the old" {
	signed one
	cp -R ws old
	sed -i "s|$T/ws|$T/old|" old/signer.yaml old/softhsm2.conf
	next_epoch
	accepted mysign "$req"
	cp out/acme-2.csgpolicy .
	export CSG_POLICY=acme-2.csgpolicy
	signed two
	csg-verify -q -P boot -s out/two.bin.sig -e out two.bin
	# the old workstation, brought to the same policy but without its ledger
	request boot app.bin
	approve alice
	refused 1 POLICY csg-sign -c old/signer.yaml "$req"
}

@test "two histories are not made one" {
	csg-log export -q -c ws/signer.yaml -o start.csglog > /dev/null
	cp $db keep.db
	signed one
	csg-log export -q -c ws/signer.yaml -o one.csglog > /dev/null
	cp keep.db $db
	rm -rf out/*
	signed two
	refused 4 LOG csg-log recover -c ws/signer.yaml one.csglog
	[[ $stderr == *"two histories: "* ]]
	# a proof that the ledger does not bear out
	mkdir proofs
	mv out/*.csgproof proofs
	rm $db
	refused 4 LOG csg-log recover -c ws/signer.yaml one.csglog proofs
	[[ $stderr == *"is not the ledger that the receipt in proofs/"* && ! -e $db && ! -e ws/state/ledger.new ]]
	accepted csg-log recover -c ws/signer.yaml start.csglog proofs
}

@test "two histories beyond the end of the ledger are not made one" {
	start=start.csglog
	csg-log export -q -c ws/signer.yaml -o $start > /dev/null
	cp $db keep.db
	mkdir one two three four
	# by_bob NAME: signed below NAME, by bob, who saw what HOME has seen
	by_bob() {
		echo "$1" > "$1.bin"
		request boot "$1.bin"
		approve bob
		csg-sign -q -c ws/signer.yaml -o "$1" "$req" > /dev/null
	}
	export HOME=$T/bob
	by_bob one
	csg-log export -q -c ws/signer.yaml -o one.csglog > /dev/null
	cp keep.db $db
	by_bob two
	cp $db two.db
	by_bob three # has not seen two
	cp two.db $db
	csg-verify -q -P boot -s two/two.bin.sig -e two two.bin
	by_bob four # and this has
	recovered() {
		rm -rf ws/state/ledger.*
		csg-log recover -c ws/signer.yaml $start "$@"
	}
	# by the heads
	refused 4 LOG recovered one two
	[[ $stderr == *"two histories: one/"*" and two/"*": there are two ledgers with $((BEFORE + 2)) entries" ]]
	[[ ! -e $db && ! -e ws/state/ledger.new ]]
	refused 4 LOG recovered three four
	[[ $stderr == *": there are two ledgers with $((BEFORE + 4)) entries" ]]
	accepted recovered two three
	# by a consistency proof
	refused 4 LOG recovered one four
	[[ $stderr == *"two histories: one/"*" and four/"*": the first $((BEFORE + 2)) entries of one are not those of the other" ]]
	[[ ! -e $db && ! -e ws/state/ledger.new ]]
	accepted recovered two four
	accepted recovered one three # nobody knows
	# and a copy of the one, which the others have outgrown
	start=one.csglog
	refused 4 LOG recovered four
	[[ $stderr == *": one.csglog and four/"*": receipt: its consistency proof from $((BEFORE + 2)) entries does not verify" ]]
	[[ ! -e $db && ! -e ws/state/ledger.new ]]
	accepted recovered three # nobody knows
}

@test "nothing to recover is not recovered, unless one insists" {
	signed one
	refused 4 CONFIG csg-log recover -c ws/signer.yaml
	[[ $stderr == *"is intact"* ]]
	accepted csg-log recover -f -c ws/signer.yaml
	rm ws/state/ledger.db*
	# from proofs alone
	accepted csg-log recover -c ws/signer.yaml out
	[[ $output == *"LOST: entries 1 to $((BEFORE + 2))"*"signed: "* ]]
	accepted csg-log verify -c ws/signer.yaml
}

@test "files that can't be used are told of; what is no policy's is refused" {
	signed one
	csg-log export -q -c ws/signer.yaml -o copy.csglog > /dev/null
	echo junk > junk.csgproof
	rm $db
	run -0 --separate-stderr csg-log recover -c ws/signer.yaml junk.csgproof copy.csglog
	[[ $stderr == *"not used: TYPE: junk.csgproof: "* ]]
	rm ws/state/ledger.db* ws/state/trust.pem
	refused 4 IO csg-log recover -c ws/signer.yaml copy.csglog
}

@test "the mirror is a source" {
	mkdir mirror
	echo "mirror: $T/mirror/ledger.csglog" >> ws/signer.yaml
	signed one
	signed two
	rm $db
	accepted csg-log recover -c ws/signer.yaml
	[[ $output == *"entries 1 to $((BEFORE + 4)) from $T/mirror/ledger.csglog"* && $output != *LOST* && $output != *"no signature"* ]]
}

@test "what proofs show may be of older policies" {
	signed one
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m more -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	accepted mysign "$req"
	rm $db
	accepted csg-log recover -c ws/signer.yaml out
	[[ $output == *"policy acme version 2, epoch 1 ends"*"signed: "*"signed: "* ]]
	accepted csg-log verify -c ws/signer.yaml
	# which hinders nobody to go on
	export CSG_POLICY=out/acme-2.csgpolicy
	csg-policy new -o acme-3.yaml > /dev/null
	sed -i 's/^issued:/epoch: 2\n&/' acme-3.yaml
	req=$(csg-request -q -P policy -m lost -k "$(key heidi)" acme-3.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-3.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-3.yaml > /dev/null
	accepted mysign "$req"
	export CSG_POLICY=out/acme-3.csgpolicy
	signed three
	accepted csg-log verify -c ws/signer.yaml
}

@test "receipts that a copy lacks come from proofs" {
	signed one
	short=${req%.csgreq}
	csg-log export -q -c ws/signer.yaml -o copy.csglog > /dev/null
	sqlite3 copy.csglog 'DELETE FROM receipt'
	rm $db
	accepted csg-log recover -c ws/signer.yaml copy.csglog out
	accepted csg-log prove -c ws/signer.yaml "$short"
	printf '%s\n' "$output" > receipt
	tail -n "$(wc -l < receipt)" "out/$short.csgproof" | cmp - receipt
	accepted mysign -f one.csgreq.keep
}

@test "receipts that somebody spoilt are left behind; of two copies the signed one is taken" {
	signed one
	short=${req%.csgreq}
	csg-log prove -c ws/signer.yaml "$short" > receipt
	csg-log export -q --signed -c ws/signer.yaml -o signed.csglog > /dev/null
	csg-log export -q -c ws/signer.yaml -o copy.csglog > /dev/null
	sqlite3 copy.csglog "UPDATE receipt SET message = '$(words receipt | forge mallory receipt)' || char(10)"
	mv $db away
	accepted csg-log recover -c ws/signer.yaml copy.csglog signed.csglog
	[[ $output == *"entries 1 to $((BEFORE + 2)) from signed.csglog"* ]]
	csg-log prove -c ws/signer.yaml "$short" | cmp - receipt
	rm $db
	accepted csg-log recover -c ws/signer.yaml copy.csglog out
	[[ $output == *"no signature of the ledger key covers them"* ]]
	csg-log prove -c ws/signer.yaml "$short" | cmp - receipt
	accepted csg-log verify -c ws/signer.yaml
}

@test "what nobody signed of a copy is told, and what can't be is refused" {
	signed one
	request boot app.bin
	approve bob
	csg-endorse -q -y --reject -m no -k "$(key alice)" "$req" > /dev/null
	refused 1 VETO mysign "$req"
	csg-log export -q -c ws/signer.yaml -o copy.csglog > /dev/null
	csg-log export -q --signed -c ws/signer.yaml -o signed.csglog > /dev/null
	mv $db away
	accepted csg-log recover -c ws/signer.yaml copy.csglog
	[[ $output == *"entries $((BEFORE + 3)) to $((BEFORE + 4)): no signature of the ledger key covers them"* ]]
	rm ws/state/ledger.db*
	accepted csg-log recover -c ws/signer.yaml signed.csglog copy.csglog
	[[ $output != *"no signature"* ]]
	rm ws/state/ledger.db*
	# what somebody put behind them can't be the workstation's
	for what in '99 1/names policy version 99, but no source has its chain' '1 9/says that epoch 9 ended, but the policy chain never reached it'; do
		rm -f bad.csglog ws/state/ledger.db*
		"$CSG_UNIT/rebuild" copy.csglog bad.csglog recover ${what%%/*}
		refused 4 LOG csg-log recover -c ws/signer.yaml bad.csglog
		[[ $stderr == *"bad.csglog ${what#*/}" && ! -e $db ]]
	done
	rm bad.csglog
	"$CSG_UNIT/rebuild" copy.csglog bad.csglog recover 1 1
	accepted csg-log recover -c ws/signer.yaml bad.csglog
}

@test "all is lost but a backup of the token and what was released: the whole way back" {
	people "$T/k" carol2
	signed one
	csg-token backup -q -c ws/signer.yaml --need 1 -o token.csgbackup k/carol2.crt > /dev/null
	signed two
	rm -rf ws
	csg-token restore -q -d ws -k k/carol2.key token.csgbackup > /dev/null
	refused 4 CONFIG csg-sign -c ws/signer.yaml one.csgreq.keep # no state yet
	accepted csg-token adopt -d ws -t "$CSG_TRUST" -p "$CSG_POLICY"
	[[ $output == "$T/ws/signer.yaml" ]]
	refused 4 CONFIG csg-token adopt -d ws -t "$CSG_TRUST" -p "$CSG_POLICY"
	request boot app.bin
	approve alice
	refused 4 LOG mysign "$req"
	mine=$req
	accepted csg-log recover -c ws/signer.yaml out
	[[ $output == *"signed: "*"signed: "* ]]
	next_epoch
	accepted mysign "$req"
	export CSG_POLICY=out/acme-2.csgpolicy
	req=$(csg-request -q --from "$mine" -k "$(key dave)")
	approve alice
	accepted mysign "$req"
	for name in app one two; do
		accepted csg-verify -P boot -s out/$name.bin.sig -e out $name.bin
	done
	accepted csg-log verify -c ws/signer.yaml
}

@test "adopt: a token of a module, whose keys must be the policy's" {
	cp ws/pin pin
	export SOFTHSM2_CONF=$T/ws/softhsm2.conf
	run -2 csg-token adopt -d new --module "$softhsm"
	refused 4 CONFIG csg-token adopt -d new -t "$CSG_TRUST" -p "$CSG_POLICY"
	[[ ! -e new ]]
	adopt() { csg-token adopt -d "$1" --module "$softhsm" -t "$CSG_TRUST" -p "$CSG_POLICY" --pin-source "file:$T/$2"; }
	echo wrong > badpin
	chmod 600 badpin
	refused 4 PIN adopt new badpin
	[[ ! -e new ]]
	# another token has no such keys
	csg-token init -q -d other > /dev/null
	cp other/pin otherpin
	SOFTHSM2_CONF=$T/other/softhsm2.conf
	refused 4 KEYMISMATCH adopt new otherpin
	[[ ! -e new ]]
	SOFTHSM2_CONF=$T/ws/softhsm2.conf
	accepted adopt new pin
	accepted csg-log list -c new/signer.yaml
	[[ ${#lines[@]} == 1 && $output == *"  recover  "* ]]
	# a policy of other people
	sed 's/^csg-founding: sha256:......../csg-founding: sha256:00000000/' "$CSG_TRUST" > other.pem
	refused 1 POLICYSIG csg-token adopt -d new2 --module "$softhsm" -t other.pem -p "$CSG_POLICY"
}

@test "what a killed run had begun to write is undone, and loses nothing" {
	signed one
	csg-log export -q -c ws/signer.yaml -o copy.csglog > /dev/null
	echo two > two.bin
	request boot two.bin
	approve alice
	cp -R ws before
	under "trace:$T/trace" csg-sign -c ws/signer.yaml -o out "$req"
	[[ $code == 0 ]]
	rm -rf ws out
	cp -R before ws
	mkdir out
	# in its commit: the ledger is written, and the journal is what it was before
	under "kill:$(grep -nE -m 1 '^fdatasync .*/ledger.db$' trace | cut -d : -f 1)" csg-sign -c ws/signer.yaml -o out "$req"
	[[ $code == 137 && -s $db-journal ]]
	run -1 cmp -s $db before/state/ledger.db
	refused 4 CONFIG csg-log recover -c ws/signer.yaml copy.csglog
	[[ $stderr == *"is intact, and no source has more"* && ! -e $db-journal ]]
	accepted csg-log verify -c ws/signer.yaml
	[[ $(sql $db 'SELECT count(*) FROM entry') == $((BEFORE + 2)) ]]
	accepted mysign "$req"
	accepted csg-log verify -c ws/signer.yaml
}
