#!/usr/bin/env bats
# csg-keygen, csg-request, csg-endorse: what people do.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() { at_work; }

@test "csg-keygen: private key 0600, never replaced, encrypted unless told otherwise" {
	accepted csg-keygen --no-passphrase zoe
	[[ $(stat -c %a zoe.key) == 600 ]]
	openssl x509 -in zoe.crt -noout -subject | grep -qE 'CN ?= ?zoe'
	refused 4 IO csg-keygen --no-passphrase zoe
	[[ $stderr == *"zoe.key exists already and is never replaced" ]]
	echo 'a long passphrase' > pass
	chmod 600 pass
	accepted csg-keygen --pin-source file:pass -a p384 ann
	grep -q 'BEGIN ENCRYPTED PRIVATE KEY' ann.key
	openssl pkey -in ann.key -passin file:pass -noout
	run -2 csg-keygen ../x
	# what is in the way is found before the passphrase is asked for
	rm zoe.key
	refused 4 IO csg-keygen --pin-source file:gone zoe
	[[ $stderr == *"zoe.crt exists already and is never replaced" ]]
	refused 4 PIN csg-keygen --pin-source file:gone zoe2
	refused 4 IO csg-keygen --pin-source file:gone -o nowhere zoe2
	for alg in rsa3072 rsa4096; do
		accepted csg-keygen --no-passphrase -a $alg "r-$alg"
	done
	run -2 csg-keygen -a rsa2048 small
}

@test "csg-keygen: a passphrase has 8 characters at least" {
	printf '1234567\n' > short
	printf '\303\244\303\244\303\244\303\244\n' > four
	printf '12345678\n' > enough
	chmod 600 short four enough
	refused 4 PIN csg-keygen --pin-source file:short ann
	[[ $stderr == *"new passphrase: must have at least 8 characters" ]]
	refused 4 PIN csg-keygen --pin-source file:four ann
	[[ ! -e ann.key ]]
	accepted csg-keygen --pin-source file:enough ann
}

@test "passphrases: right, wrong, from a readable file, without a terminal" {
	echo secret > pass
	echo wrong > bad
	chmod 600 pass bad
	openssl pkcs8 -topk8 -v2 aes-256-cbc -in "$(key dave)" -out d.key -passout file:pass
	chmod 600 d.key
	accepted csg-request -P firmware -m x -k d.key --pin-source file:pass app.bin
	refused 4 PIN csg-request -f -P firmware -m x -k d.key --pin-source file:bad app.bin
	exec 7< pass
	accepted csg-request -P firmware -m y -k d.key --pin-source fd:7 app.bin
	chmod 644 pass
	refused 4 CONFIG csg-request -P firmware -m x -k d.key --pin-source file:pass app.bin
	refused 4 PIN setsid csg-request -P firmware -m x -k d.key app.bin
	chmod 644 d.key
	refused 4 CONFIG csg-request -P firmware -m x -k d.key app.bin
}

@test "a smart card serves as well as a key file" {
	mkdir tokens
	printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\n' "$T" > softhsm2.conf
	export SOFTHSM2_CONF=$T/softhsm2.conf
	softhsm2-util --init-token --free --label card --so-pin 12345678 --pin 1234 > /dev/null
	softhsm2-util --import "$(key alice)" --token card --label alice --id 01 --pin 1234 > /dev/null
	echo 1234 > pin
	chmod 600 pin
	request firmware app.bin
	accepted csg-endorse -y --approve -k 'pkcs11:token=card;object=alice' --pin-source file:pin "$req" app.bin
	approve erin frank
	accepted sign "$req"
}

@test "keys made by openssl work like csg's own" {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out o.key 2> /dev/null
	openssl req -x509 -new -key o.key -subj /CN=olga -days 30 -out o.crt
	chmod 600 o.key
	csg-policy new -o acme-2.yaml
	csg-policy user add acme-2.yaml -g qa o.crt
	accepted csg-policy check acme-2.yaml
}

@test "csg-request: attack 49, lifetimes are bounded" {
	refused 1 EXPIRED csg-request -P firmware -m x -u 8d -k "$(key dave)" app.bin
	refused 1 EXPIRED csg-request -P firmware -m x -u 2020-01-01T00:00:00Z -k "$(key dave)" app.bin
	accepted csg-request -P firmware -m x -u 7d -k "$(key dave)" app.bin
	run -2 csg-request -P firmware -m x -u tomorrow -k "$(key dave)" app.bin
}

@test "csg-request: only who may ask, only known profiles" {
	refused 1 GROUP csg-request -P firmware -m x -k "$(key alice)" app.bin
	refused 1 GROUP csg-request -P firmware -m x -k "$(key mallory)" app.bin
	refused 1 PROFILE csg-request -P nonesuch -m x -k "$(key dave)" app.bin
	accepted csg-request -P firmware -m x -k "$(key dave)" app.bin
}

@test "csg-request: attack 42, odd file names work and are shown escaped" {
	odd=$'new\nline \e[31m\u202e%s$(x) -dash'
	printf 'odd\n' > "$odd"
	printf 'dash\n' > ./-dash
	request firmware "$odd" ./-dash
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" "$odd" ./-dash
	[[ $stderr == *'new%0Aline %1B[31m%E2%80%AE%25s$(x) -dash'* ]]
	[[ $stderr != *$'\e'* ]]
	approve erin frank
	accepted sign "$req"
	[[ -e $odd.p7s ]]
	accepted csg-verify -P firmware "$odd" ./-dash
	[[ $output != *$'\e'* ]]
}

@test "csg-request: -C keeps paths, names must be distinct" {
	mkdir -p tree/a tree/b
	cp app.bin tree/a
	printf 'b\n' > tree/b/app.bin
	refused 3 PARSE csg-request -P firmware -m x -k "$(key dave)" tree/a/app.bin tree/b/app.bin
	cp app.bin tree/a/APP.bin
	refused 3 PARSE csg-request -P firmware -m x -C tree/a -k "$(key dave)" tree/a/app.bin tree/a/APP.bin
	cp app.bin app.bin.p7s
	refused 3 PARSE csg-request -P firmware -m x -k "$(key dave)" app.bin app.bin.p7s
	rm app.bin.p7s
	refused 4 IO csg-request -P firmware -m x -C tree -k "$(key dave)" app.bin
	req=$(csg-request -q -P firmware -m x -C tree -k "$(key dave)" tree/a/app.bin tree/b/app.bin)
	for who in alice erin frank; do
		csg-endorse -q -y --approve -C tree -k "$(key $who)" "$req"
	done
	accepted sign -C tree -o tree "$req"
	[[ -e tree/a/app.bin.p7s && -e tree/b/app.bin.p7s ]]
}

@test "csg-request: special files and csg's own are no artifacts" {
	mkfifo pipe
	ln -s app.bin link
	mkdir directory
	for f in pipe link directory /dev/null; do
		refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" "$f"
	done
	refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" .
	[[ $stderr == *"TYPE: .: a directory" ]]
	request firmware app.bin
	refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" "$req"
	refused 4 IO csg-request -P firmware -m x -k "$(key dave)" gone
	refused 3 TYPE csg-endorse -y --approve -k "$(key alice)" "$req" .
	accepted csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
}

@test "csg-request: a private key is no artifact, whatever its name" {
	cp "$(key dave)" dave.pem
	refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" app.bin dave.pem
	[[ $stderr == *"dave.pem: is a private key, not an artifact" ]]
	openssl genrsa -traditional -out rsa.key 2048 2> /dev/null
	refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" rsa.key
	openssl pkey -in dave.pem -pubout -out public.key
	{ echo 'not at its beginning:'; cat dave.pem; } > listing
	accepted csg-request -P firmware -m x -k "$(key dave)" public.key listing
}

@test "an operand that begins with '-' goes behind --" {
	printf 'dash\n' > ./-dash.bin
	run -2 --separate-stderr csg-request -P firmware -m x -k "$(key dave)" app.bin -dash.bin
	[[ $stderr == "csg-request: usage: -d: no such option (put an operand that begins with '-' after --)"* ]]
	accepted csg-request -P firmware -m x -k "$(key dave)" -- app.bin -dash.bin
	run -2 --separate-stderr csg-request app.bin -P
	[[ $stderr == "csg-request: usage: -P, --profile: needs an argument"* ]]
	run -2 --separate-stderr csg-request app.bin --quiet=yes
	[[ $stderr == "csg-request: usage: -q, --quiet: takes no argument"* ]]
	run -2 --separate-stderr csg-request app.bin --nonsense -q
	[[ $stderr == "csg-request: usage: --nonsense: unknown or ambiguous option"* ]]
}

@test "a file of the wrong kind is called what it is" {
	cp "$W/keys/dave.crt" "$(key dave)" .
	chmod 644 dave.crt dave.key
	refused 3 TYPE csg-request -P firmware -m x -k dave.crt app.bin
	[[ $stderr == *"dave.crt: is a certificate, not a private key" ]]
	refused 4 CONFIG csg-request -P firmware -m x -k dave.key app.bin
	chmod 600 dave.key
	accepted csg-request -P firmware -m x -k dave.key app.bin
	refused 3 TYPE csg-request -p "$W/acme-1.yaml" -P firmware -m x -k dave.key app.bin
	[[ $stderr == *"acme-1.yaml: is a draft, not a policy chain" ]]
	refused 3 TYPE csg-request --founding "$CSG_POLICY" -m x -k dave.key
	[[ $stderr == *"acme-1.csgpolicy: is a policy chain, not a draft" ]]
	accepted csg-request --founding "$W/acme-1.yaml" -m x -k dave.key
	# a mail may have the policy's words above the chain
	cat "$W/acme-1.yaml" "$CSG_POLICY" | sed '/^ *-----BEGIN CERT/,/^ *-----END CERT/d' > mail
	accepted csg-request -p mail -P firmware -m x -k dave.key app.bin
}

@test "what is wrong with a message is said once" {
	request firmware app.bin
	approve alice erin frank
	run -0 --separate-stderr sign "$req" app.bin
	[[ $stderr == *'not counted: app.bin: TYPE: no csg message (no line -----BEGIN CMS-----)'* ]]
	refused 3 TYPE csg-endorse -y --approve -k "$(key alice)" app.bin
	[[ $stderr == *"TYPE: app.bin: no csg message"* ]]
	refused 3 TYPE csg-endorse -y --approve -k "$(key alice)" home
	[[ $stderr == *"TYPE: home: a directory" ]]
	{ echo; echo; sed '3s/.//' "$req"; } > broken
	refused 3 PARSE csg-endorse -y --approve -k "$(key alice)" broken
	[[ $stderr == *"PARSE: broken:3: "* && $stderr != *"line 3"* ]]
}

@test "csg-request: outputs, -o, -f, -0" {
	accepted csg-request -P firmware -m x -k "$(key dave)" -o one.csgreq app.bin
	[[ $output == one.csgreq ]]
	refused 4 IO csg-request -P firmware -m x -k "$(key dave)" -o one.csgreq app.bin
	accepted csg-request -f -P firmware -m x -k "$(key dave)" -o one.csgreq app.bin
	csg-request -0 -P firmware -m x -k "$(key dave)" app.bin > out
	[[ $(tail -c 1 out | od -An -tx1) == *00 ]]
	refused 4 IO csg-request -P firmware -m x -k "$(key dave)" -o /proc/x app.bin
}

@test "csg-endorse: attack 51, an artifact that differs makes approval impossible" {
	request firmware app.bin
	printf X >> app.bin
	refused 1 DIGEST csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	refused 1 DIGEST csg-endorse -y --approve --blind -k "$(key alice)" "$req"
	accepted csg-endorse -y --reject -m 'differs from what I built' -k "$(key alice)" "$req"
}

@test "csg-endorse: attack 52, whose vote is refused" {
	request firmware app.bin
	refused 1 SELF csg-endorse -y --approve -k "$(key dave)" "$req" app.bin
	refused 1 GROUP csg-endorse -y --approve -k "$(key heidi)" "$req" app.bin
	refused 1 GROUP csg-endorse -y --approve -k "$(key mallory)" "$req" app.bin
	accepted csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	short=$(csg-request -q -P firmware -m x -u 1s -k "$(key dave)" app.bin)
	sleep 2
	refused 1 EXPIRED csg-endorse -y --approve -k "$(key alice)" "$short" app.bin
}

@test "csg-endorse: attack 4, one request in a mail, and only one" {
	request firmware app.bin
	other=$(csg-request -q -P firmware -m other -k "$(key dave)" app.bin)
	{ printf 'Hello,\r\nplease look.\r\n\r\n'; sed 's/$/\r/' "$req"; printf -- '\r\n-- \r\nlist footer\r\n'; } > mail
	accepted csg-endorse -y --approve -k "$(key alice)" mail app.bin
	cat "$req" "$other" > two
	refused 3 TYPE csg-endorse -y --approve -k "$(key bob)" two app.bin
	refused 3 TYPE csg-endorse -y --approve -k "$(key bob)" ./*.alice.csgend app.bin
	sed 's/^/> /' "$req" > quoted
	refused 3 TYPE csg-endorse -y --approve -k "$(key bob)" quoted app.bin
}

@test "csg-endorse: at the prompt only a whole word decides" {
	request firmware app.bin
	ask() {
		tmux -L "$BATS_TEST_NUMBER" new-session -d -x 100 -y 50 "csg-endorse -k $(key alice) $req app.bin; echo status=\$? > status"
		for _ in $(seq 200); do
			tmux -L "$BATS_TEST_NUMBER" capture-pane -p 2> /dev/null | grep -q 'type approve' && break
			sleep 0.1
		done
		tmux -L "$BATS_TEST_NUMBER" capture-pane -p > screen
		tmux -L "$BATS_TEST_NUMBER" send-keys "$1" Enter
		for _ in $(seq 200); do [[ -s status ]] && break; sleep 0.1; done
		answer=$(cat status)
		rm status
	}
	ask yes
	[[ $answer == status=1 && ! -e $(vote_of alice) ]]
	ask ''
	[[ $answer == status=1 && ! -e $(vote_of alice) ]]
	ask approve
	[[ $answer == status=0 && -e $(vote_of alice) ]]
	grep -q 'requester  dave' screen
	grep -q 'matches  app.bin' screen
	# what is asked for stands right above the question, the beginning of it
	grep -B1 'type approve, reject or abstain' screen | grep -qx 'dave asks, under profile firmware, to sign 1 artifact, all matching: release 1.0'
	req=$(csg-request -q -P firmware -m "$(printf 'ä%.0s' {1..61})"$'\nmore' -k "$(key dave)" app.bin)
	ask ''
	grep -B2 'type approve, reject or abstain' screen | tr -d '\n' | grep -q ': ä\{60\} \.\.\.Vote as alice: '
}

@test "csg-endorse: the view tells what the vote counts for, and what is missing" {
	echo other > other.bin
	request rom app.bin
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key erin)" "$req" app.bin
	[[ $stderr == *$'you        erin\ncounts for 2 of security (erin, frank and grace)\n           route emergency, for emergencies: 1 of security (erin, frank and grace)\n           route emergency, for emergencies: 1 of admins (alice, erin and heidi)\nmissing    QUORUM: security 0/2: erin or frank or grace (route normal)\n'* ]]
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key frank)" "$req" app.bin
	[[ $stderr == *$'so far     erin: approve\nyou        frank\n'*$'missing    QUORUM: security 1/2: frank or grace (route normal)\n'*'frank approves; the quorum is met' ]]
	run -0 --separate-stderr csg-endorse -y --abstain -k "$(key grace)" "$req" app.bin
	[[ $stderr == *$'missing    nothing: the quorum is met\n'* ]]
	run -0 --separate-stderr csg-endorse -y --reject -m no -k "$(key dave)" "$req" app.bin
	[[ $stderr == *$'you        dave, who made the request; rejecting withdraws it\nmissing'* ]]
	# by an emergency route, too
	request rom app.bin other.bin
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key erin)" "$req" app.bin other.bin
	[[ $stderr == *'erin approves' ]]
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key heidi)" "$req" app.bin other.bin
	[[ $stderr == *'heidi approves; the quorum is met'$'\n''csg-endorse: warning: the quorum is met by the emergency route emergency' ]]
}

@test "csg-endorse: twenty artifacts are shown, of the rest how many are absent" {
	for i in {10..31}; do echo "$i" > "f$i"; done
	request firmware f*
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" f*
	[[ $stderr == *'matches  f29'*$'\n  and 2 more, which all match (-v shows them)\n'* && $stderr != *" f30"* ]]
	run -0 --separate-stderr csg-endorse -f -y -v --approve -k "$(key alice)" "$req" f*
	[[ $stderr == *'matches  f31'* && $stderr != *' more, '* ]]
	rm f10 f31
	run -0 --separate-stderr csg-endorse -y --approve --blind -k "$(key erin)" "$req"
	[[ $stderr == *'absent   f10'*$'\n  and 2 more, 1 of them absent (-v shows them)\n'* ]]
	request firmware f1? f2? f30
	run -0 --separate-stderr csg-endorse -y --approve --blind -k "$(key erin)" "$req"
	[[ $stderr == *'matches  f30'* && $stderr != *' more, '* ]]
}

@test "csg-endorse: a vote that is in the way is found before anything is shown" {
	request firmware app.bin
	approve alice
	refused 4 IO csg-endorse -y --approve --run 'touch ran;:' -k "$(key alice)" "$req" app.bin
	[[ $stderr == "csg-endorse: trouble: IO: $(vote_of alice) exists already (-f replaces it)" && ! -e ran ]]
	refused 4 IO csg-endorse -y --approve -o nowhere/ -k "$(key alice)" "$req" app.bin
	[[ $stderr != *requester* ]]
	accepted csg-endorse -f -y --approve --run 'touch ran;:' -k "$(key alice)" "$req" app.bin
	[[ -e ran ]]
	accepted csg-endorse -y --approve -o mine.csgend -k "$(key alice)" "$req" app.bin
}

@test "csg-endorse: a new policy is explained, a changed one after what changes" {
	accepted csg-request --founding "$W/acme-1.yaml" -m founding -k "$(key heidi)"
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$output" "$W/acme-1.yaml"
	[[ $stderr == *"to be founded; the anchor's words: $(csg-policy show -j | sed -n 's/.*"anchor_words": "\(.*\)".*/\1/p')"$'\n'* ]]
	[[ $stderr == *$'\nmeaning of the new policy\n  Policy acme, version 1:\n'*'- 2 of security (erin, frank and grace)'* ]]
	csg-policy new -o acme-2.yaml
	csg-policy user remove acme-2.yaml -g security grace
	accepted csg-request -P policy -m grace -k "$(key heidi)" acme-2.yaml
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$output" acme-2.yaml
	[[ $stderr == *$'\nchanges\n'*'grace leaves security'*$'\nmeaning of the new policy\n'*'- 2 of security (erin and frank)'* ]]
	# so it is beside a copy, which is the same artifact
	cp acme-2.yaml a-copy.yaml
	accepted csg-request -P policy -m grace -k "$(key heidi)" acme-2.yaml
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$output" a-copy.yaml acme-2.yaml
	[[ $stderr == *$'\nchanges\n'*'grace leaves security'* ]]
	request firmware app.bin
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	[[ $stderr != *'meaning of'* ]]
}

@test "csg-endorse: a request from standard input" {
	request firmware app.bin
	accepted csg-endorse -y --approve -k "$(key alice)" - app.bin < "$req"
	[[ $output == "$(vote_of alice)" && $stderr == *'matches  app.bin'* ]]
	refused 3 TYPE csg-endorse -y --approve -f -k "$(key alice)" - app.bin < /dev/null
	[[ $stderr != *requester* ]]
}

@test "attack 39: a message of another kind is none of this one" {
	request firmware app.bin
	approve alice
	refused 3 TYPE csg-endorse -y --approve -k "$(key bob)" "$(vote_of alice)"
	refused 3 TYPE csg-request --from "$CSG_POLICY" -k "$(key dave)"
	refused 3 TYPE csg-policy show -p "$req"
}

@test "unknown, repeated and contradicting options are usage errors" {
	run -2 csg-request -P firmware -P boot -m x app.bin
	run -2 csg-request --nonsense
	run -2 csg-endorse --approve --reject x
	run -2 csg-endorse -y x
	run -2 csg-endorse --reject x
	run -2 csg-sign
	run -2 csg-verify -P x
	run -2 csg-policy nonsense
	run -2 csg-token
	run -0 csg-sign --help
	run -0 csg-sign -V
	for option in --help -V; do
		run -4 --separate-stderr sh -c "csg-sign $option > /dev/full"
		[[ $stderr == 'csg-sign: trouble: IO: standard output: No space left on device' ]]
	done
}

@test "-o -: to standard output, and nothing else; a file of that name is ./-" {
	run -0 --separate-stderr csg-request -P boot -m x -k "$(key dave)" -o - app.bin
	[[ ${lines[0]} == '-----BEGIN CMS-----' && ${lines[-1]} == '-----END CMS-----' ]]
	echo "$output" > r.csgreq
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" -o - r.csgreq app.bin
	[[ ${lines[0]} == '-----BEGIN CMS-----' ]]
	[[ -z $(ls ./*.csgend ./- 2> /dev/null) ]]
	echo "$output" > r.csgend
	accepted csg-sign -n -p "$CSG_POLICY" -t "$CSG_TRUST" r.csgreq r.csgend
	run -4 --separate-stderr sh -c 'csg-endorse -y --approve -k "$1" -o - r.csgreq app.bin > /dev/full' - "$(key alice)"
	[[ $stderr == *': IO: standard output: No space left on device' ]]
	accepted csg-request -P boot -m x -k "$(key dave)" -o ./- app.bin
	[[ -s ./- ]]
	rm ./-
	# what is made of several files, or is none for people, is not written there
	run -2 --separate-stderr csg-keygen --no-passphrase -o - zoe
	[[ $stderr == *"-o: this can't be written to standard output; give a directory"* ]]
	run -2 csg-log export --from x -o -
	run -2 csg-token backup --need 1 -o - x
	[[ ! -e ./- && ! -e zoe.key ]]
}

@test "csg-request: nothing is left behind when nobody can be told of it" {
	run -4 bash -c 'csg-request -P boot -m x -k "$1" app.bin > /dev/full' - "$(key dave)"
	[[ -z $(ls ./*.csgreq 2> /dev/null) ]]
	request boot app.bin
	run -4 bash -c 'csg-endorse -y --approve -k "$1" "$2" > /dev/full' - "$(key alice)" "$req"
	[[ -z $(ls ./*.csgend 2> /dev/null) ]]
	approve alice
	[[ -e $(vote_of alice) ]]
}

@test "csg-request --from: only what was asked for by whom it says" {
	request boot app.bin
	words "$req" | sed 's/^why: .*/why: forged/' | forge mallory request > forged.csgreq
	refused 1 SIGNATURE csg-request --from forged.csgreq -k "$(key dave)"
	words "$req" | sed 's/^policy: sha256:......../policy: sha256:00000000/' | forge dave request > other.csgreq
	refused 1 POLICY csg-request --from other.csgreq -k "$(key dave)"
	accepted csg-request --from "$req" -o again.csgreq -k "$(key dave)"
}

@test "csg-endorse --run: what the command changes is not voted on" {
	request boot app.bin
	cp app.bin good
	refused 1 DIGEST csg-endorse -y --approve --run 'echo more | tee -a' -k "$(key alice)" "$req" app.bin
	[[ $stderr == *"app.bin: changed while the command ran" ]]
	cp good app.bin
	accepted csg-endorse -y --approve --run 'cat' -k "$(key alice)" "$req" app.bin
}

@test "csg-policy user remove -g: names with other letters than ASCII before it" {
	csg-policy new "$root/policy/startup.yaml" -o acme-1.yaml > /dev/null
	sed -i 's/^  team: .*/  team: ["éééééééé", bob]/' acme-1.yaml
	run csg-policy user remove -g team acme-1.yaml bob
	[[ $status == 0 ]]
	grep -q '^  team: \["éééééééé"\]' acme-1.yaml
}
