#!/usr/bin/env bats
# Whose proof is this artifact's?  csg-verify FILE and csg-verify -r DIR answer
# alike, whatever lies there.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
	cd "$W" || return
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME" app other earlier raw
	released app firmware app.bin alice erin frank
	released other firmware other.bin alice erin grace
	released earlier firmware app.bin bob erin frank
	released raw boot app.bin alice
}
setup() {
	at_work
	rm app.bin
	mkdir here
	cp "$W"/app/* "$W"/other/* here
	cd here
}

# released DIR PROFILE FILE WHO...: signed there, with DIR.csgproof
released() {
	(
		cd "$W/$1" || return
		echo "$1" > "$3"
		request "$2" "$3"
		approve "${@:4}"
		sign "$req"
		mv "${req%.csgreq}.csgproof" "$1.csgproof"
		rm ./*.csgreq ./*.csgend
	) > /dev/null
}

# broken NAME: that proof without its receipt
broken() {
	local n
	n=$(grep -c 'BEGIN CMS' "$W/$1/$1.csgproof")
	awk -v n="$n" '/BEGIN CMS/ { k++ } k < n' "$W/$1/$1.csgproof" > "$1.csgproof"
}

# flip FILE: its last byte is another one
flip() {
	local size
	size=$(stat -c %s "$1")
	if [[ $(tail -c 1 "$1" | od -An -tx1) == ' 00' ]]; then
		printf X | dd of="$1" bs=1 seek=$((size - 1)) conv=notrunc status=none
	else
		printf '\0' | dd of="$1" bs=1 seek=$((size - 1)) conv=notrunc status=none
	fi
}

# of_app KEY: a member of app.bin's object in $output, paths as -r has them
of_app() { awk -v key="\"$1\":" '/"artifact":/ { ours = /"app.bin"/ } ours && index($0, key) { sub(/^ *"[a-z]*": "?/, ""); sub(/"?,?$/, ""); gsub(/\.\//, ""); print; exit }' <<< "$output"; }

# both REASON [TEXT]: that is said of app.bin, in either way
both() {
	local how text
	for how in app.bin '-r .'; do
		run --separate-stderr csg-verify -j --any-profile ${how}
		if [[ $1 == valid ]]; then
			[[ $(of_app valid) == true && $(of_app proof) == "${2:-app.csgproof}" ]]
		else
			[[ $(of_app valid) == false && $(of_app reason) == "$1" ]]
		fi || {
			echo "$how: $output"
			return 1
		}
		[[ $how != app.bin ]] || text=$(of_app text)
	done
	[[ -n ${3:-} || $(of_app text) == "$text" ]] || {
		echo "$text"
		echo "$output"
		return 1
	}
	[[ $1 == valid || $text == *"${2:-}"* ]]
}

@test "valid; the artifact or the signature is changed" {
	both valid
	printf X >> app.bin
	both DIGEST "not what was endorsed: its content differs from 'app.bin' of the request"
	flip app.bin.p7s # its place is left
	both DIGEST "not what was endorsed: its content differs from 'app.bin' of the request"
	cp "$W/app/app.bin" .
	both SIGNATURE
	cp "$W/app/app.bin.p7s" .
	both valid
}

@test "the signature is another artifact's" {
	cp other.bin.p7s app.bin.p7s
	both DIGEST "its content differs from 'other.bin' of the request"
	rm other.csgproof # its own is left
	both DIGEST
	cp "$W/app/app.bin.p7s" .
	both valid
}

@test "no proof: signed by a key of the policy, or by nobody" {
	rm app.csgproof
	both UNENDORSED 'signed by key firmware, but not endorsed: no proof covers it'
	rm ./*.csgproof
	both UNENDORSED 'signed by key firmware, but not endorsed: no proof covers it'
	cp "$W/other/other.csgproof" .
	(
		unset CSG_POLICY # the other proof knows the key
		both UNENDORSED 'signed by key firmware, but not endorsed: no proof covers it'
	)
	openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer "$W/keys/mallory.crt" -inkey "$(key mallory)" -in app.bin -out app.bin.p7s
	both UNENDORSED 'not endorsed: no proof covers it'
	cp "$W"/app/* .
	both valid
}

@test "the proof is broken" {
	broken app
	both LOG 'proof app.csgproof: '
	cp "$W/earlier/earlier.csgproof" . # of another file of that name
	both LOG 'proof app.csgproof: '
	printf X >> app.bin # which a proof that holds can tell
	both DIGEST "its content differs from 'app.bin' of the request"
	rm earlier.csgproof
	both LOG 'proof app.csgproof: '
	flip app.bin.p7s
	both LOG 'proof app.csgproof: '
	cp "$W"/app/* .
	both valid
}

@test "another's proof is broken" {
	broken other
	both valid
	rm app.csgproof
	cp "$W/raw/raw.csgproof" .
	both UNENDORSED 'signed by key firmware, but not endorsed: no proof covers it'
	# a file alone is told of it on stderr, a directory has a line more
	run -1 --separate-stderr csg-verify --any-profile app.bin
	[[ ${stderr_lines[0]} == 'csg-verify: proof ./other.csgproof is not valid: LOG: '* && ${#stderr_lines[@]} == 2 ]]
	run -4 --separate-stderr csg-verify -r .
	[[ $output == *'LOG '*' other.bin '*'proof other.csgproof: '* ]]
	run --separate-stderr csg-verify -q --any-profile app.bin
	[[ ${#stderr_lines[@]} == 1 ]]
}

@test "the only proof is the one that was meant, for a file alone" {
	broken other
	rm app.csgproof
	run -4 --separate-stderr csg-verify --any-profile app.bin
	[[ $stderr == *': LOG: app.bin: proof ./other.csgproof: '* ]]
	cp "$W/raw/raw.csgproof" .
	run -4 --separate-stderr csg-verify --any-profile -e other.csgproof app.bin
	[[ $stderr == *': LOG: app.bin: proof other.csgproof: '* ]]
	run -4 --separate-stderr csg-verify --any-profile -e gone.csgproof app.bin
	[[ $stderr == *': IO: app.bin: proof gone.csgproof: No such file or directory' ]]
	accepted csg-verify --any-profile -e "$W/app/app.csgproof" app.bin
}

@test "a broken copy of the proof, and one of a later run" {
	broken app
	mv app.csgproof 0.csgproof
	cp "$W/app/app.csgproof" .
	both valid
	cp "$W/earlier/earlier.csgproof" 1.csgproof
	both valid
	printf X >> app.bin
	both DIGEST
	cp "$W/earlier/app.bin" .
	both DIGEST "its content differs from 'app.bin' of the request"
	cp "$W/earlier/app.bin.p7s" .
	both valid 1.csgproof
}

@test "a bare signature: of this artifact, of none, and one of another format" {
	rm ./*
	cp "$W"/raw/* .
	both valid raw.csgproof
	printf X >> app.bin
	both DIGEST
	cp "$W/raw/app.bin" .
	flip app.bin.sig
	both SIGNATURE
	cp "$W/raw/app.bin.sig" .
	broken raw
	both LOG 'proof raw.csgproof: '
	flip app.bin.sig
	both LOG 'proof raw.csgproof: '
	# what was signed in CMS is not endorsed as a bare signature
	rm ./*
	cp "$W"/app/* .
	cp "$W/raw/app.bin.sig" .
	refused 1 UNENDORSED csg-verify --any-profile -s app.bin.sig app.bin
	[[ $stderr == *'app.bin: not endorsed: no proof covers it' ]]
	run -1 --separate-stderr csg-verify -r .
	[[ ${lines[0]} == 'valid '*' app.bin '* && ${lines[1]} == 'UNENDORSED '*' app.bin '*'not endorsed: no proof covers it' ]]
	[[ ${#lines[@]} == 2 ]]
}

@test "the signature is missing, or the artifact" {
	mv app.bin.p7s ..
	both IO '' differently
	mv ../app.bin.p7s .
	rm app.bin
	both IO '' differently
	cp "$W/app/app.bin" .
	both valid
}

@test "several files are answered like each of them" {
	printf X >> other.bin
	for dir in a b; do
		mkdir $dir
		cp "$W"/raw/* $dir
	done
	rm b/raw.csgproof
	broken earlier
	cp "$W"/earlier/app.bin* .
	run -4 --separate-stderr csg-verify --any-profile app.bin a/app.bin other.bin b/app.bin
	[[ $output == *'valid: a/app.bin: '*'valid: b/app.bin: '* && $(grep -c ^valid: <<< "$output") == 2 ]]
	[[ ${#stderr_lines[@]} == 2 && ${stderr_lines[0]} == *': DIGEST: other.bin: '* && ${stderr_lines[1]} == *': LOG: app.bin: proof ./earlier.csgproof:'* ]]
	run -4 --separate-stderr csg-verify -r .
	[[ $(sed -E 's/^([^ ]+) +([^ ]+).*/\1 \2/' <<< "$output" | tr '\n' ' ') == 'valid a/app.bin LOG app.bin valid b/app.bin DIGEST other.bin ' ]]
}
