#!/usr/bin/env bats
# Files that are not what they should be: no regular files, too large ones,
# ones that change under the reader's eyes, ones that lost a byte.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
	cd "$W" || return
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME" release
	cd release || return
	printf 'release\r\nof two lines\n' > app.bin
	request firmware app.bin
	approve alice erin frank
	sign "$req" > /dev/null
}
setup() { at_work; }
teardown() { tmux -S "$BATS_TEST_TMPDIR/socket" kill-server 2> /dev/null || :; }

# specials: what is no regular file, or far too large a one
specials() {
	mkfifo fifo
	mkdir directory
	tmux -S "$T/socket" new-session -d 'sleep 60'
	[[ -S socket ]]
	ln -s "$req" link
	truncate -s 8G sparse
	special=(fifo socket link sparse /dev/zero /dev/null /dev/tty)
}

# promptly CODE REASON COMMAND...
promptly() { refused "$1" "$2" timeout 10 "${@:3}"; }

@test "attack 40: a message that is no regular file, or of 8 GiB, is refused promptly by csg-request and csg-endorse" {
	local f
	request boot app.bin
	specials
	for f in "${special[@]}" directory; do
		promptly 3 TYPE csg-request --from "$f" -k "$(key dave)"
		promptly 3 TYPE csg-endorse -y --approve -k "$(key alice)" "$f" app.bin
		promptly 3 TYPE csg-request -p "$f" -P boot -m x -k "$(key dave)" app.bin
		promptly 3 TYPE csg-endorse -t "$f" -y --approve -k "$(key alice)" "$req" app.bin
	done
	[[ -z $(ls ./*.csgend 2> /dev/null) ]]
	accepted timeout 10 csg-request --from "$req" -k "$(key dave)" app.bin
	accepted timeout 10 csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
}

@test "attack 40: so it is by csg-sign, where it stops nothing beside a request" {
	local f
	request boot app.bin
	approve alice
	specials
	for f in "${special[@]}"; do
		: > "$W/spy.log"
		promptly 3 TYPE csg-sign -c "$W/ws/signer.yaml" "$f"
		promptly 3 TYPE csg-sign --strict -c "$W/ws/signer.yaml" "$req" "$f"
		no_session
	done
	accepted timeout 10 csg-sign -c "$W/ws/signer.yaml" "$req" "${special[@]}"
	for f in fifo socket sparse /dev/zero; do
		[[ $stderr == *"not counted: $f: TYPE"* ]]
	done
}

@test "attack 40: so it is by csg-verify: as signature, proof, policy, anchor or artifact" {
	local f
	cp "$W"/release/* .
	req=app.bin
	specials
	for f in "${special[@]}" directory; do
		promptly 3 TYPE csg-verify -P firmware -s "$f" app.bin
		promptly 3 TYPE csg-verify -P firmware -p "$f" app.bin
		promptly 3 TYPE csg-verify -P firmware -t "$f" app.bin
		[[ $f == directory ]] || promptly 3 TYPE csg-verify -P firmware -e "$f" app.bin
		[[ $f == sparse ]] || promptly 3 TYPE csg-verify -P firmware -s app.bin.p7s "$f"
	done
	accepted timeout 10 csg-verify -P firmware app.bin
}

# meddled HOW FILE COMMAND...: the file changes once, behind its first read
meddled() {
	local how=$1 file=$2
	shift 2
	touch -d '2026-01-01 12:00' "$file"
	env LD_PRELOAD="$(cd "$CSG_UNIT" && pwd)/meddle.so" MEDDLE="$how:$T/$file" "$@"
}

@test "attack 41: an artifact that changes while it is hashed is refused by each tool" {
	local how
	cp app.bin good
	for how in append cut write; do
		cp good app.bin
		refused 1 DIGEST meddled $how app.bin csg-request -P boot -m x -k "$(key dave)" app.bin
		[[ $stderr == *"app.bin: changed while it was being read" ]]
		run -1 cmp -s good app.bin
		cp good app.bin
		[[ -z $(ls ./*.csgreq 2> /dev/null) ]]
	done
	request boot app.bin
	for how in append cut write; do
		cp good app.bin
		refused 1 DIGEST meddled $how app.bin csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
		[[ $stderr == *"changed while it was being read" && ! -e $(vote_of alice) ]]
	done
	cp good app.bin
	approve alice
	for how in append cut write; do
		cp good app.bin
		: > "$W/spy.log"
		refused 1 DIGEST meddled $how app.bin csg-sign -c "$W/ws/signer.yaml" "$req"
		[[ $stderr == *"changed while it was being read" && ! -e app.bin.sig ]]
		no_session
	done
	cp good app.bin
	accepted sign "$req"
	for how in append cut write; do
		cp good app.bin
		refused 1 DIGEST meddled $how app.bin csg-verify -P boot app.bin
		[[ $stderr == *"changed while it was being read" ]]
	done
	cp good app.bin
	# the same commands, the same library, another file that changes
	echo other > other
	accepted meddled append other csg-request -o second.csgreq -P boot -m x -k "$(key dave)" app.bin
	accepted meddled append other csg-endorse -f -y --approve -k "$(key alice)" "$req" app.bin
	accepted meddled append other csg-sign -c "$W/ws/signer.yaml" "$req"
	accepted meddled append other csg-verify -P boot app.bin
}

@test "attack 41: a file that takes an artifact's place while that is hashed is not taken for it" {
	cp app.bin good
	printf 'evil image\n' > app.bin.new
	req=$(meddled rename app.bin csg-request -q -P boot -m x -k "$(key dave)" app.bin)
	grep -q evil app.bin
	words "$req" | grep -q "sha256: $(sha256sum good | cut -d' ' -f1)"
	approve_refused() { refused 1 DIGEST csg-endorse -y --approve -k "$(key alice)" "$req" "$1"; }
	approve_refused app.bin
	cp good app.bin
	accepted csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	printf 'evil image\n' > app.bin.new
	accepted meddled rename app.bin csg-sign -c "$W/ws/signer.yaml" "$req"
	grep -q evil app.bin
	refused 1 DIGEST csg-verify -P boot app.bin
	cp good app.bin
	accepted csg-verify -P boot app.bin
}

# altered COMMAND...: each alteration of app.bin is refused, itself is accepted
altered() {
	local n=0 how
	cp app.bin good
	for how in 'sed 1s/e/E/' 'sed 1s/$/\x00/' 'head -c -1' 'sed s/\r$//' 'sed s/$/\r/' 'cat bom -' 'cat - nul' 'cat - newline' 'head -c 0' 'tail -c +2' 'cat - good'; do
		$how < good > app.bin
		run -1 cmp -s good app.bin
		refused 1 DIGEST "$@"
		n=$((n + 1))
	done
	[[ $n == 11 ]]
	cp good app.bin
	accepted "$@"
}

@test "attack 66: an artifact that lost, gained or changed a byte is another" {
	printf '\xef\xbb\xbf' > bom
	printf '\0' > nul
	echo > newline
	printf 'one\r\ntwo\r\n' > app.bin
	request boot app.bin
	altered csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	altered csg-sign -c "$W/ws/signer.yaml" "$req"
	altered csg-verify -P boot app.bin
	cp "$W"/release/* .
	altered csg-verify -P firmware app.bin
}
