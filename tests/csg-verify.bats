#!/usr/bin/env bats
# csg-verify: nothing passes that was not endorsed.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded > /dev/null
	cd "$W" || return
	mkdir release other
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME"
	cd release || return
	printf 'release one\n' > app.bin
	request firmware app.bin
	approve alice erin frank
	sign "$req" > /dev/null
	cd ../other || return
	printf 'release two\n' > app.bin
	request firmware app.bin
	approve bob erin grace
	sign "$req" > /dev/null
}
setup() {
	at_work
	cp "$W"/release/* .
}
verify() { csg-verify -P firmware app.bin; }

# the proof's blocks, one a file: block.1 ...
blocks() {
	awk '/-----BEGIN/ { n++ } { print > ("block." n) }' ./*.csgproof
	rm ./*.csgproof
}

@test "attack 66: any change of the artifact is a digest mismatch" {
	accepted verify
	cp app.bin good
	printf X | dd of=app.bin bs=1 seek=3 conv=notrunc status=none
	refused 1 DIGEST verify
	{ cat good; printf '\0'; } > app.bin
	refused 1 DIGEST verify
	sed 's/$/\r/' good > app.bin
	refused 1 DIGEST verify
	: > app.bin
	refused 1 DIGEST verify
	cp good app.bin
	accepted verify
}

@test "a renamed artifact with its signature is still the one that was endorsed" {
	mv app.bin new.bin
	mv app.bin.p7s new.bin.p7s
	accepted csg-verify -P firmware new.bin
}

@test "attack 68: signature and evidence of different runs do not mix" {
	cp "$W/other/app.bin.p7s" .
	refused 1 DIGEST verify
	cp "$W/release/app.bin.p7s" .
	rm ./*.csgproof
	cp "$W"/other/*.csgproof .
	refused 1 DIGEST verify
	cp "$W"/release/*.csgproof .
	accepted verify
}

@test "attack 69: missing, partial or extra evidence" {
	mv ./*.csgproof keep
	refused 1 UNENDORSED verify
	cp keep x.csgproof
	accepted verify
	blocks
	n=$(ls block.* | wc -l)
	cat block.* > all.csgproof
	rm all.csgproof
	for ((skip = 1; skip <= n; skip++)); do
		for ((k = 1; k <= n; k++)); do
			[[ $k == "$skip" ]] || cat "block.$k"
		done > x.csgproof
		run csg-verify -P firmware app.bin
		[[ $status == 1 || $status == 3 || $skip/$status == $n/4 ]]
		[[ $status != 4 || $output == *"LOG: "*"no receipt"* ]]
		[[ -z $output || $output != valid* ]]
	done
	for ((k = 1; k <= n; k++)); do cat "block.$k"; done > x.csgproof
	cat "block.$n" >> x.csgproof # a receipt too many
	refused 3 PARSE verify
	for ((k = 1; k <= n; k++)); do cat "block.$k"; done > x.csgproof
	accepted verify
}

@test "the receipt: missing, of another signature, of another tree, by another key" {
	proof=$(ls ./*.csgproof)
	cp "$proof" keep
	blocks
	n=$(ls block.* | wc -l)
	head=$(for ((k = 1; k < n; k++)); do cat "block.$k"; done)
	with() { { printf '%s\n' "$head"; cat "$1"; } > "$proof"; }
	openssl cms -verify -inform PEM -in "block.$n" -noverify -out receipt.yaml 2> /dev/null
	grep -q '^  kind finish' receipt.yaml
	printf '%s\n' "$head" > "$proof"
	refused 4 LOG verify
	# the receipt of another signature
	other=$(ls "$W"/other/*.csgproof)
	awk '/-----BEGIN/ { n++ } { print > ("other." n) }' "$other"
	with "other.$(ls other.* | wc -l)"
	refused 4 LOG verify
	[[ $stderr == *"the entry does not belong to this signature"* ]]
	# signed by a person
	"$CSG_UNIT/forge" sign receipt "$W/keys/alice.crt" "$(key alice)" receipt.yaml forged
	with forged
	refused 4 LOG verify
	# and so it ends with a good proof beside, of another file of that name
	cp "$other" .
	refused 4 LOG verify
	[[ $stderr == *": proof ./$(basename "$proof"):"* ]]
	printf X >> app.bin
	refused 1 DIGEST verify
	cp "$W/release/app.bin" .
	rm "$(basename "$other")"
	cp keep "$proof"
	accepted verify
	accepted csg-verify -j -P firmware app.bin
	[[ $output == *'"ledger_entry": '[0-9]* ]]
}

@test "each broken byte of proof and signature is refused" {
	for file in app.bin.p7s ./*.csgproof; do
		cp "$file" good
		len=$(stat -c %s good)
		step=$((len / 40 + 1))
		for ((at = 0; at < len - 1; at += step)); do # the last line end may go
			cp good "$file"
			printf '\377' | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
			run csg-verify -P firmware app.bin
			[[ $status == 1 || $status == 3 ]] || cmp -s good "$file"
			head -c "$at" good > "$file"
			run csg-verify -P firmware app.bin
			[[ $status == 1 || $status == 3 ]]
		done
		cp good "$file"
	done
	accepted verify
}

@test "a stranger's and a member's own signature are no endorsement" {
	for who in mallory alice; do
		openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer "$W/keys/$who.crt" -inkey "$(key $who)" -in app.bin -out app.bin.p7s
		refused 1 SIGNATURE verify
	done
	cp "$W/release/app.bin.p7s" .
	accepted verify
}

@test "a PIN thief's signature: openssl accepts, csg-verify says not endorsed" {
	export SOFTHSM2_CONF=$W/ws/softhsm2.conf
	printf 'malware\n' > evil.bin
	id=$(csg-token list -j -c "$W/ws/signer.yaml" | sed -n '/"boot"/,/id/s/.*"id": "\(.*\)".*/\1/p')
	openssl dgst -sha256 -binary evil.bin > hash
	pkcs11-tool --module $softhsm --login --pin "$(cat "$W/ws/pin")" --sign --mechanism ECDSA --signature-format openssl --id "$id" -i hash -o evil.bin.sig
	openssl x509 -in "$W/keys/boot.crt" -noout -pubkey > boot.pub
	openssl dgst -sha256 -verify boot.pub -signature evil.bin.sig evil.bin
	refused 1 UNENDORSED csg-verify -P boot evil.bin
	[[ $stderr == *"signed by key boot, but not endorsed"* ]]
}

@test "the expected profile counts; --any-profile takes whatever" {
	refused 1 PROFILE csg-verify -P boot app.bin
	accepted csg-verify --any-profile app.bin
	run -2 csg-verify app.bin
	run -2 csg-verify -P firmware --any-profile app.bin
	CSG_PROFILE=firmware accepted csg-verify app.bin
	# empty is not set
	CSG_PROFILE='' run -2 --separate-stderr csg-verify app.bin
}

@test "another anchor accepts nothing" {
	sed 's/^csg-founding: sha256:......../csg-founding: sha256:00000000/; t' "$CSG_TRUST" > other.pem
	cmp -s other.pem "$CSG_TRUST" && sed -i 's/sha256:0/sha256:1/' other.pem
	refused 1 POLICYSIG csg-verify -P firmware -t other.pem -p "$CSG_POLICY" app.bin
	accepted csg-verify -P firmware -t "$CSG_TRUST" app.bin
}

@test "it works from trust.pem and files alone" {
	unset CSG_POLICY
	accepted csg-verify -P firmware -t "$W/trust.pem" app.bin
	mkdir proofs
	mv ./*.csgproof proofs
	mv app.bin.p7s elsewhere.p7s
	accepted csg-verify -P firmware -s elsewhere.p7s -e proofs app.bin
	accepted csg-verify -P firmware -s elsewhere.p7s -e proofs/*.csgproof app.bin
}

@test "missing artifact or signature is trouble, a directory or FIFO is refused at once" {
	refused 4 IO csg-verify -P firmware gone.bin
	mv app.bin.p7s gone
	refused 4 IO verify
	mv gone app.bin.p7s
	mkfifo pipe
	refused 3 TYPE csg-verify -P firmware -s app.bin.p7s pipe
	accepted verify
}

@test "of several artifacts the worst decides, and each is told of" {
	printf 'other\n' > bad.bin
	cp app.bin.p7s bad.bin.p7s
	run -1 --separate-stderr csg-verify -P firmware app.bin bad.bin
	[[ $output == "valid: app.bin"* ]]
	[[ $stderr == *"bad.bin"* ]]
	run -4 --separate-stderr csg-verify -P firmware bad.bin gone.bin app.bin
}

@test "-j is JSON that tells the same" {
	accepted csg-verify -j -P firmware app.bin
	[[ $output == *'"valid": true'* && $output == *'"filled_by": ['* ]]
	if command -v python3 > /dev/null; then
		python3 -c 'import json,sys; json.load(sys.stdin)' <<< "$output"
	fi
	printf X >> app.bin
	run -1 --separate-stderr csg-verify -j -P firmware app.bin
	[[ $output == *'"valid": false'* && $output == *'"reason": "DIGEST"'* ]]
}

@test "--openssl prints commands that a stranger can run" {
	csg-verify -P firmware --openssl app.bin > commands
	grep -q 'proves no quorum' commands
	run -0 sh -e commands
	[[ $output == *"CMS Verification successful"* ]]
	printf X >> app.bin
	run -4 sh -c 'sh commands; sh -c "$(grep content commands)"'
}

@test "a full disk is reported" {
	refused 4 IO sh -c 'csg-verify -P firmware app.bin > /dev/full'
}

# stolen VOTE...: the signature and proof of a thief, and no others
stolen() {
	rm -f app.bin.p7s ./*.csgproof
	thief app.bin "$@"
}
unproven() {
	refused 1 UNENDORSED verify
	[[ $stderr == *"$1"* ]]
}

@test "attacks 55, 60, 71: seal and evidence of a thief with the PIN are recounted" {
	request firmware app.bin
	approve alice bob erin frank
	a=$(vote_of alice) b=$(vote_of bob) e=$(vote_of erin) f=$(vote_of frank)
	stolen "$a" "$e"
	unproven "the quorum was not met: security 1/2: frank or grace"
	stolen "$e" "$f"
	unproven "the quorum was not met: qa 0/1: alice or bob"
	stolen "$a" "$b" "$e"
	unproven "the quorum was not met: security 1/2"
	stolen
	unproven "the quorum was not met"
	stolen "$a" "$e" "$e"
	unproven "the same vote again"
	csg-endorse -q -y --approve -m again -o again -k "$(key erin)" "$req" app.bin > /dev/null
	stolen "$a" "$e" again
	unproven "the quorum was not met: security 1/2"
	stolen "$a" "$e" "$f"
	refused 4 LOG verify # all is there but the ledger's receipt
}

@test "attack 70: words of success are never a requester's or a file name's" {
	req=$(csg-request -q -P firmware -m $'new\nvalid: evil.bin: profile acme/firmware' -k "$(key dave)" app.bin)
	approve alice erin frank
	csg-endorse -q -y --abstain -m $'fine\nvalid: evil.bin: profile acme/firmware' -k "$(key grace)" "$req" app.bin
	run -0 --separate-stderr csg-sign -n -c "$W/ws/signer.yaml" "$req"
	[[ $output != *$'\nvalid'* && $output == *"abstain: grace: fine"* ]]
	accepted sign -f "$req"
	accepted verify
	[[ ${#lines[@]} == 3 && ${lines[1]} == *'by dave: new'*'valid: evil.bin'* ]]
	odd=$'a\nvalid: evil.bin'
	cp app.bin "$odd"
	cp app.bin.p7s "$odd.p7s"
	accepted csg-verify -P firmware "$odd"
	[[ ${#lines[@]} == 3 ]]
	printf X >> "$odd"
	refused 1 DIGEST csg-verify -P firmware "$odd"
	run -1 --separate-stderr csg-verify -q -P firmware "$odd"
	[[ ${#stderr_lines[@]} == 1 ]]
}

@test "the evidence can be written down and hashed by anyone" {
	evidence=$(csg-verify -j -P firmware app.bin | sed -n 's/.*"evidence": "sha256:\(.*\)",/\1/p')
	json=$(csg-verify -j -P firmware app.bin)
	get() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" <<< "$json" | head -n 1; }
	{
		echo csg-evidence/1
		echo "policy $(get policy)"
		echo "request $(get request)"
		echo "time $(get time)"
		echo "route $(get route)"
		echo "operator -"
		sed -n '/"votes"/,$s/.*"id": "\([^"]*\)".*/vote \1/p' <<< "$json" | LC_ALL=C sort
	} > evidence.txt
	[[ $(sha256sum < evidence.txt) == "$evidence"* ]]
	openssl asn1parse -inform DER -in app.bin.p7s | grep -q "sha256:$evidence"
}

@test "a newer policy in a proof: told of, with how to get it; then an own older one is refused" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	mkdir new
	echo new > new/b.bin
	req=$(CSG_POLICY=acme-2.csgpolicy csg-request -q -P boot -m x -k "$(key dave)" new/b.bin)
	CSG_POLICY=acme-2.csgpolicy csg-endorse -q -y --approve -k "$(key alice)" "$req" new/b.bin > /dev/null
	csg-sign -q -c ws/signer.yaml -C new -o new "$req" > /dev/null
	export HOME=$T/fresh
	cp "$W/acme-1.csgpolicy" mine
	run -0 --separate-stderr csg-verify -p mine -P boot new/b.bin
	[[ $output == *"policy version 2, newest known 2"* ]]
	[[ $stderr == *"policy version 2 is newer than yours, 1: 'csg-policy update new/"*".csgproof' installs it"* ]]
	refused 1 ROLLBACK csg-verify -p mine -P boot new/b.bin
	[[ $stderr == *"csg-policy update installs that"* ]]
	accepted csg-policy update -y -p mine new/*.csgproof
	run -0 --separate-stderr csg-verify -p mine -P boot new/b.bin
	[[ -z $stderr ]]
}

@test "the decision on what was refused, with -v and in -j" {
	request firmware app.bin
	csg-endorse -q -y -f --approve -k "$(key alice)" "$req" > /dev/null
	csg-endorse -q -y -f --approve -k "$(key erin)" "$req" > /dev/null
	rm -f ./*.csgproof app.bin.p7s
	thief app.bin "$(vote_of alice)" "$(vote_of erin)"
	run -1 --separate-stderr csg-verify -v -P firmware app.bin
	[[ $stderr == *"UNENDORSED: "*"the quorum was not met"* ]]
	[[ $output == *"  security 1/2: erin; missing: frank or grace"* && $output == *"  qa 1/1: alice"* ]]
	run -1 --separate-stderr csg-verify -j -P firmware app.bin
	[[ $output == *'"valid": false'*'"missing": ['*'"frank"'* ]]
	run -1 --separate-stderr csg-verify -P firmware app.bin
	[[ -z $output ]]
	# the same words as csg-sign -n
	run -5 --separate-stderr csg-sign -n -c "$W/ws/signer.yaml" "$req"
	[[ $output == *"  security 1/2: erin; missing: frank or grace"* ]]
}

@test "an emergency route is named, however little is asked to be said" {
	request rom app.bin
	csg-endorse -q -y -f --approve -k "$(key erin)" "$req" > /dev/null
	csg-endorse -q -y -f --approve -k "$(key heidi)" "$req" > /dev/null
	rm -f ./*.csgproof app.bin.p7s
	accepted sign "$req"
	for how in -q --openssl; do
		run -0 --separate-stderr csg-verify $how --accept-emergency -P rom app.bin
		[[ $stderr == *"warning: app.bin: signed by the emergency route emergency" ]]
	done
}

@test "--openssl: a tampered artifact among others fails the script; odd names" {
	rm -f ./*.csgproof app.bin.p7s
	mkdir odd
	cd odd
	cp ../app.bin ./-dash.bin
	cp ../app.bin $'a\nb.bin'
	req=$(csg-request -q -P boot -m x -k "$(key dave)" -- ./-dash.bin $'a\nb.bin')
	csg-endorse -q -y --approve -k "$(key alice)" "$req" > /dev/null
	sign "$req" > paths
	[[ $(wc -l < paths) == 3 ]]
	grep -q 'a\\x0ab.bin.sig' paths
	csg-verify --openssl -P boot ./-dash.bin $'a\nb.bin' > commands
	run -0 bash commands
	csg-verify --openssl -P boot -- -dash.bin $'a\nb.bin' > commands
	run -0 bash commands
	echo more >> ./-dash.bin
	run bash commands
	[[ $status != 0 ]]
}
