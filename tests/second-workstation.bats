#!/usr/bin/env bats
# A copy of the workstation, with a state of its own, that has not heard of
# the newest policy: what it signs is refused where that is known, and it takes
# nothing that was made under it.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}

# first and second: two copies of the workstation.  The first will have version
# 2, in which alice is not in qa any more.
setup() {
	at_work
	for ws in first second; do
		cp -R "$W/ws" $ws
		sed -i "s|$W/ws|$T/$ws|" $ws/signer.yaml $ws/softhsm2.conf
	done
	csg-policy new -o acme-2.yaml > /dev/null
	sed -i 's/^  qa: .*/  qa: [bob]/' acme-2.yaml
	csg-request -q -o change.csgreq -P policy -m 'alice left' -k "$(key heidi)" acme-2.yaml > /dev/null
	for who in alice erin; do
		csg-endorse -q -y --approve -o change.$who.csgend -k "$(key $who)" change.csgreq acme-2.yaml > /dev/null
	done
}
at() { csg-sign -c "$1/signer.yaml" "${@:2}"; }

# knowing VERSION COMMAND...: as somebody whose newest policy that is
knowing() {
	local dir=$W
	[[ $1 == 1 ]] || dir=$T
	HOME=$T/knows-$1 CSG_POLICY=$dir/acme-$1.csgpolicy "${@:2}"
}
# asked VERSION ARTIFACT NAME: under it, with that vote; in ARTIFACT.csgreq
asked() {
	echo "$2" > "$2"
	knowing "$1" csg-request -q -o "$2.csgreq" -P boot -m x -k "$(key dave)" "$2" > /dev/null
	knowing "$1" csg-endorse -q -y --approve -o "$2.$3.csgend" -k "$(key "$3")" "$2.csgreq" "$2" > /dev/null
}

@test "what it signs under the old policy, when a newer one is in force, is ROLLBACK for who knows that" {
	mkdir early late
	asked 1 early.bin alice
	asked 1 late.bin alice
	accepted at second -o early early.bin.*csg*
	sleep 2
	accepted at first change.*
	sleep 2
	accepted at second -o late late.bin.*csg*
	early=(csg-verify -P boot -s early/early.bin.sig -e early early.bin)
	late=(csg-verify -P boot -s late/late.bin.sig -e late late.bin)
	# to who knows version 1 alone, both are good
	accepted knowing 1 "${early[@]}"
	accepted knowing 1 "${late[@]}"
	accepted knowing 2 "${early[@]}"
	refused 1 ROLLBACK knowing 2 "${late[@]}"
	[[ $stderr == *": made under policy version 1 at "*", when a newer one was in force" ]]
	# one who has seen version 2 can't take version 1 for the newest any more
	HOME=$T/knows-2 refused 1 ROLLBACK "${late[@]}"
	[[ $stderr == *"version 1"*"version 2"* || $stderr == *"version 2"*"version 1"* ]]
	HOME=$T/knows-1 accepted "${late[@]}"
	# both in one directory: each has its own proof's word
	mkdir both
	cp early.bin late.bin early/* late/* both
	accepted knowing 2 csg-verify -P boot both/early.bin
	refused 1 ROLLBACK knowing 2 csg-verify -P boot both/late.bin
	[[ $stderr == *": ROLLBACK: both/late.bin: proof both/"*": made under policy version 1 at "* ]]
	# and where its own is gone, it is nobody's
	own=$(basename late/*.csgproof)
	rm "both/$own"
	refused 1 UNENDORSED knowing 2 csg-verify -P boot both/late.bin
}

@test "it takes no request and no vote of the newer policy" {
	accepted at first change.*
	asked 2 new.bin bob
	refused 1 POLICY at second new.bin.*csg*
	[[ $stderr != *"version 1 is in force"*bob* && ! -e new.bin.sig ]]
	# a vote of the newer one, on a request of the old
	asked 1 old.bin bob
	words old.bin.bob.csgend | sed "s/^policy: .*/policy: sha256:$(sha256sum acme-2.yaml | cut -d' ' -f1)/" | forge bob endorsement > newer.csgend
	mv old.bin.bob.csgend older
	refused 5 QUORUM at second old.bin.*csg* newer.csgend
	[[ $stderr == *"not counted: newer.csgend: POLICY: "* ]]
	mv older old.bin.bob.csgend
	accepted at second old.bin.*csg* newer.csgend
	accepted at first new.bin.*csg*
	accepted knowing 2 csg-verify -P boot new.bin
}

@test "the same change at both makes them one again, but for their ledgers" {
	accepted at first change.*
	cp acme-2.csgpolicy kept.csgpolicy
	asked 2 new.bin bob
	refused 1 POLICY at second new.bin.*csg*
	accepted at second -f change.*
	accepted at second new.bin.*csg*
	# each signed a chain of its own
	run -1 cmp -s acme-2.csgpolicy kept.csgpolicy
	accepted csg-verify -P boot -p kept.csgpolicy new.bin
}
