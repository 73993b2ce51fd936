#!/usr/bin/env bats
# What stands inside a valid signature is not believed for that: the words of
# a request or a vote, each changed and signed anew by who may sign it.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() { at_work; }

# reworded NAME KIND FILE SED-SCRIPT: those words, changed and signed by NAME
reworded() { words "$3" | sed "$4" | forge "$1" "$2"; }

@test "attacks 30 to 38: a request's words, each changed by who may sign it" {
	request firmware app.bin
	asked_so() { # CODE REASON SED-SCRIPT
		reworded dave request "$req" "$3" > other.csgreq
		run -1 cmp -s <(words "$req") <(words other.csgreq)
		refused "$1" "$2" csg-endorse -y --approve -k "$(key alice)" other.csgreq app.bin
		sign_refused "$1" "$2" other.csgreq
	}
	asked_so 3 PARSE 's/^profile: .*/&\n&/'
	asked_so 3 PARSE 's/^profile: .*/&\nextra: x/'
	asked_so 3 PARSE '/^why: /d'
	asked_so 3 PARSE 's/^why: .*/why: [x]/'
	asked_so 3 PARSE 's/^why: .*/why: \&a x/'
	asked_so 3 PARSE '1s/^/%YAML 1.1\n---\n/'
	asked_so 3 TEXT 's/^why: .*/why: "\\u202e"/'
	asked_so 3 PARSE 's/^author: /&\xd0\xb0/'
	asked_so 3 PARSE 's/^nonce: .*/nonce: 00/'
	asked_so 3 PARSE 's/^nonce: .*/nonce: ABCDEFABCDEFABCDEFABCDEFABCDEFAB/'
	asked_so 3 PARSE 's/^expires: .*/expires: never/'
	asked_so 3 PARSE 's/^expires: .*/expires: 2027-02-30T00:00:00Z/'
	asked_so 3 PARSE 's/size: [0-9]*/size: 0x10/'
	asked_so 3 PARSE 's/size: [0-9]*/size: -1/'
	asked_so 3 PARSE 's/size: [0-9]*/size: 18446744073709551616/'
	asked_so 3 PARSE 's/sha256: \(.\)[0-9a-f]/sha256: \1/'
	asked_so 3 PARSE 's/sha256: .\{8\}/sha256: ABCDEFAB/'
	asked_so 3 PARSE 's/sha256: /md5: /'
	asked_so 3 PARSE 's/name: app.bin/name: ..\/app.bin/'
	asked_so 3 PARSE 's/name: app.bin/name: \/app.bin/'
	asked_so 3 TYPE 's/^csg: .*/csg: request\/2/'
	asked_so 3 TYPE 's/^csg: .*/csg: endorsement\/1/'
	asked_so 1 EXPIRED 's/^expires: .*/expires: 2099-01-01T00:00:00Z/'
	asked_so 1 EXPIRED 's/^expires: .*/expires: 2020-01-01T00:00:00Z/'
	asked_so 1 PROFILE 's/^profile: .*/profile: nonesuch/'
	asked_so 1 POLICY 's/^policy: sha256:......../policy: sha256:00000000/'
	asked_so 1 GROUP 's/^author: .*/author: nobody/'
	asked_so 1 SIGNATURE 's/^author: .*/author: carol/'
	reworded dave request "$req" 's/^why: .*/why: another reason/' > other.csgreq
	accepted csg-endorse -y --approve -k "$(key alice)" other.csgreq app.bin
}

@test "attacks 30 to 39, 52: a vote's words, each changed by who may sign it" {
	request firmware app.bin
	approve alice erin frank
	mv "$(vote_of frank)" vote
	voted_so() { # REASON SED-SCRIPT [NAME]
		reworded "${3:-frank}" endorsement vote "$2" > frank.csgend
		run -1 cmp -s <(words vote) <(words frank.csgend)
		sign_refused 5 QUORUM "$req" frank.csgend
		[[ $stderr == *"not counted: frank.csgend: $1: "* ]] || { echo "$2: $stderr"; return 1; }
	}
	for decision in Approve yes '"approve "' '[approve]' "$(printf '\xd0\xb0pprove')" true none; do
		voted_so PARSE "s/^decision: .*/decision: $decision/"
	done
	for blind in no False 0 '"false "'; do
		voted_so PARSE "s/^blind: .*/blind: $blind/"
	done
	voted_so PARSE '/^decision/d'
	voted_so PARSE 's/^decision: .*/&\n&/'
	voted_so PARSE 's/^decision: .*/decision: reject/'
	voted_so PARSE 's/^request: .*/request: sha256:00/'
	voted_so PARSE 's/^blind: .*/&\nweight: 2/'
	voted_so TYPE 's/^csg: .*/csg: request\/1/'
	voted_so REQMISMATCH 's/^request: sha256:......../request: sha256:00000000/'
	voted_so POLICY 's/^policy: sha256:......../policy: sha256:00000000/'
	voted_so SIGNATURE 's/^author: .*/author: grace/'
	voted_so GROUP 's/^author: .*/author: nobody/'
	voted_so GROUP 's/^author: .*/author: heidi/' heidi
	voted_so SELF 's/^author: .*/author: dave/' dave
	voted_so SIGNATURE 's/^blind/#\n&/' mallory
	later=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
	voted_so EXPIRED "s/^time: .*/time: $later/"
	soon=$(date -u -d '+5 minutes' +%Y-%m-%dT%H:%M:%SZ)
	reworded frank endorsement vote "s/^time: .*/time: $soon/" > frank.csgend
	accepted sign "$req" frank.csgend
}

@test "attack 39: no other signature of a member is a vote" {
	request firmware app.bin
	approve alice erin frank
	vote=$(vote_of frank)
	words "$vote" > yaml
	for kind in seal policy; do
		forge frank $kind < yaml > "$vote"
		sign_refused 5 QUORUM "$req"
		[[ $stderr == *"frank.csgend: TYPE: a $kind is not a vote"* ]]
	done
	forge frank request < yaml > "$vote"
	sign_refused 1 REQMISMATCH "$req"
	openssl cms -sign -nodetach -binary -cades -nosmimecap -md sha256 -outform PEM -signer "$W/keys/frank.crt" -inkey "$(key frank)" -in yaml -out "$vote"
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"frank.csgend: TYPE: a CMS signature, but not a csg message"* ]]
	forge frank endorsement < yaml > "$vote"
	accepted sign "$req"
}
