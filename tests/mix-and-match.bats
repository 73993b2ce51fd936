#!/usr/bin/env bats
# Genuine parts put together by somebody else: another signature in a message,
# another content in a signature, blocks of two runs in one proof.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
	cd "$W" || return
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME" one two
	run_of one alice bob erin frank
	run_of two alice bob erin grace
}
setup() { at_work; }

# run_of DIR NAME...: the same artifact, asked for, approved and signed there
run_of() {
	(
		cd "$1" || return
		printf 'release\n' > app.bin
		request firmware app.bin
		approve "${@:2}"
		sign "$req" > /dev/null
		mv "$req" request.csgreq
		mv "${req%.csgreq}.csgproof" proof.csgproof
		awk '/-----BEGIN/ { n++ } { print > ("block." n) }' proof.csgproof
	)
}

@test "attack 24: a member's certificate, enclosed, does not make a stranger's signature hers" {
	request boot app.bin
	approve alice
	vote=$(vote_of alice)
	cp "$vote" good
	"$CSG_UNIT/forge" resign "$(key mallory)" good "$vote"
	# all but the signature is as it was
	openssl cms -cmsout -noout -print -inform PEM -in good | grep -v '^ *[0-9a-f]\{4\} - ' > a
	openssl cms -cmsout -noout -print -inform PEM -in "$vote" | grep -v '^ *[0-9a-f]\{4\} - ' > b
	diff a b
	grep -qE 'subject: *CN ?= ?alice' b
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"${vote}: SIGNATURE: not signed by alice"* ]]
	"$CSG_UNIT/forge" resign "$(key dave)" "$req" dave.csgreq
	"$CSG_UNIT/forge" resign "$(key mallory)" "$req" mallory.csgreq
	refused 1 SIGNATURE csg-endorse -y --approve -k "$(key bob)" mallory.csgreq app.bin
	sign_refused 1 SIGNATURE mallory.csgreq good
	accepted csg-endorse -y --approve -k "$(key bob)" dave.csgreq app.bin
	# the same hand, alice's key
	"$CSG_UNIT/forge" resign "$(key alice)" good "$vote"
	run -1 cmp -s good "$vote"
	accepted sign "$req"
}

@test "attack 67: csg's own signature with content put into it is refused, be it the right one" {
	cp "$W"/one/app.bin* "$W/one/proof.csgproof" .
	cp app.bin.p7s good
	accepted csg-verify -P firmware app.bin
	printf 'other\n' > other
	for content in app.bin other; do
		"$CSG_UNIT/forge" attach $content good app.bin.p7s
		openssl cms -cmsout -noout -print -inform DER -in app.bin.p7s | grep -A2 'eContent:' | grep -q 0000
		refused 3 PARSE csg-verify -P firmware app.bin
		[[ $stderr == *"has an unknown signed attribute"* ]] # evidence belongs to detached ones alone
	done
	# the right content: openssl takes it for good
	"$CSG_UNIT/forge" attach app.bin good app.bin.p7s
	openssl cms -verify -binary -inform DER -in app.bin.p7s -nointern -certfile "$W/keys/firmware.crt" -CAfile "$W/keys/firmware.crt" -purpose any -out /dev/null
	cp good app.bin.p7s
	accepted csg-verify -P firmware app.bin
}

@test "attack 67: what is no detached signature over data is named so, whoever made it" {
	cp "$W"/one/app.bin "$W/one/proof.csgproof" .
	by_alice() { openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer "$W/keys/alice.crt" -inkey "$(key alice)" -in app.bin -out app.bin.p7s "$@"; }
	by_alice -nodetach
	refused 3 TYPE csg-verify -P firmware app.bin
	[[ $stderr == *": not a detached signature over data" ]]
	by_alice -econtent_type 1.2.3.4
	refused 3 TYPE csg-verify -P firmware app.bin
	[[ $stderr == *": not a detached signature over data" ]]
	by_alice # detached, but hers
	refused 1 SIGNATURE csg-verify -P firmware app.bin
	cp "$W/one/app.bin.p7s" .
	accepted csg-verify -P firmware app.bin
}

@test "attack 68: no mixture of two runs' proofs is a proof, the same artifact or not" {
	local n mask chain i
	cp "$W/one/app.bin" "$W/one/app.bin.p7s" .
	n=$(ls "$W"/one/block.* | wc -l)
	[[ $n == "$(ls "$W"/two/block.* | wc -l)" ]]
	chain=$((n - 7)) # then request, 4 votes, seal, receipt
	for ((i = 1; i <= chain; i++)); do cmp "$W/one/block.$i" "$W/two/block.$i"; done
	for ((mask = 0; mask < 128; mask++)); do
		for ((i = 1; i <= n; i++)); do
			if ((i > chain && mask >> (i - chain - 1) & 1)); then
				cat "$W/two/block.$i"
			else
				cat "$W/one/block.$i"
			fi
		done > proof.csgproof
		if [[ $mask == 0 ]]; then
			accepted csg-verify -P firmware app.bin
			continue
		fi
		run --separate-stderr csg-verify -P firmware app.bin
		[[ -z $output ]]
		# all but the receipt is one run's; or the request, a vote or the
		# seal is not of one with the others
		case $mask in
			63 | 64) [[ $status == 4 && $stderr == *': LOG: '*"the entry does not belong to this signature"* ]] ;;
			*) [[ $status == 1 && $stderr == *': UNENDORSED: '* ]] ;;
		esac || {
			echo "$mask: $status $stderr"
			return 1
		}
	done
	# the other run's proof as a whole, with this signature
	cp "$W/two/proof.csgproof" .
	refused 1 UNENDORSED csg-verify -P firmware app.bin
	[[ $stderr == *"signed by key firmware, but with other evidence"* ]]
	cp "$W/two/app.bin.p7s" .
	accepted csg-verify -P firmware app.bin
}

@test "attack 68: a block of another run, put in or in another's place, makes no proof" {
	local i at other n
	cp "$W/one/app.bin" "$W/one/app.bin.p7s" .
	n=$(ls "$W"/one/block.* | wc -l)
	for ((at = 0; at <= n; at++)); do
		for other in $((n - 6)) $((n - 3)) $((n - 1)) "$n"; do
			for ((i = 1; i <= n; i++)); do
				[[ $i != "$at" ]] || cat "$W/two/block.$other"
				cat "$W/one/block.$i"
			done > proof.csgproof
			[[ $at != 0 ]] || cat "$W/two/block.$other" >> proof.csgproof
			run --separate-stderr csg-verify -P firmware app.bin
			[[ -z $output ]]
			[[ $status == [13] && $stderr == *": app.bin: proof ./proof.csgproof:"* ]] || {
				echo "$other at $at: $status $stderr"
				return 1
			}
		done
	done
	cp "$W/one/proof.csgproof" .
	accepted csg-verify -P firmware app.bin
}
