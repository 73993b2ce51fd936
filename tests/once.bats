#!/usr/bin/env bats
# Each thing is read, checked and hashed once: how many signatures a tool checks
# in all, how often it parses the policy, and how often it reads an artifact.
#
# The policy chain has one version: that, its request, two votes and the seal are
# five signatures.  What a tool signs it checks at once, which is one more, and not
# again when csg-sign reads it back, which parses it.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() {
	at_work
	reads=1 again=0
}

# counted COMMAND...: it succeeds; what it did is in $checks, $documents,
# $policies, $opens and $bytes, the last two of files called $called
counted() {
	local name count
	rm -f counts
	run -0 --separate-stderr env LD_PRELOAD="$CSG_UNIT/counts.so" COUNTS="$T/counts" COUNTS_FILE="$called" "$@"
	checks=0
	while read -r name count; do
		case $name in
		yaml) documents=$count ;;
		policy) policies=$count ;;
		open) opens=$count ;;
		read) bytes=$count ;;
		*) checks=$((checks + count)) ;;
		esac
	done < counts
}

# at_most CHECKS POLICIES COMMAND...: so many signatures checked and policies
# parsed, no more documents than that, signer.yaml and $again that are read back of
# what was checked before, and each artifact opened
# once and read $reads times, but for a few bytes that a format may look at before
at_most() {
	counted "${@:3}"
	if [[ $checks -gt $1 || $documents -gt $(($1 + 1 + again)) || $policies -gt $2 || $opens != "$artifacts" || $bytes -lt $size || $bytes -gt $((reads * size + 1000 * artifacts)) ]]; then
		echo "$checks signatures checked of $1, $documents documents and $policies of $2 policies parsed, $artifacts artifacts opened $opens times, $bytes bytes read of $size, $reads times"
		return 1
	fi
}

# artifacts FILE...: of 100,000 bytes each
artifacts() {
	called=app.bin artifacts=$# size=$(($# * 100000))
	for file; do head -c 100000 /dev/urandom > "$file"; done
}

@test "counts.so sees what openssl does" {
	request boot app.bin
	LD_PRELOAD="$CSG_UNIT/counts.so" COUNTS=$T/counts openssl cms -verify -inform PEM -in "$req" -noverify -certfile "$W/keys/dave.crt" > /dev/null
	grep -q '^CMS_verify 1$' counts
	grep -q '^CMS_SignerInfo_verify 0$' counts # which is libcrypto's own
	rm counts
	sha256sum app.bin | head -c 32 > digest
	openssl pkeyutl -sign -inkey "$(key dave)" -in digest -out signature
	LD_PRELOAD="$CSG_UNIT/counts.so" COUNTS=$T/counts openssl pkeyutl -verify -inkey "$(key dave)" -sigfile signature -in digest
	grep -q '^EVP_PKEY_verify 1$' counts
}

@test "csg-request: the chain, and what it signs" {
	artifacts app.bin
	at_most 6 1 csg-request -q -P firmware -m x -k "$(key dave)" app.bin
}

@test "csg-endorse: the chain, the request, the votes beside it, and its own" {
	artifacts app.bin
	request firmware app.bin
	at_most 7 1 csg-endorse -q -y --approve -k "$(key alice)" "$req" app.bin
	at_most 8 1 csg-endorse -q -y --approve -k "$(key erin)" "$req" app.bin
	at_most 9 1 csg-endorse -q -y --approve -k "$(key frank)" "$req" app.bin
}

@test "csg-sign -n: the chain, the request and its votes" {
	artifacts app.bin
	request firmware app.bin
	approve alice erin frank
	at_most 9 1 csg-sign -n -p "$CSG_POLICY" -t "$CSG_TRUST" "$req"
	at_most 9 1 csg-sign -n -c "$W/ws/signer.yaml" "$req"
}

@test "csg-sign: and signature, seal and receipt, each once, when it is made" {
	artifacts app.bin
	request firmware app.bin
	approve alice erin frank
	again=4 # request and votes, in the proof
	at_most 12 1 csg-sign -c "$W/ws/signer.yaml" "$req"
	accepted csg-verify -P firmware app.bin
	# another key, with plain signatures; the vote brings the head of the
	# ledger that csg-verify met, which is one more
	request boot app.bin
	approve bob
	again=3
	at_most 11 1 csg-sign -c "$W/ws/signer.yaml" "$req"
}

@test "csg-sign: one more for another artifact" {
	mkdir sub
	artifacts app.bin sub/app.bin
	req=$(csg-request -q -C . -P firmware -m x -k "$(key dave)" app.bin sub/app.bin)
	for who in alice erin frank; do csg-endorse -q -y --approve -C . -k "$(key $who)" "$req" app.bin sub/app.bin > /dev/null; done
	again=4
	at_most 13 1 csg-sign -c "$W/ws/signer.yaml" "$req"
	accepted csg-verify -P firmware -C . app.bin sub/app.bin
}

@test "csg-verify: the chain, request, votes, signature, seal and receipt" {
	artifacts app.bin
	request firmware app.bin
	approve alice erin frank
	sign "$req" > /dev/null
	at_most 12 1 csg-verify -P firmware app.bin
	at_most 12 1 csg-verify -P firmware app.bin # when something is known from before
	mkdir tree
	mv app.bin ./*.p7s ./*.csgproof tree
	at_most 12 1 csg-verify -P firmware -r tree
	# of another proof all but the chain; its voters have seen no head of the ledger
	artifacts app.bin
	request firmware app.bin
	HOME=$T/nowhere approve alice erin frank
	sign "$req" > /dev/null
	mkdir tree/more
	mv app.bin ./*.p7s ./*.csgproof tree/more
	artifacts=2 size=200000
	# and its voters had seen the first one's receipt, which is checked twice
	# if both proofs are read at the same moment
	at_most 20 1 csg-verify -P firmware -r tree
}

# A draft is hashed, and its words are read; what was signed is read back as a
# link of the chain, with its request and votes.
@test "a change of the policy: the draft is opened once, and parsed once before it is signed" {
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	called=acme-2.yaml artifacts=1 size=$(stat -c %s acme-2.yaml) reads=2
	at_most 7 2 csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml
	approve erin
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	again=8 # request, votes and seal are read back in the chain and in the proof
	at_most 11 3 csg-sign -c ws/signer.yaml "$req"
	accepted csg-policy show -j -p acme-2.csgpolicy
}

@test "a founding, too" {
	csg-token init -q -d new > /dev/null
	cp -R "$W/keys" new
	cp new/policy.crt new/ledger.crt new/keys
	W=$T/new draft "$T/acme-1.yaml"
	req=$(csg-request -q --founding acme-1.yaml -m founding -k "$(key heidi)")
	for who in alice erin; do csg-endorse -q -y --approve -k "$(key $who)" "$req" acme-1.yaml > /dev/null; done
	called=acme-1.yaml artifacts=1 size=$(stat -c %s acme-1.yaml) reads=2
	again=1 # what was signed
	at_most 8 2 csg-policy found -c new/signer.yaml acme-1.yaml "$req"
}
