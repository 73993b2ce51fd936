#!/usr/bin/env bats
# What somebody with the workstation's PIN signs around csg-sign is recounted
# by csg-verify, word by word: those that workflow.bats does not have.

load helpers

# A profile a word.
words_draft() {
	local name
	draft "$1"
	for name in small looked short routed; do
		csg-token newkey -q -c "$W/ws/signer.yaml" --name "$name" -a p256 --subject "/CN=$name" -o "$W/keys/$name.crt" > /dev/null
		csg-policy key add "$1" "$W/keys/$name.crt"
	done
	cat >> "$1" <<-END
	  small: {key: small, format: raw, requesters: [developers], limit: {artifacts: 1, bytes: 20}, quorum: [{group: qa, need: 1}]}
	  looked: {key: looked, format: raw, requesters: [developers], inspect: required, quorum: [{group: qa, need: 1}]}
	  short: {key: short, format: raw, requesters: [developers], lifetime: {request: 1h, endorsement: 30m}, quorum: [{group: qa, need: 1}]}
	  routed:
	    key: routed
	    format: raw
	    requesters: [developers]
	    quorum: [{group: qa, need: 2}]
	    routes:
	      emergency: {emergency: true, quorum: [{group: security, need: 1}, {group: admins, need: 1}]}
	END
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded words_draft
}
setup() { at_work; }

# again NAME KIND FILE SED-SCRIPT: those words, changed and signed by NAME
again() { words "$3" | sed "$4" | forge "$1" "$2"; }
# on FILE: alice's vote, for that request
on() { again alice endorsement "$(vote_of alice)" "s/^request: .*/request: sha256:$(words "$1" | sha256sum | cut -d' ' -f1)/"; }

@test "limit: an artifact larger than the profile's" {
	head -c 20 /dev/zero > fits.bin
	head -c 21 /dev/zero > large.bin
	request small fits.bin
	csg-endorse -q -y --approve -k "$(key alice)" "$req" fits.bin > /dev/null
	stolen 4 LOG fits.bin "$(vote_of alice)" # nothing else is wrong
	refused 1 LIMIT csg-request -P small -m x -k "$(key dave)" large.bin
	again dave request "$req" "s/name: fits/name: large/; s/size: 20/size: 21/; s/sha256: [0-9a-f]*}/sha256: $(sha256sum large.bin | cut -d' ' -f1)}/" > large.csgreq
	on large.csgreq > large.csgend
	req=large.csgreq
	stolen 1 LIMIT large.bin large.csgend
}

@test "inspect: a vote of somebody who did not have the artifact" {
	request looked app.bin
	approve alice
	stolen 4 LOG app.bin "$(vote_of alice)"
	again alice endorsement "$(vote_of alice)" 's/^blind: .*/blind: true/' > blind
	stolen 1 UNENDORSED app.bin blind
	[[ $stderr == *"a vote does not count: BLIND: "* ]]
	# where looking is optional, so it is for csg-verify
	request boot app.bin
	approve alice
	again alice endorsement "$(vote_of alice)" 's/^blind: .*/blind: true/' > blind
	stolen 4 LOG app.bin blind
}

@test "lifetime: a request that is good for longer, and a vote that is older, than the profile allows" {
	ago() { date -u -d "$1 minutes ago" +%Y-%m-%dT%H:%M:%SZ; }
	request short app.bin
	approve alice
	stolen 4 LOG app.bin "$(vote_of alice)"
	again dave request "$req" "s/^expires: .*/expires: $(ago -90)/" > long.csgreq
	on long.csgreq > vote
	req=long.csgreq stolen 1 EXPIRED app.bin vote
	# a vote counts for half an hour, whatever it says of itself
	again alice endorsement "$(vote_of alice)" "s/^expires: .*/expires: $(ago -90)/" > vote
	thief_later=1790 stolen 4 LOG app.bin vote
	thief_later=1810 stolen 1 UNENDORSED app.bin vote
	[[ $stderr == *"a vote does not count: EXPIRED: "* ]]
}

@test "route: votes of the emergency route, sealed as the normal one" {
	request routed app.bin
	approve alice bob
	stolen 4 LOG app.bin "$(vote_of alice)" "$(vote_of bob)"
	stolen 1 UNENDORSED app.bin "$(vote_of alice)"
	approve erin
	csg-endorse -q -y --approve -k "$(key heidi)" "$req" app.bin > /dev/null
	stolen 1 UNENDORSED app.bin "$(vote_of erin)" "$(vote_of heidi)"
	[[ $stderr == *"the seal names route normal, but the votes meet emergency"* ]]
	# as what they are they pass, where that is accepted
	rm -f app.bin.sig ./*.csgproof "$(vote_of alice)" "$(vote_of bob)"
	accepted sign "$req"
	refused 1 PROFILE csg-verify -P routed app.bin
	accepted csg-verify --accept-emergency -P routed app.bin
}
