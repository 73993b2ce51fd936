#!/usr/bin/env bats
# The workflow words of a profile: enforced by csg-sign, recounted by csg-verify.

load helpers

# The suites' policy, and a profile for each word.
words_draft() {
	local name later
	draft "$1"
	for name in tested staged everybody cool brisk closed open tight operated vetoed; do
		csg-token newkey -q -c "$W/ws/signer.yaml" --name "$name" -a p256 --subject "/CN=$name" -o "$W/keys/$name.crt" > /dev/null
		csg-policy key add "$1" "$W/keys/$name.crt"
	done
	later=$(LC_ALL=C date -u -d '3 days' +%a | tr '[:upper:]' '[:lower:]')
	sed -i 's/^profiles:/statements: [tested, reviewed, rebuilt]\n&/' "$1"
	cat >> "$1" <<-END
	  tested: {key: tested, format: raw, requesters: [developers], quorum: [{group: qa, need: 1, statement: tested}, {group: security, need: 1, statement: rebuilt}]}
	  staged: {key: staged, format: raw, requesters: [developers], quorum: [{group: qa, need: 1}, {group: security, need: 1, stage: 2}]}
	  everybody: {key: everybody, format: raw, requesters: [developers], voters: all, quorum: [{group: qa, need: 1}]}
	  cool: {key: cool, format: raw, requesters: [developers], cooling-off: 1h, quorum: [{group: qa, need: 1}]}
	  brisk: {key: brisk, format: raw, requesters: [developers], cooling-off: 1s, quorum: [{group: qa, need: 1}]}
	  closed: {key: closed, format: raw, requesters: [developers], window: {days: [$later]}, quorum: [{group: qa, need: 1}]}
	  open: {key: open, format: raw, requesters: [developers], window: {hours: 00:00-24:00}, quorum: [{group: qa, need: 1}]}
	  tight: {key: tight, format: raw, requesters: [developers], names: ["*.bin"], limit: {artifacts: 2, bytes: 1000, signatures: 3, period: 1h}, quorum: [{group: qa, need: 1}]}
	  operated: {key: operated, format: cms, requesters: [developers], operators: [admins], quorum: [{group: qa, need: 1}]}
	  vetoed: {key: vetoed, format: raw, requesters: [developers], reject: [security], quorum: [{group: qa, need: 1}]}
	END
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded words_draft
}
setup() { at_work; }

# without N: the proof of $req without its block N, from the end: 0 is the
# receipt, 1 the seal, 2 the operator's act or a vote
without() {
	local proof=${req%.csgreq}.csgproof n
	n=$(grep -c 'BEGIN CMS' "$proof")
	awk -v out="$((n - $1))" '/BEGIN CMS/ { n++ } n != out' "$proof" > cut
	mv cut "$proof"
}

@test "statement: a clause is filled only by votes that make its statement" {
	request tested app.bin
	refused 1 STATEMENT csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	[[ $stderr == *"requires a statement from you (--statement)" ]]
	echo report > report.txt
	refused 1 STATEMENT csg-endorse -y --approve --statement reviewed --proof report.txt -k "$(key alice)" "$req" app.bin
	refused 1 STATEMENT csg-endorse -y --approve --statement unheard --proof report.txt -k "$(key alice)" "$req" app.bin
	accepted csg-endorse -y --approve --statement tested --proof report.txt -k "$(key alice)" "$req" app.bin
	[[ $stderr == *"counts for 1 of qa (alice and bob), stating 'tested'"* ]]
	[[ $stderr == *"missing    QUORUM: qa 0/1 tested: alice or bob; security 0/1 rebuilt: "* ]]
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"security 0/1 rebuilt: erin or frank or grace" ]]
	accepted csg-endorse -y --approve --rebuilt app.bin -k "$(key erin)" "$req"
	accepted sign "$req"
	accepted csg-verify -P tested app.bin
	accepted csg-verify -j -P tested app.bin
	[[ $output == *"$(sha256sum report.txt | cut -d' ' -f1)"* ]]
}

@test "statement: what goes together" {
	request tested app.bin
	run -2 csg-endorse -y --approve --statement tested -k "$(key alice)" "$req" app.bin
	run -2 csg-endorse -y --approve --statement rebuilt --proof app.bin -k "$(key alice)" "$req" app.bin
	run -2 csg-endorse -y --approve --proof app.bin -k "$(key alice)" "$req" app.bin
	run -2 csg-endorse -y --reject -m no --statement tested --proof app.bin -k "$(key alice)" "$req" app.bin
	refused 4 IO csg-endorse -y --approve --statement tested --proof gone -k "$(key alice)" "$req" app.bin
}

@test "run: a robot votes only when its command succeeds on the artifacts" {
	request tested app.bin
	refused 1 RUN csg-endorse -y --approve --statement tested --run 'grep -q nothing' -k "$(key alice)" "$req" app.bin
	[[ $stderr == *"grep -q nothing: exited with status 1"* ]]
	[[ -z $(ls ./*.csgend 2> /dev/null) ]]
	refused 1 RUN csg-endorse -y --approve --statement tested --run 'kill -9 $$;' -k "$(key alice)" "$req" app.bin
	refused 1 BLIND csg-endorse -y --approve --blind --statement tested --run 'grep firmware' -C "$W" -k "$(key alice)" "$req"
	accepted csg-endorse -y --approve --statement tested --run 'grep firmware' -k "$(key alice)" "$req" app.bin
	[[ $stderr == *"firmware image"* ]]
	openssl cms -verify -inform PEM -in "$(vote_of alice)" -noverify -out vote.yaml 2> /dev/null
	grep -q '^  command: grep firmware' vote.yaml
	grep -q "^  output: sha256:$(grep firmware app.bin | sha256sum | cut -d' ' -f1)" vote.yaml
}

@test "run: artifacts are files to the command, and its output is none to the terminal" {
	printf 'dash\n' > ./-n
	printf 'at\n' > @x
	mkdir -- -d
	printf 'below\n' > ./-d/y
	request tested ./-n @x ./-d/y
	printf '%s\n' '#!/bin/sh' 'printf "%s\n" "$@"' 'printf "a\tb\033[31m\302\233\rc"' > show
	chmod +x show
	run -0 --separate-stderr csg-endorse -y --approve --statement tested --run ./show -k "$(key alice)" "$req" -- -n @x -d/y
	[[ $stderr == *$'./-n\n./@x\n./-d/y\na\tb\\x1b[31m\\xc2\\x9b\\x0dc\n'* ]]
	[[ $stderr != *$'\e'* ]]
	words "$(vote_of alice)" | grep -q "^  output: sha256:$(./show ./-n ./@x ./-d/y | sha256sum | cut -d' ' -f1)"
	# -q shows nothing of it
	run -0 --separate-stderr csg-endorse -q -f -y --approve --statement tested --run ./show -k "$(key alice)" "$req" -- -n @x -d/y
	[[ -z $stderr ]]
}

@test "rebuilt: an independent build that is the same, or where it differs" {
	mkdir build
	cp app.bin other.bin
	request tested app.bin other.bin
	cp app.bin other.bin build
	printf X | dd of=build/app.bin bs=1 seek=3 conv=notrunc status=none
	refused 1 DIGEST csg-endorse -y --approve --rebuilt build -k "$(key erin)" "$req" app.bin other.bin
	[[ $stderr == *"build/app.bin: differs from app.bin, first at byte 3 (0x3); 1 bytes differ in all" ]]
	printf more >> build/other.bin
	cp app.bin build
	refused 1 DIGEST csg-endorse -y --approve --rebuilt build -k "$(key erin)" "$req"
	[[ $stderr == *"build/other.bin: is the same as ./other.bin up to byte"* ]]
	refused 4 IO csg-endorse -y --approve --rebuilt "$W" -k "$(key erin)" "$req"
	refused 4 IO csg-endorse -y --approve --rebuilt build --rebuilt nosuch -k "$(key erin)" "$req"
	[[ $stderr == *"IO: nosuch: No such file or directory" ]]
	cp other.bin build
	accepted csg-endorse -y --approve --rebuilt build/app.bin --rebuilt build/other.bin -k "$(key erin)" "$req"
	accepted csg-endorse -y -f --approve --rebuilt build -C "$W" -k "$(key erin)" "$req"
}

@test "stage: later votes count only if they cite what fills the earlier stages" {
	request staged app.bin
	refused 5 STAGE csg-endorse -y --approve -k "$(key erin)" "$req" app.bin
	[[ $stderr == *'STAGE: the votes at hand do not complete the earlier stages'* ]]
	approve alice
	mv "$(vote_of alice)" alice.hidden
	refused 5 STAGE csg-endorse -y --approve -k "$(key erin)" "$req" app.bin
	mv alice.hidden "$(vote_of alice)"
	accepted csg-endorse -y --approve -k "$(key erin)" "$req" app.bin
	[[ $stderr == *"counts for stage 2: 1 of security (erin, frank and grace)"* ]]
	mv "$(vote_of alice)" alice.hidden
	approve bob # what erin cited is not there: she is not counted
	sign_refused 5 STAGE "$req"
	mv alice.hidden "$(vote_of alice)"
	accepted sign "$req"
	accepted csg-verify -P staged app.bin
}

@test "voters: everybody must vote; an abstention will do" {
	request everybody app.bin
	approve alice
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"all must vote: bob" ]]
	accepted csg-endorse -y --abstain -k "$(key bob)" "$req"
	accepted sign "$req"
	accepted csg-verify -P everybody app.bin
	without 2
	refused 1 UNENDORSED csg-verify -P everybody app.bin
}

@test "cooling-off: from the vote that completed the quorum" {
	request cool app.bin
	approve alice
	sign_refused 5 COOLING "$req"
	request brisk app.bin
	approve alice
	sleep 2
	accepted sign "$req"
	accepted csg-verify -P brisk app.bin
}

@test "window: signing on the days and hours of the policy" {
	request closed app.bin
	approve alice
	sign_refused 5 WINDOW "$req"
	request open app.bin
	approve alice
	accepted sign "$req"
	accepted csg-verify -P open app.bin
}

@test "names and limits: refused when asked for, and by csg-sign" {
	cp app.bin app.exe
	cp app.bin a.bin
	cp app.bin b.bin
	head -c 1001 /dev/zero > big.bin
	head -c 1000 /dev/zero > fits.bin
	refused 1 NAME csg-request -P tight -m x -k "$(key dave)" app.exe
	refused 1 LIMIT csg-request -P tight -m x -k "$(key dave)" big.bin
	refused 1 LIMIT csg-request -P tight -m x -k "$(key dave)" a.bin b.bin app.bin
	request tight a.bin b.bin
	approve alice
	accepted sign "$req"
	request tight app.bin fits.bin
	approve alice
	sign_refused 5 RATE "$req"
	[[ $stderr == *"allows 3 signatures in 1 hour; 2 were made and 2 more are requested; there is room again at "*Z ]]
	request tight fits.bin
	approve alice
	accepted sign "$req"
	accepted csg-verify -P tight fits.bin
}

@test "operators: an operator's own key signs the act, and it is recounted" {
	request operated app.bin
	approve alice
	sign_refused 1 OPERATOR "$req"
	sign_refused 4 IO -k "$(key nobody)" "$req"
	sign_refused 1 OPERATOR -k "$(key bob)" "$req"
	[[ $stderr == *"OPERATOR: -k: bob is not an operator of profile operated" ]]
	sign_refused 1 GROUP -k "$(key mallory)" "$req"
	accepted sign -k "$(key heidi)" "$req"
	accepted csg-verify -P operated app.bin
	accepted csg-verify -j -P operated app.bin
	[[ $output == *'"operator": "heidi"'* ]]
	without 2
	refused 1 UNENDORSED csg-verify -P operated app.bin
	request boot app.bin
	approve alice
	sign_refused 1 OPERATOR -k "$(key heidi)" "$req"
	accepted sign "$req"
}

@test "reject: only members of the named groups can veto" {
	request vetoed app.bin
	approve alice
	accepted csg-endorse -y --reject -m 'not mine to stop' -k "$(key bob)" "$req"
	[[ $stderr == *$'counts for 1 of qa (alice and bob)\n           your rejection would not stop the request\n'* ]]
	accepted sign "$req"
	accepted csg-log verify -c "$W/ws/signer.yaml" # for the ledger, too
	echo more >> app.bin
	request vetoed app.bin
	approve alice
	refused 1 GROUP csg-endorse -y --approve -k "$(key erin)" "$req" app.bin
	accepted csg-endorse -y --reject -m stop -k "$(key erin)" "$req"
	[[ $stderr == *'counts for a rejection only'* ]]
	sign_refused 1 VETO "$req"
}

@test "suspended: power is taken away at once, never added" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	printf 'suspended: [alcie]\n' >> ws/signer.yaml
	request everybody app.bin
	run -5 csg-sign -n -c ws/signer.yaml "$req"
	[[ $output == *"warning: suspended: alcie is not a user of policy acme version 1"* ]]
	cp app.bin op.bin
	request operated op.bin
	approve bob
	sed -i 's/^suspended:.*/suspended: [heidi]/' ws/signer.yaml
	refused 1 SUSPENDED csg-sign -c ws/signer.yaml -k "$(key heidi)" "$req"
	accepted csg-sign -c ws/signer.yaml -k "$(key erin)" "$req"
	sed -i 's/^suspended:.*/suspended: [alice, dave]/' ws/signer.yaml
	request boot app.bin
	approve alice
	refused 1 SUSPENDED csg-sign -c ws/signer.yaml "$req"
	[[ $stderr == *"dave is suspended"* ]]
	sed -i 's/^suspended:.*/suspended: [alice]/' ws/signer.yaml
	refused 5 QUORUM csg-sign -c ws/signer.yaml "$req"
	[[ $stderr == *"SUSPENDED: alice is suspended"* ]]
	approve bob
	csg-endorse -q -y -f --reject -m stop -o alice.no.csgend -k "$(key alice)" "$req" > /dev/null
	refused 1 VETO csg-sign -c ws/signer.yaml "$req" alice.no.csgend
	echo more >> app.bin
	request boot app.bin
	approve alice bob
	accepted csg-sign -c ws/signer.yaml "$req"
	accepted csg-verify -j -P boot app.bin
	[[ $output == *'"filled_by": ["bob"]'* || $output == *'"bob"'* ]]
}

@test "every word is recounted: what a PIN thief signs without it is refused" {
	echo report > report.txt
	request tested app.bin
	csg-endorse -q -y --approve --statement tested --proof report.txt -k "$(key alice)" "$req" app.bin > /dev/null
	csg-endorse -q -y --approve --rebuilt app.bin -k "$(key erin)" "$req" > /dev/null
	stolen 4 LOG app.bin "$(vote_of alice)" "$(vote_of erin)" # nothing else is wrong
	words "$(vote_of erin)" | sed '/^statement:/d' | forge erin endorsement > plain
	stolen 1 UNENDORSED app.bin "$(vote_of alice)" plain

	request staged app.bin
	approve alice erin
	stolen 4 LOG app.bin "$(vote_of alice)" "$(vote_of erin)"
	words "$(vote_of erin)" | sed '/^cites:/,/^[^ -]/{/^cites:/d;/^ *-/d}' | forge erin endorsement > uncited
	stolen 1 UNENDORSED app.bin "$(vote_of alice)" uncited

	request everybody app.bin
	approve alice
	csg-endorse -q -y --abstain -k "$(key bob)" "$req" > /dev/null
	stolen 4 LOG app.bin "$(vote_of alice)" "$(vote_of bob)"
	stolen 1 UNENDORSED app.bin "$(vote_of alice)"

	request brisk app.bin
	approve alice
	sleep 2
	stolen 4 LOG app.bin "$(vote_of alice)"
	request cool app.bin
	approve alice
	stolen 1 UNENDORSED app.bin "$(vote_of alice)"
	[[ $stderr == *"signing is allowed from"* ]]

	request open app.bin
	approve alice
	stolen 4 LOG app.bin "$(vote_of alice)"
	request closed app.bin
	approve alice
	stolen 1 UNENDORSED app.bin "$(vote_of alice)"
	[[ $stderr == *"the next window opens"* ]]

	request tight app.bin
	approve alice
	stolen 4 LOG app.bin "$(vote_of alice)"
	cp app.bin app.exe
	words "$req" | sed 's/name: app.bin/name: app.exe/' | forge dave request > exe.csgreq
	words "$(vote_of alice)" | sed "s/^request: .*/request: sha256:$(words exe.csgreq | sha256sum | cut -d' ' -f1)/" | forge alice endorsement > exe.csgend
	req=exe.csgreq
	stolen 1 NAME app.exe exe.csgend

	request operated app.bin
	approve alice
	stolen 1 UNENDORSED app.bin "$(vote_of alice)"
	[[ $stderr == *"profile operated requires an operator's act, but there is none"* ]]

	request vetoed app.bin
	approve alice
	stolen 4 LOG app.bin "$(vote_of alice)"
	csg-endorse -q -y --reject -m no -k "$(key erin)" "$req" > /dev/null
	stolen 1 VETO app.bin "$(vote_of alice)" "$(vote_of erin)"
}
