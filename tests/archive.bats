#!/usr/bin/env bats
# csg-verify -r: what a tree of released files holds, and what it lacks; and
# --if-revoked: what of it would not be there without somebody.

load helpers

# Three profiles more: signing under one needs an operator's act, the key of
# the next is too large for SHA-256, and that of the last signs the same the
# same way every time.
more_draft() {
	local name alg
	draft "$1"
	for name in operated:p256 large:p384 again:rsa3072; do
		alg=${name#*:} name=${name%:*}
		csg-token newkey -q -c "$W/ws/signer.yaml" --name $name -a $alg --subject /CN=$name -o "$W/keys/$name.crt" > /dev/null
		csg-policy key add "$1" "$W/keys/$name.crt"
	done
	cat >> "$1" <<-'END'
	  large: {key: large, format: raw, requesters: [developers], quorum: [{group: qa, need: 1}]}
	  again: {key: again, format: raw, requesters: [developers], quorum: [{group: qa, need: 1}]}
	  operated: {key: operated, format: cms, requesters: [developers], operators: [admins], quorum: [{group: qa, need: 1}]}
	END
}

odd=$'odd \e[31m name\nvalid  9.9'

# released DIR PROFILE WHO... -- FILE...: signed below $W/tree/DIR
released() {
	local dir=$1 profile=$2 who=()
	shift 2
	while [[ $1 != -- ]]; do
		who+=("$1")
		shift
	done
	shift
	cd "$W/tree/$dir" || return
	req=$(csg-request -q -P "$profile" -C . -m "$dir" -k "$(key dave)" "$@")
	approve "${who[@]}"
	case $profile in
	operated) sign -q -C . -k "$(key heidi)" "$req" ;;
	*) sign -q -C . "$req" ;;
	esac > /dev/null
	rm ./*.csgreq ./*.csgend
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded more_draft > /dev/null
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME" "$W"/tree/{1.0,1.1/img,2.0,3.0}
	echo 'read me' > "$W/tree/README"
	echo one > "$W/tree/1.0/app.bin"
	released 1.0 firmware alice erin frank -- app.bin
	echo two > "$W/tree/1.1/app.bin"
	echo odd > "$W/tree/1.1/img/$odd"
	released 1.1 firmware alice bob erin frank grace -- app.bin "img/$odd"
	echo boot > "$W/tree/2.0/boot.bin"
	released 2.0 boot bob -- boot.bin
	echo three > "$W/tree/3.0/app.bin"
	released 3.0 operated alice -- app.bin
}
setup() {
	at_work
	cp -R "$W/tree" .
	rm app.bin
}
archive() { csg-verify -r tree "$@"; }

# table STATUS PATH ...: these lines and no others, in this order
table() {
	local want=()
	while [[ $# -gt 0 ]]; do
		want+=("$1 $2")
		shift 2
	done
	diff <(printf '%s\n' "${want[@]}") <(sed -E 's/^([^ ]+) +([^ ]+).*/\1 \2/' <<< "$output")
}

# whole STATUS...: the five lines of the tree as it was released, with these
whole() { table "$1" 1.0/app.bin "$2" 1.1/app.bin "$3" '1.1/img/odd' "$4" 2.0/boot.bin "$5" 3.0/app.bin; }

# unlike CODE REASON TEXT STATUS...: not all is well, and stderr ends with why
unlike() {
	local code=$1 reason=$2 text=$3
	shift 3
	run "-$code" --separate-stderr archive
	whole "$@"
	[[ $stderr == *": $reason: "*"$text"* && ${stderr_lines[-1]} == *": $reason: "* ]]
	[[ $output == *"$reason "*"$text"* ]]
}

sound() {
	accepted archive
	whole valid valid valid valid valid
}

@test "a table of all that is signed, in a stable order, with who approved it" {
	sound
	[[ ${#lines[@]} == 5 ]]
	[[ ${lines[0]} == 'valid  1.0/app.bin '*' acme/firmware  firmware  20'*'Z  alice (qa), erin (security), frank (security)' ]]
	[[ ${lines[2]} == 'valid  1.1/img/odd \x1b[31m name\x0avalid  9.9  acme/firmware'* ]]
	[[ ${lines[4]} == *'acme/operated'* ]]
	[[ $stderr == 'csg-verify: 5 valid, 0 not; unsigned: 1; unused proofs: 0; links and devices skipped: 0' ]]
	# the columns stand below each other
	[[ $(grep -bo 'acme/' <<< "${lines[0]}" | cut -d: -f1) == $(grep -bo 'acme/' <<< "${lines[3]}" | cut -d: -f1) ]]
	accepted archive -v
	[[ $stderr == *"unsigned: README"* ]]
	accepted archive -q
	[[ -z $output && -z $stderr ]]
}

@test "any number of threads prints the same" {
	printf X >> tree/1.0/app.bin
	rm tree/2.0/*.csgproof
	cp -R tree/1.1 tree/1.1-copy
	run -1 archive --jobs 1
	one=$output
	for n in 2 2 3 16 16; do
		run -1 archive --jobs $n
		[[ $output == "$one" ]]
	done
	run -1 --separate-stderr archive -j --jobs 1
	one=$output
	run -1 --separate-stderr archive -j --jobs 16
	[[ $output == "$one" ]]
}

@test "a tampered artifact: DIGEST" {
	sound
	printf X >> tree/1.0/app.bin
	unlike 1 DIGEST 'not what was endorsed' DIGEST valid valid valid valid
	echo x > tree/1.0/app.bin.p7s # and nothing left to know it by but its place
	unlike 1 DIGEST 'not what was endorsed' DIGEST valid valid valid valid
}

@test "a signature that is gone, or another's: IO, DIGEST" {
	sound
	mv tree/1.0/app.bin.p7s kept
	unlike 4 IO 'its signature 1.0/app.bin.p7s is missing, although proof 1.0/' IO valid valid valid valid
	mkdir other # and an own signature elsewhere does not help it
	cp "$W/tree/1.0/app.bin"* other
	mv other tree
	run -4 --separate-stderr archive
	table IO 1.0/app.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin valid other/app.bin
	rm -r tree/other
	cp tree/1.1/app.bin.p7s tree/1.0/
	unlike 1 DIGEST 'not what was endorsed' DIGEST valid valid valid valid
	mv kept tree/1.0/app.bin.p7s
	sound
}

@test "a proof that is gone: UNENDORSED, and who signed" {
	sound
	mv tree/1.0/*.csgproof .
	unlike 1 UNENDORSED 'signed by key firmware, but not endorsed: no proof covers it' UNENDORSED valid valid valid valid
	unset CSG_POLICY # the proofs of the others know the key, too
	unlike 1 UNENDORSED 'signed by key firmware, but not endorsed: no proof covers it' UNENDORSED valid valid valid valid
	mkdir tree/proofs # anywhere in the tree will do
	mv ./*.csgproof tree/proofs
	sound
}

@test "an artifact that is gone: IO, with and without its signature" {
	sound
	mv tree/1.0/app.bin kept
	unlike 4 IO 'missing: only its signature 1.0/app.bin.p7s is here' IO valid valid valid valid
	mv tree/1.0/app.bin.p7s .
	unlike 4 IO 'missing, and so is 1.0/app.bin.p7s: proof 1.0/' IO valid valid valid valid
	cp tree/1.0/*.csgproof tree/1.0/twice.csgproof # who is missed twice is missed once
	unlike 4 IO 'missing, and so is 1.0/app.bin.p7s: proof 1.0/' IO valid valid valid valid
	rm tree/1.0/twice.csgproof
	mv kept tree/1.0/app.bin
	mv app.bin.p7s tree/1.0
	sound
	rm "tree/1.1/img/$odd" "tree/1.1/img/$odd.p7s"
	unlike 4 IO 'proof 1.1/' valid valid IO valid valid
}

@test "a proof that does not hold is its artifact's, or a line of its own" {
	sound
	proof=$(ls tree/1.0/*.csgproof)
	cp "$proof" kept
	# the last block is the receipt
	awk '/BEGIN CMS/ { n++ } { print > ("block." n) }' kept
	n=$(ls block.* | wc -l)
	for ((k = 1; k < n; k++)); do cat "block.$k"; done > "$proof"
	unlike 4 LOG 'proof 1.0/' LOG valid valid valid valid
	cp kept "$proof"
	mkdir tree/proofs
	cp block.1 tree/proofs/cut.csgproof
	run -3 --separate-stderr archive
	table valid 1.0/app.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin PARSE proofs/cut.csgproof
	[[ $stderr == *": PARSE: proofs/cut.csgproof: "* ]]
	cp kept tree/proofs/cut.csgproof
	accepted archive -v
	[[ $stderr == *"unused proof: proofs/cut.csgproof"* ]]
	whole valid valid valid valid valid
}

@test "a broken proof hides no change, and helps no artifact" {
	proof=$(ls tree/1.0/*.csgproof)
	n=$(grep -c 'BEGIN CMS' "$proof")
	awk -v n="$n" '/BEGIN CMS/ { k++ } k < n' "$proof" > tree/broken.csgproof # no receipt
	printf X >> tree/1.0/app.bin
	run -4 --separate-stderr archive
	table DIGEST 1.0/app.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin LOG broken.csgproof
	mv "$proof" .
	unlike 4 LOG 'proof broken.csgproof' LOG valid valid valid valid
	cp "$W/tree/1.0/app.bin" tree/1.0
	unlike 4 LOG 'proof broken.csgproof' LOG valid valid valid valid
	mv ./*.csgproof tree/1.0
	rm tree/broken.csgproof
	sound
}

@test "a second signature beside an artifact is looked at, too" {
	sound
	cp tree/2.0/boot.bin.sig tree/1.0/app.bin.sig
	run -1 --separate-stderr archive
	table valid 1.0/app.bin DIGEST 1.0/app.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin
	printf 'not a signature' > tree/1.0/app.bin.sig
	run -1 --separate-stderr archive
	table valid 1.0/app.bin UNENDORSED 1.0/app.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin
	rm tree/1.0/app.bin.sig
	printf 'not a signature' > tree/1.0/other.bin.p7s
	run -4 --separate-stderr archive
	table valid 1.0/app.bin IO 1.0/other.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin
}

@test "a thief's signature in an archive is nobody's" {
	cd tree/1.0
	rm app.bin.p7s ./*.csgproof
	request firmware app.bin
	approve alice erin
	thief app.bin "$(vote_of alice)" "$(vote_of erin)"
	rm ./*.csgreq ./*.csgend
	cd ../..
	unlike 1 UNENDORSED 'the quorum was not met: security 1/2' UNENDORSED valid valid valid valid
}

@test "moved and renamed files are still what was endorsed" {
	mv tree/1.0 tree/0.9
	mv tree/0.9/app.bin tree/0.9/new.bin
	mv tree/0.9/app.bin.p7s tree/0.9/new.bin.p7s
	accepted archive
	table valid 0.9/new.bin valid 1.1/app.bin valid 1.1/img/odd valid 2.0/boot.bin valid 3.0/app.bin
}

@test "a bare signature does not tell its digest: with and without a policy" {
	mkdir tree/4.0
	echo four > tree/4.0/large.bin
	(
		cd tree/4.0
		request large large.bin
		approve bob
		sign "$req"
	) > /dev/null
	accepted archive
	[[ ${lines[5]} == 'valid  4.0/large.bin '* ]]
	unset CSG_POLICY
	accepted archive
	[[ ${lines[5]} == 'valid  4.0/large.bin '* ]]
	printf X >> tree/4.0/large.bin
	run -1 --separate-stderr archive
	[[ ${lines[5]} == 'DIGEST  4.0/large.bin '* ]]
}

@test "of two proofs of one signature the one that holds counts" {
	mkdir tree/4.0
	echo four > tree/4.0/again.bin
	(
		cd tree/4.0
		for who in alice bob; do
			request again again.bin
			approve $who
			sign -f "$req"
			rm ./*.csgreq
		done
	) > /dev/null
	accepted archive
	[[ ${lines[5]} == 'valid  4.0/again.bin '* && ${#lines[@]} == 6 ]]
	for who in alice bob; do
		run -1 --separate-stderr archive --if-revoked $who
		[[ ${lines[5]} =~ ^valid\ +4.0/again.bin\  && ${lines[5]} != *"$who"* ]]
		accepted csg-verify -P again --if-revoked $who tree/4.0/again.bin
	done
	refused 1 REVOKED csg-verify -P again --if-revoked alice --if-revoked bob tree/4.0/again.bin
	run -1 --separate-stderr archive --if-revoked alice --if-revoked bob
	[[ ${lines[5]} == 'REVOKED  4.0/again.bin '* ]]
}

@test "links are not followed, but DIR may be one" {
	sound
	ln -s 1.0 tree/latest
	ln -s .. tree/1.0/up
	ln -s README tree/link
	sound
	[[ $stderr == *"skipped: 3"* ]]
	ln -s tree link
	accepted csg-verify --any-profile -r link
	whole valid valid valid valid valid
	mv tree/1.0/app.bin .
	ln -s "$PWD/app.bin" tree/1.0/app.bin
	unlike 3 TYPE 'a symbolic link' TYPE valid valid valid valid
}

@test "the worst decides: 4, 3, 1, 0" {
	printf X >> tree/1.0/app.bin
	run -1 archive
	printf 'x' > tree/x.csgproof
	run -3 --separate-stderr archive
	[[ ${stderr_lines[-1]} == *"malformed: TYPE: x.csgproof: no csg message"* ]]
	rm tree/2.0/boot.bin
	run -4 --separate-stderr archive
	[[ ${stderr_lines[-1]} == *"trouble: IO: 2.0/boot.bin: missing"* ]]
	[[ ${#stderr_lines[@]} == 2 ]]
	# quiet: no table, so each is told of
	run -4 --separate-stderr archive -q
	[[ -z $output && ${#stderr_lines[@]} == 3 && ${stderr_lines[-1]} == *IO* ]]
}

@test "the expected profile and route" {
	run -1 --separate-stderr csg-verify -P firmware -r tree
	whole valid valid valid PROFILE PROFILE
	mkdir one
	cp -R tree/2.0 one
	accepted csg-verify -P boot -r one
	(
		cd one
		echo rom > rom.bin
		request rom rom.bin
		approve erin heidi
		sign "$req"
	) > /dev/null
	refused_line PROFILE 'emergency route' csg-verify --any-profile -r one
	accepted csg-verify --any-profile --accept-emergency -r one
	[[ $output == *", EMERGENCY route"* ]]
	# always told, and of nothing else
	accepted csg-verify -q --any-profile --accept-emergency -r one
	[[ -z $output && $stderr == "csg-verify: warning: rom.bin: signed by the emergency route emergency" ]]
	rm one/rom.bin*
	rm one/*.csgproof
	accepted csg-verify -q --any-profile --accept-emergency -r one
	[[ -z $output && -z $stderr ]]
}
refused_line() {
	run -1 --separate-stderr "${@:3}"
	[[ $output == *"$1 "*"$2"* && $stderr == *": $1: "* ]]
}

@test "nothing to check, or no directory, is no success" {
	mkdir empty
	refused 4 IO csg-verify --any-profile -r empty
	echo x > empty/README
	refused 4 IO csg-verify --any-profile -r empty
	refused 4 IO csg-verify --any-profile -r gone
	refused 4 IO csg-verify --any-profile -r tree/README
}

@test "a directory that can't be read is a line" {
	sound
	part=$(printf 'd%.0s' {1..250})
	(
		cd tree
		for ((n = 0; n < 18; n++)); do
			mkdir "$part"
			cd "./$part"
		done
	)
	run -4 --separate-stderr archive
	[[ $output == *"IO "*"/$part"*"this directory can't be read"* ]]
	[[ $(grep -c '^valid' <<< "$output") == 5 ]]
}

@test "usage" {
	run -2 csg-verify --any-profile -r tree tree/1.0/app.bin
	run -2 csg-verify tree/1.0/app.bin
	run -2 csg-verify -r tree -P boot --any-profile
	run -2 csg-verify --any-profile -r tree -r tree
	run -2 csg-verify --any-profile -r tree -e tree
	run -2 csg-verify --any-profile -r tree -s tree/1.0/app.bin.p7s
	run -2 csg-verify --any-profile -r tree --openssl
	run -2 csg-verify --any-profile -r tree --jobs 0
	run -2 csg-verify --any-profile -r tree --jobs 1x
	run -2 csg-verify --any-profile --jobs 1 tree/1.0/app.bin
	accepted csg-verify --any-profile -r tree --jobs 1
	local table=$output
	accepted csg-verify -r tree --jobs 1
	[[ $output == "$table" ]]
	# one that is expected in the environment is expected
	run -1 env CSG_PROFILE=boot csg-verify -r tree
	[[ $output == *PROFILE* ]]
}

@test "-j: the same lines as JSON" {
	printf X >> tree/1.0/app.bin
	run -1 --separate-stderr archive -j
	[[ $(grep -c '"artifact":' <<< "$output") == 5 ]]
	[[ $(sed -n 's/^    "valid": \(.*\),/\1/p' <<< "$output" | tr '\n' ' ') == 'false true true true true ' ]]
	[[ $output == *'"reason": "DIGEST"'*'"signature": "1.1/app.bin.p7s"'*'"filled_by": ['* ]]
	[[ $output == *'"proof": "1.1/'* ]]
	if command -v python3 > /dev/null; then
		python3 -c 'import json,sys; a = json.load(sys.stdin); assert [x["artifact"][:3] for x in a] == ["1.0", "1.1", "1.1", "2.0", "3.0"]; assert a[1]["requester"] == "dave"' <<< "$output"
	fi
	cd tree/1.1
	one=$(csg-verify -j --any-profile app.bin | sed 's/, *$//' | grep -v '"artifact"\|"signature"\|"proof"')
	while IFS= read -r line; do
		[[ $output == *"$line"* ]]
	done <<< "$one"
}

# second DIR WHY: the workstation DIR puts a version 2 in force, here
second() {
	csg-policy new -o acme-2.yaml > /dev/null
	echo "# $2" >> acme-2.yaml
	req=$(csg-request -q -P policy -m "$2" -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	csg-sign -q -c "$T/$1/signer.yaml" "$req" > /dev/null
}
# workstation_copy DIR: one that knows nothing of what others do
workstation_copy() {
	cp -R "$W/ws" "$T/$1"
	sed -i "s|$W/ws|$T/$1|" "$T/$1/signer.yaml" "$T/$1/softhsm2.conf"
}

@test "policies: the draft and the chain, or the chain alone" {
	workstation_copy ws
	mkdir tree/policy
	cd tree/policy
	second ws second
	# and under the second version something that alice has no part in
	CSG_POLICY=$PWD/acme-2.csgpolicy
	echo four > app.bin
	request boot app.bin
	approve bob
	csg-sign -q -c "$T/ws/signer.yaml" "$req" > /dev/null
	cd ../..
	accepted archive
	[[ $output == *$'\n''valid  policy/acme-2.yaml '*'acme/policy '* ]]
	accepted csg-verify -P policy tree/policy/acme-2.yaml
	# its chain may have another name, and its proof lie elsewhere
	cp tree/policy/acme-2.csgpolicy chain
	accepted csg-verify -P policy -s chain -e tree/policy tree/policy/acme-2.yaml
	printf '#' >> tree/policy/acme-2.yaml
	run -1 --separate-stderr archive
	[[ $output == *$'\n''DIGEST  policy/acme-2.yaml '* ]]
	refused 1 DIGEST csg-verify -P policy tree/policy/acme-2.yaml
	rm tree/policy/acme-2.yaml
	accepted archive
	[[ $output == *$'\n''valid  policy/acme-2.csgpolicy '*'acme/policy '* ]]
	# without alice there would be no second version; the first is pinned
	rm -r tree/1.* tree/3.0
	run -1 --separate-stderr archive --if-revoked alice
	table valid 2.0/boot.bin REVOKED policy/acme-2.csgpolicy REVOKED policy/app.bin
	[[ $output == *'policy/app.bin'*'policy version 2 would not be valid without alice: QUORUM: admins 1/2'* ]]
	accepted archive --if-revoked frank
	# and gone are both
	mv tree/policy/acme-2.csgpolicy .
	CSG_POLICY=$PWD/acme-2.csgpolicy
	run -4 --separate-stderr archive
	table valid 2.0/boot.bin IO policy/acme-2.yaml valid policy/app.bin
}

@test "two policies of one version, and their two ledgers" {
	for ws in one two; do
		workstation_copy $ws
		mkdir tree/$ws
		cd tree/$ws
		second $ws $ws
		CSG_POLICY=$PWD/acme-2.csgpolicy
		echo $ws > app.bin
		request boot app.bin
		approve bob
		csg-sign -q -c "$T/$ws/signer.yaml" "$req" > /dev/null
		CSG_POLICY=$W/acme-1.csgpolicy
		cd ../..
		rm -r "$HOME/.local"
	done
	run -4 --separate-stderr archive
	[[ $(grep -c ^valid <<< "$output") == 9 ]]
	[[ $stderr == *": refused: POLICYSIG: two different policies with version 2"* ]]
	[[ ${stderr_lines[-1]} == *": trouble: LOG: "*": there are two ledgers with "* ]]
	rm -r "$HOME/.local"
	mv tree/two fork
	accepted archive
	# one of the two is what -p says
	rm -r "$HOME/.local"
	mkdir both
	proof=$(csg-verify -j -P boot tree/one/app.bin | sed -n 's/.*"proof": "\(.*\)",/\1/p')
	cp tree/one/app.bin* "$proof" both
	accepted csg-verify -P boot -p tree/one/acme-2.csgpolicy both/app.bin
	for what in 'both/app.bin' '-r both'; do
		rm -rf "$HOME/.local"
		refused_as POLICYSIG csg-verify --any-profile -p fork/acme-2.csgpolicy $what
		[[ $stderr == *"two different policies with version 2"* ]]
	done
}
refused_as() {
	run -1 --separate-stderr "${@:2}"
	[[ ${stderr_lines[-1]} == *": refused: $1: "* ]]
}

@test "two ledgers under one policy" {
	workstation_copy one
	echo four > boot.bin
	request boot boot.bin
	approve bob
	csg-sign -q -c one/signer.yaml "$req" > /dev/null
	mkdir tree/4.0 tree/5.0
	mv boot.bin* ./*.csgproof tree/4.0
	accepted archive
	rm -r one "$HOME/.local"
	workstation_copy one # as it was before: it forgets what it signed
	echo five > boot.bin
	request boot boot.bin
	HOME=$T/nowhere approve bob
	csg-sign -q -c one/signer.yaml "$req" > /dev/null
	mv boot.bin* ./*.csgproof tree/5.0
	run -4 --separate-stderr archive
	[[ $(grep -c ^valid <<< "$output") == 7 ]]
	[[ ${stderr_lines[-1]} == *": trouble: LOG: 4.0/"*" and 5.0/"*": there are two ledgers with "* ]]
	rm -r tree/4.0 "$HOME/.local"
	accepted archive
}

# signed_by DIR WS: what bob approves, who has a home of his own, lies in DIR
signed_by() {
	mkdir "$1"
	(
		cd "$1"
		export HOME=$T/bob
		echo "$1" > boot.bin
		request boot boot.bin
		approve bob
		csg-sign -q -c "$T/$2/signer.yaml" "$req"
	) > /dev/null
}
# of_both DIR...: the tree with these in it
of_both() {
	rm -rf tree "$HOME/.local"
	cp -R "$W/tree" .
	cp -R "$@" tree
}

@test "two ledgers that only a consistency proof tells apart" {
	workstation_copy one
	workstation_copy two
	signed_by 4.0 one
	signed_by 5.0 two
	cp -R two three
	sed -i "s|$T/two|$T/three|" three/signer.yaml three/softhsm2.conf
	signed_by 6.0 three # by bob, who has not seen 5.0
	HOME=$T/bob csg-verify -q -P boot 5.0/boot.bin
	signed_by 7.0 two # and has
	of_both 4.0 6.0
	accepted archive
	of_both 5.0 7.0
	accepted archive
	of_both 4.0 7.0
	run -4 --separate-stderr archive
	[[ $(grep -c ^valid <<< "$output") == 7 ]]
	[[ ${stderr_lines[-1]} == *": trouble: LOG: 4.0/"*" and 7.0/"*": there are two ledgers: the first "*" entries of one are not those of the other" ]]
}

@test "what is newest in an archive is remembered" {
	workstation_copy ws
	mkdir tree/policy
	cd tree/policy
	second ws second
	cd ../..
	rm -rf "$HOME/.local"
	accepted csg-verify -P firmware -p "$W/acme-1.csgpolicy" tree/1.0/app.bin
	unset CSG_POLICY
	mv tree/policy .
	accepted archive
	accepted csg-verify -P firmware -p "$W/acme-1.csgpolicy" tree/1.0/app.bin
	mv policy tree
	echo four > tree/policy/app.bin
	(
		cd tree/policy
		export CSG_POLICY=$PWD/acme-2.csgpolicy HOME=$T/nowhere
		request boot app.bin
		approve bob
		csg-sign -q -c "$T/ws/signer.yaml" "$req"
	) > /dev/null
	accepted archive
	refused 1 ROLLBACK csg-verify -P firmware -p "$W/acme-1.csgpolicy" tree/1.0/app.bin
}

@test "--if-revoked: what falls without a vote, and what does not" {
	accepted archive --if-revoked grace
	whole valid valid valid valid valid
	run -1 --separate-stderr archive --if-revoked frank
	whole REVOKED valid valid valid valid
	[[ ${lines[0]} == *'would not be valid without frank: QUORUM: security 1/2: grace' ]]
	[[ ${lines[1]} == *'erin (security), grace (security)' ]]
	[[ ${stderr_lines[-1]} == *"refused: REVOKED: 1.0/app.bin: would not be valid without frank"* ]]
	run -1 --separate-stderr archive --if-revoked bob
	whole valid valid valid REVOKED valid
	run -1 --separate-stderr archive --if-revoked frank --if-revoked grace
	whole REVOKED REVOKED REVOKED valid valid
	[[ ${lines[1]} == *'would not be valid without frank and grace: QUORUM: security 1/2'* ]]
}

@test "--if-revoked: the requester, and the operator" {
	run -1 --separate-stderr archive --if-revoked dave
	whole REVOKED REVOKED REVOKED REVOKED REVOKED
	[[ ${lines[0]} == *"would not be valid without dave: dave requested it" ]]
	accepted archive --if-revoked carol
	run -1 --separate-stderr archive --if-revoked heidi
	whole valid valid valid valid REVOKED
	[[ ${lines[4]} == *"would not be valid without heidi: heidi was the operator" ]]
}

@test "--if-revoked: a person, and one that somebody knows" {
	refused 1 GROUP archive -q --if-revoked mallory
	refused 1 GROUP archive -q --if-revoked firmware
	run -1 --separate-stderr archive --if-revoked carol --if-revoked mallory
	whole valid valid valid valid valid
	accepted archive -q --if-revoked carol
}

@test "--if-revoked: of artifacts, too" {
	cd tree/1.1
	accepted csg-verify -P firmware --if-revoked frank app.bin
	[[ ${lines[1]} == *'approved by alice (qa), erin (security), grace (security)' ]]
	run -0 csg-verify -v -P firmware --if-revoked frank app.bin
	[[ $output == *"REVOKED: recounted without frank"* ]]
	cd ../1.0
	refused 1 REVOKED csg-verify -P firmware --if-revoked frank app.bin
	accepted csg-verify -P firmware --if-revoked grace app.bin
	refused 1 GROUP csg-verify -q -P firmware --if-revoked mallory app.bin
}

# terminal COMMAND: what it writes to a terminal, with every control
terminal() {
	local s=csg$BATS_TEST_NUMBER$$
	rm -f status raw
	tmux -L "$s" new-session -d -x 120 -y 50 "sleep 1; $1; echo \$? > status; sleep 100"
	tmux -L "$s" pipe-pane 'cat > raw'
	for ((n = 0; n < 200; n++)); do
		[[ ! -s status ]] || break
		sleep 0.1
	done
	sleep 0.5
	tmux -L "$s" kill-server
	[[ $(cat status) == 0 ]]
}

@test "progress: on a terminal, and nowhere else" {
	export CSG_POLICY CSG_TRUST HOME
	cmd="CSG_POLICY=$CSG_POLICY CSG_TRUST=$CSG_TRUST HOME=$HOME $(command -v csg-verify) --any-profile -r tree"
	terminal "$cmd"
	grep -q $'\r1/9' raw
	grep -q 'valid  1.0/app.bin' raw
	# it is gone before the table comes
	[[ $(tr '\r' '\n' < raw | grep -n '^1/9' | cut -d: -f1 | head -n 1) -lt $(tr '\r' '\n' < raw | grep -n 'valid  1.0' | cut -d: -f1) ]]
	! tr '\r' '\n' < raw | grep -q '/9.*valid' || return 1
	terminal "$cmd -q"
	! grep -q '/9' raw || return 1
	terminal "$cmd 2> errors"
	! grep -q '/9' raw errors || return 1
	accepted archive
	[[ $stderr != *$'\r'* && $output != *$'\r'* ]]
}
