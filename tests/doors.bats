#!/usr/bin/env bats
# One decision: every tool that judges a request and its votes gives the same
# answer for the same reason.  The cases below are put to these doors:
#
#	given	csg-sign -n with a policy chain and an anchor (-p, -t)
#	state	csg-sign -n on the workstation (-c)
#	real	csg-sign, which answers as state does, and opens no session with
#		the token when it refuses
#	endorse	csg-endorse: what it refuses, or shows as missing
#	recount	csg-verify, over what a thief of the PIN signed for the messages
#	found	csg-policy found, for founding requests
#
# A claim that is completed is judged at its own time: claims.bats.

load helpers

doors_draft() {
	local name later
	# certificates that are old enough for old votes
	for name in dave erin frank grace heidi; do rm "$W/keys/$name".*; done
	ahead -86400 people "$W/keys" dave erin frank grace heidi
	draft "$1"
	for name in plain full cool closed staged deaf; do
		csg-token newkey -q -c "$W/ws/signer.yaml" --name $name -a p256 --subject "/CN=$name" -o "$W/keys/$name.crt" > /dev/null
		csg-policy key add "$1" "$W/keys/$name.crt"
	done
	later=$(date -u -d '3 days' +%a)
	cat >> "$1" <<-END
	  plain: {key: plain, format: raw, requesters: [developers], quorum: [{group: qa, need: 1}, {group: security, need: 2}]}
	  full: {key: full, format: raw, requesters: [developers], limit: {signatures: 1, period: 1d}, quorum: [{group: qa, need: 1}, {group: security, need: 2}]}
	  cool: {key: cool, format: raw, requesters: [developers], cooling-off: 1h, quorum: [{group: qa, need: 1}, {group: security, need: 2}]}
	  closed: {key: closed, format: raw, requesters: [developers], window: {days: [${later,}]}, quorum: [{group: qa, need: 1}, {group: security, need: 2}]}
	  staged: {key: staged, format: raw, requesters: [developers], quorum: [{group: qa, need: 1}, {group: security, need: 2, stage: 2}]}
	  deaf: {key: deaf, format: raw, requesters: [developers], reject: [security], quorum: [{group: qa, need: 1}, {group: security, need: 2}]}
	END
}

# suspending CONFIG NAME: another that suspends NAME, beside it
suspending() {
	{
		cat "$1"
		echo "suspended: [$2]"
	} > "${1%/*}/without-$2.yaml"
}

# new_workstation: without a policy, in $W/new, and a draft for it
new_workstation() {
	csg-token init -q -d "$W/new" > /dev/null
	cp -R "$W/keys" "$W/new"
	cp "$W/new/policy.crt" "$W/new/ledger.crt" "$W/new/keys"
	(W=$W/new && draft "$W/acme-1.yaml")
	suspending "$W/new/signer.yaml" dave
}

# signed_by CONFIG PROFILE: a signature is made there
signed_by() {
	against "$2"
	cast
	csg-sign -q -f -c "$1" in > /dev/null
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded doors_draft
	export POLICY_ID IMAGE_SHA
	POLICY_ID=sha256:$(sha256sum "$W/acme-1.yaml" | cut -d' ' -f1)
	IMAGE_SHA=$(echo image | sha256sum)
	(
		mkdir -p "$W/setup/in"
		cd "$W/setup" || exit
		export HOME=$W/setup CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
		for name in dave bob grace; do suspending "$W/ws/signer.yaml" $name; done
		signed_by "$W/ws/signer.yaml" full
		# a head of the same ledger that went on otherwise, as a vote brings it
		cp -R "$W/ws" "$W/fork"
		sed "s|$W/ws|$W/fork|g" "$W/ws/signer.yaml" > "$W/fork/signer.yaml"
		signed_by "$W/fork/signer.yaml" plain
		csg-verify -q --any-profile app.bin
		against few
		cast
		csg-endorse -q -y --approve -o vote -k "$(key frank)" "$prefix.csgreq" app.bin > /dev/null
		words vote | sed -n '/^seen:/,$p' > "$W/seen.yaml"
		new_workstation
	)
}
setup() {
	at_work
	mkdir in nothing
	: > wrong
}

# ---- messages ----

nowhere=sha256:0000000000000000000000000000000000000000000000000000000000000000

# when SECONDS: that time, so many from now, in $when
when() { TZ=UTC printf -v when '%(%Y-%m-%dT%H:%M:%SZ)T' $((EPOCHSECONDS + $1)); }

# proquints HEX8: as two words, in $REPLY
proquints() {
	local c=bdfghjklmnprstvz v=aiou half n
	REPLY=
	for half in "${1:0:4}" "${1:4}"; do
		n=$((16#$half))
		REPLY+=${REPLY:+-}${c:n >> 12:1}${v:n >> 10 & 3:1}${c:n >> 6 & 15:1}${v:n >> 4 & 3:1}${c:n & 15:1}
	done
}

# nonce: a new one, in $nonce
nonce() { printf -v nonce '%08x%08x%016x' $((${BATS_TEST_NUMBER:-0} & 0xffffffff)) $BASHPID $((++nonces)); }

# ask [FIELD=WORD]...: a request in in/, by dave and in order but for these;
# $id and $under are what votes call it and its policy, $prefix what their files'
# names begin with
ask() {
	local author=dave time=0 expires=86400 policy=$POLICY_ID profile=plain
	local file=app.bin signer='' size='' more='' "$@"
	local sha=$IMAGE_SHA nonce when made
	if [[ $file != app.bin ]]; then
		size=${size:-$(stat -c %s "$file")}
		sha=$(sha256sum < "$file")
	fi
	rm -f in/*
	nonce
	when "$time"
	made=$when
	when "$expires"
	printf '%s\n' 'csg: request/1' "author: $author" "time: $made" "nonce: $nonce" \
		"policy: $policy" "profile: $profile" 'why: words' "expires: $when" 'artifacts:' \
		"- {name: $file, size: ${size:-6}, sha256: ${sha%% *}}" ${more:+"$more"} > request.yaml
	sha=$(sha256sum < request.yaml)
	id=sha256:${sha%% *} under=$policy
	proquints "${id:7:8}"
	made=${made%%T*}
	prefix=in/${made//-/}-$REPLY
	signer=${signer:-$author}
	"$CSG_UNIT/forge" sign request "$W/keys/$signer.crt" "$W/keys/$signer.key" request.yaml "$prefix.csgreq"
	votes=() uncast=
}

# vote NAME DECISION [FIELD=WORD]...: NAME's on that request, with these changed
vote() {
	local time=0 expires=172800 policy=$under request=$id blind=false seen='' "${@:3}"
	local file nonce when made
	nonce
	file=$prefix.$1.${#votes[@]}.csgend
	when "$time"
	made=$when
	when "$expires"
	{
		printf '%s\n' 'csg: endorsement/1' "author: $1" "time: $made" "nonce: $nonce" \
			"policy: $policy" "request: $request" "decision: $2" "blind: $blind" 'comment: words' "expires: $when"
		[[ -z $seen ]] || cat "$seen"
	} > "vote.${#votes[@]}.yaml"
	votes+=("$W/keys/$1.crt" "$W/keys/$1.key" "vote.${#votes[@]}.yaml" "$file")
	uncast=yes
}

# cast: all votes, signed
cast() {
	[[ -n ${uncast:-} ]] || return 0
	"$CSG_UNIT/forge" sign endorsement "${votes[@]}"
	votes=() uncast=
}

# ---- doors ----

# status_of WORD, in $REPLY
status_of() {
	case $1 in
	ready) REPLY=0 ;;
	PARSE | TYPE | TEXT) REPLY=3 ;;
	IO | LOG) REPLY=4 ;;
	QUORUM | STAGE | COOLING | WINDOW | RATE) REPLY=5 ;;
	*) REPLY=1 ;;
	esac
}

# answered COMMAND...: "ready" or the reason in $said, if the status is its
answered() {
	local code=0 lines
	"$@" > out 2> errors || code=$?
	mapfile -t lines < errors
	said=ready last=${lines[*]: -1}
	[[ $code == 0 || ! $last =~ ^csg-[a-z]+:\ [a-z]+:\ ([A-Z]+):\ . ]] || said=${BASH_REMATCH[1]}
	status_of "$said"
	[[ $code == "$REPLY" ]] || said="$said with status $code"
}

# answered_in_json COMMAND...: and the report says so
answered_in_json() {
	local report
	answered "$@"
	read -r -d '' report < out || :
	[[ $report =~ '"status": '([0-9]) && ${BASH_REMATCH[1]} == "$REPLY" &&
		($said == ready || $report == *'"reason": "'$said'"'*) ]] || said="$said, and otherwise in JSON"
}

door_given() { answered_in_json csg-sign -n -j -p "$CSG_POLICY" -t "$CSG_TRUST" $strict in; }
door_state() { answered_in_json csg-sign -n -j -c "$config" $strict in; }
door_real() {
	: > "$W/spy.log"
	answered csg-sign -q -f -c "$config" $strict in
	[[ $said == ready ]] || no_session > out || said="$said, and the token was used"
}
door_endorse() {
	local shown missing=$'\n'"missing +([A-Za-z]+): "
	if [[ -n $draft ]]; then
		answered csg-endorse -y --abstain -f -o own -k "$W/keys/alice.key" in/*.csgreq "$draft"
	else
		answered csg-endorse -y --abstain -f -o own -k "$W/keys/alice.key" -C nothing in/*.csgreq
	fi
	read -r -d '' shown < errors || :
	if [[ $said == ready && $shown =~ $missing && ${BASH_REMATCH[1]} != nothing ]]; then
		said=${BASH_REMATCH[1]}
	fi
}
door_recount() {
	rm -f ./*.csgproof app.bin.*
	echo image > app.bin
	req=$prefix.csgreq thief app.bin in/*.csgend
	answered csg-verify --any-profile app.bin
	[[ $said != LOG || $last != *"no receipt"* ]] || said=ready # as far as the votes go
}
door_found() {
	# a new workstation, unless the last run left it as it was
	if [[ ! -d ws || $founded == ready ]]; then
		rm -rf ws
		cp -R "$W/new" ws
		sed -i "s|$W/new|$T/ws|g" ws/*.yaml ws/softhsm2.conf
	fi
	answered csg-policy found -f -c "ws/${config##*/}" "$draft" in/*
	founded=$said
}

# hear CASE DOOR WORD: what the door says of the messages in in/; - where it
# can't know, and nothing else is wrong; . where it can't be asked
hear() {
	[[ $3 != . ]] || return 0
	cast
	"door_$2"
	[[ $said == "${3/#-/ready}" ]] || echo "$1: $2 says $said, not ${3/#-/ready}" >> wrong
}
# agreed: all doors said what they should
agreed() {
	[[ ! -s wrong ]] || { cat wrong; return 1; }
}

# ---- what stands against a request ----

# In the order in which it is told, with the word of each door.  csg-verify
# calls a quorum that was not there, and a vote that does not count, UNENDORSED;
# it has the artifact that was asked for.
#
#	fault		given		state, real	endorse		recount
faults='
	unreadable	PARSE		PARSE		PARSE		.
	foreign		POLICY		POLICY		POLICY		POLICY
	unsigned	SIGNATURE	SIGNATURE	SIGNATURE	SIGNATURE
	nowhere		PROFILE		PROFILE		PROFILE		.
	outsider	GROUP		GROUP		GROUP		GROUP
	expired		EXPIRED		EXPIRED		EXPIRED		EXPIRED
	suspended	-		SUSPENDED	-		-
	veto		VETO		VETO		VETO		VETO
	strict		REQMISMATCH	REQMISMATCH	-		UNENDORSED
	few		QUORUM		QUORUM		QUORUM		UNENDORSED
	changed		DIGEST		DIGEST		-		-
	absent		IO		IO		-		-
	ledger		-		LOG		-		-
	rate		-		RATE		-		-
'

# against FAULT|PROFILE...: a request with these and no other, and how the
# doors are to be asked
against() {
	local fault asked=() seen='' few='' veto=''
	strict='' config=$W/ws/signer.yaml draft=''
	echo image > app.bin
	for fault; do
		case $fault in
		unreadable) asked+=('more=odd: line') ;;
		foreign) asked+=("policy=$nowhere") ;;
		unsigned) asked+=(signer=mallory) ;;
		nowhere) asked+=(profile=nowhere) ;;
		outsider) asked+=(author=heidi) ;;
		expired) asked+=(time=-7200 expires=-3600) ;;
		suspended) config=$W/ws/without-dave.yaml ;;
		veto) veto=yes ;;
		strict) strict=--strict ;;
		few) few=yes ;;
		ledger) seen=$W/seen.yaml ;;
		rate) asked+=(profile=full) ;;
		changed | absent) ;;
		*) asked+=("profile=$fault") ;;
		esac
	done
	ask "${asked[@]}"
	[[ " $* " != *' changed '* ]] || echo more >> app.bin
	[[ " $* " != *' absent '* ]] || rm app.bin
	vote bob approve seen="$seen"
	vote erin approve
	[[ -n $few ]] || vote frank approve
	[[ -z $strict ]] || vote grace approve request=$nowhere
	[[ -z $veto ]] || vote grace reject
}

# of CASE GIVEN STATE ENDORSE RECOUNT: what the doors say to what lies in in/
of() {
	hear "$1" given "$2"
	hear "$1" state "$3"
	hear "$1" endorse "$4"
	hear "$1" real "$3"
	hear "$1" recount "$5" # which puts the artifact back
}

# pair FAULT FAULT: the earlier is told, and where it can't be known the later.
# csg-verify is asked where it can know both; what csg-sign says is what it does.
pair() {
	local fault given state endorse recount one two
	while read -r fault given state endorse recount; do
		[[ $fault != "$1" ]] || one=("$given" "$state" "$endorse" "$recount")
		[[ $fault != "$2" ]] || two=("$given" "$state" "$endorse" "$recount")
	done <<< "$faults"
	[[ $1+$2 != changed+absent ]] || return 0
	[[ ${two[3]} != - ]] || one[3]=.
	against "$1" "$2"
	hear "$1 and $2" given "${one[0]/#-/${two[0]}}"
	hear "$1 and $2" real "${one[1]/#-/${two[1]}}"
	hear "$1 and $2" endorse "${one[2]/#-/${two[2]}}"
	hear "$1 and $2" recount "${one[3]/#-/.}"
}

# first FAULT...: each is told before all that follow it in the table
first() {
	local earlier later rest
	for earlier; do
		rest=${faults#*$'\t'"$earlier"$'\t'*$'\n'}
		while read -r later _; do
			[[ -z $later ]] || pair "$earlier" "$later"
		done <<< "$rest"
	done
	agreed
}

@test "nothing against it: every door is ready" {
	against
	of nothing ready ready ready ready
	agreed
}

@test "each fault alone is told by every door that can know it" {
	while read -r fault given state endorse recount; do
		[[ -n $fault ]] || continue
		against "$fault"
		of "$fault" "$given" "$state" "$endorse" "$recount"
	done <<< "$faults"
	agreed
}

@test "what is wrong with the request comes first" {
	for fault in unreadable foreign unsigned nowhere outsider; do
		pair $fault veto
		pair $fault strict
	done
	first expired suspended
}
@test "then a rejection" { first veto; }
@test "then, with --strict, a vote that does not count" { first strict; }
@test "then the quorum" { first few; }
@test "then the artifacts, the ledger, and the rate" { first changed absent ledger; }

# ---- votes, one way and another ----

# besides VOTE...: a vote of security is missing, and this one is there
besides() {
	against few
	vote "$@"
}

@test "which approvals count" {
	# case				given	state	endorse	recount
	besides frank approve
	of "the vote that was missing"	ready	ready	ready	ready
	besides erin approve
	of "a person's second vote"	QUORUM	QUORUM	QUORUM	UNENDORSED
	against few
	cast
	cp in/*.erin.*.csgend "$prefix.copy.csgend"
	of "the same vote twice"	QUORUM	QUORUM	QUORUM	UNENDORSED
	besides dave approve
	of "the requester's own"	QUORUM	QUORUM	QUORUM	UNENDORSED
	besides mallory approve
	of "a stranger's"		QUORUM	QUORUM	QUORUM	UNENDORSED
	besides heidi approve
	of "of another group"		QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank approve blind=true
	of "a blind one"		QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank abstain
	of "an abstention"		QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank approve time=-300 expires=-60
	of "an expired one"		QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank approve time=3600
	of "of the future"		QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank approve time=-3600
	of "older than the request"	QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank approve policy=$nowhere
	of "under another policy"	QUORUM	QUORUM	QUORUM	UNENDORSED
	besides frank approve request=$nowhere
	of "on another request"		QUORUM	QUORUM	QUORUM	UNENDORSED
	against
	config=$W/ws/without-bob.yaml
	of "of who is suspended"	-	QUORUM	-	-
	agreed
}

# rejected NAME [FIELD=WORD]...: the quorum is there, and a rejection
rejected() {
	against
	vote "$1" reject "${@:2}"
}

@test "which rejections stop a request" {
	# case				given	state	endorse	recount
	rejected dave
	of "the requester withdraws"	VETO	VETO	VETO	VETO
	rejected frank
	of "of who approved, too"	VETO	VETO	VETO	VETO
	rejected grace time=-300 expires=-60
	of "an expired one"		VETO	VETO	VETO	VETO
	rejected grace time=-3600
	of "older than the request"	VETO	VETO	VETO	VETO
	rejected dave time=-3600
	of "withdrawn before"		VETO	VETO	VETO	VETO
	rejected grace blind=true
	of "a blind one"		VETO	VETO	VETO	VETO
	rejected grace
	config=$W/ws/without-grace.yaml
	of "of who is suspended"	VETO	VETO	VETO	VETO
	rejected grace time=3600
	of "of the future"		ready	ready	ready	UNENDORSED
	rejected mallory
	of "a stranger's"		ready	ready	ready	UNENDORSED
	rejected heidi
	of "of another group"		ready	ready	ready	UNENDORSED
	rejected grace request=$nowhere
	of "of another request"		ready	ready	ready	UNENDORSED
	rejected grace policy=$nowhere
	of "under another policy"	ready	ready	ready	UNENDORSED
	against deaf
	vote alice reject
	of "of who can't"		ready	ready	ready	ready
	against deaf
	vote grace reject
	of "of who can"			VETO	VETO	VETO	VETO
	rejected grace
	hear "before it is lost" real VETO
	rm in/*.grace.*
	of "a remembered one"		-	VETO	-	.
	agreed
}

@test "what else lies there is refused with --strict only" {
	# case				given		state		endorse	recount
	rejected grace request=$nowhere
	strict=--strict
	of "another's rejection"	REQMISMATCH	REQMISMATCH	-	UNENDORSED
	for with in '' --strict; do
		declare -A says=([stranger]=ready [half]=ready [few]=QUORUM)
		[[ -z $with ]] || says=([stranger]=GROUP [half]=PARSE [few]=PARSE)
		against
		vote mallory approve
		strict=$with
		of "a stranger's $with"	${says[stranger]} ${says[stranger]} ready UNENDORSED
		odd() { # copy|half FAULT...: a vote of erin's once more, so
			against "${@:2}"
			strict=$with
			cast
			cp in/*.erin.*.csgend "$prefix.copy.csgend"
			[[ $1 == copy ]] || truncate -s 300 "$prefix.copy.csgend"
		}
		odd copy
		of "a copy $with"	ready		ready		ready	UNENDORSED
		odd half
		of "half a vote $with"	${says[half]}	${says[half]}	ready	.
		odd half few
		of "half, few $with"	${says[few]}	${says[few]}	QUORUM	.
		odd half veto
		of "half, veto $with"	VETO		VETO		VETO	.
	done
	agreed
}

@test "one request a run" {
	# case				given		state		endorse	recount
	against
	cp "$prefix.csgreq" in/same.csgreq
	of "the same twice"		ready		ready		.	.
	against
	cp "$prefix.csgreq" first
	ask
	cp first in/other.csgreq
	of "two"			REQMISMATCH	REQMISMATCH	.	.
	against
	cast
	rm "$prefix.csgreq"
	of "none"			TYPE		TYPE		.	.
	agreed
}

@test "what the profile waits for is told where a missing vote is" {
	declare -A waits=([cool]=COOLING [closed]=WINDOW [staged]=STAGE)
	# case				given		state		endorse	recount
	for profile in cool closed staged; do
		word=${waits[$profile]}
		against $profile
		of $profile		$word		$word		$word	UNENDORSED
		against $profile veto
		of "$profile, veto"	VETO		VETO		VETO	VETO
		against $profile changed
		of "$profile, changed"	$word		$word		$word	.
		against $profile ledger
		of "$profile, ledger"	$word		$word		$word	.
	done
	for profile in cool closed; do
		against $profile strict
		of "$profile, strict"	REQMISMATCH	REQMISMATCH	${waits[$profile]} .
		against $profile few
		of "$profile, few"	QUORUM		QUORUM		QUORUM	.
	done
	agreed
}

# large [FAULT]...: a policy is asked for that is larger than the chain may
# grow, and so is not what lies there; admins vote
large() {
	strict='' config=$W/ws/signer.yaml draft=''
	echo policy > acme-2.yaml
	ask file=acme-2.yaml size=90000000 profile=policy
	vote erin approve
	[[ " $* " == *' few '* ]] || vote alice approve
	[[ " $* " != *' veto '* ]] || vote heidi reject
	[[ " $* " != *' strict '* ]] || vote heidi approve request=$nowhere
	[[ " $* " != *' strict '* ]] || strict=--strict
}

@test "that there is no room is told after the votes, and before the artifacts are read" {
	# case			given		state		endorse	recount
	large
	of "large"		LIMIT		LIMIT		-	.
	large few
	of "large, few"		QUORUM		QUORUM		QUORUM	.
	large strict
	of "large, strict"	REQMISMATCH	REQMISMATCH	-	.
	large veto
	of "large, veto"	VETO		VETO		VETO	.
	large veto strict
	of "large, veto, strict" VETO		VETO		VETO	.
	agreed
}

# ---- founding ----

# A draft that can't be founded is told of last.
#
#	fault		found		endorse
founding_faults='
	expired		EXPIRED		EXPIRED
	suspended	SUSPENDED	-
	ordinary	REQMISMATCH	.
	veto		VETO		VETO
	few		QUORUM		QUORUM
	epoch		POLICY		-
'

# founding FAULT...: a founding request with these and no other
founding() {
	local fault asked=() few='' veto=''
	strict='' config=signer.yaml draft=acme-1.yaml
	cp "$W/new/acme-1.yaml" .
	for fault; do
		case $fault in
		unreadable) asked+=('more=odd: line') ;;
		unsigned) asked+=(signer=mallory) ;;
		outsider) asked+=(author=frank) ;;
		expired) asked+=(time=-7200 expires=-3600) ;;
		suspended) config=without-dave.yaml ;;
		ordinary) asked+=(profile=firmware) ;;
		veto) veto=yes ;;
		few) few=yes ;;
		epoch) sed -i 's/^issued:/epoch: 2\n&/' acme-1.yaml ;;
		esac
	done
	ask file=acme-1.yaml profile=policy policy="sha256:$(sha256sum acme-1.yaml | cut -d' ' -f1)" "${asked[@]}"
	vote erin approve
	[[ -n $few ]] || vote alice approve
	[[ -z $veto ]] || vote heidi reject
}

@test "a founding: each fault alone" {
	founding
	hear nothing endorse ready
	hear nothing found ready
	for fault in unreadable:PARSE unsigned:SIGNATURE outsider:GROUP; do
		founding ${fault%:*}
		hear "founding: ${fault%:*}" found ${fault#*:}
		hear "founding: ${fault%:*}" endorse ${fault#*:}
	done
	while read -r fault found endorse; do
		[[ -n $fault ]] || continue
		founding "$fault"
		hear "founding: $fault" found "$found"
		hear "founding: $fault" endorse "$endorse"
	done <<< "$founding_faults"
	founding
	echo '# more' >> acme-1.yaml
	hear "founding: another draft" found POLICY
	agreed
}

@test "a founding: the same order" {
	local rest=$founding_faults
	while read -r earlier found endorse; do
		[[ -n $earlier ]] || continue
		rest=${rest#*$'\t'"$earlier"$'\t'*$'\n'}
		while read -r later _ word; do
			[[ -n $later ]] || continue
			founding "$earlier" "$later"
			hear "founding: $earlier and $later" found "$found"
			hear "founding: $earlier and $later" endorse "${endorse/#-/$word}"
		done <<< "$rest"
	done <<< "$founding_faults"
	agreed
}

@test "a founding: votes, one way and another" {
	say() { # CASE WORD
		hear "founding: $1" endorse "$2"
		hear "founding: $1" found "$2"
	}
	besides() { # CASE WORD VOTE...: one vote is missing, and this is there
		founding few
		vote "${@:3}"
		say "$1" "$2"
	}
	besides "the vote that was missing" ready heidi approve
	besides "a person's second vote" QUORUM erin approve
	besides "the requester's own" QUORUM dave approve
	besides "of another group" QUORUM grace approve
	besides "a stranger's" QUORUM mallory approve
	besides "a blind one" QUORUM heidi approve blind=true
	besides "an expired one" QUORUM heidi approve time=-300 expires=-60
	besides "on another request" QUORUM heidi approve request=$nowhere
	rejected() { # CASE WORD VOTE...: the quorum is there, and this
		founding
		vote "$3" reject "${@:4}"
		say "$1" "$2"
	}
	rejected "the requester withdraws" VETO dave
	rejected "a rejection older than the request" VETO heidi time=-3600
	rejected "a rejection of another group" ready grace
	rejected "a rejection of the future" ready heidi time=3600
	rejected "a rejection of another request" ready heidi request=$nowhere
	agreed
}

# ---- what csg-endorse says of the vote that it writes ----

@test "that a vote completes the quorum is said where csg-sign is ready then" {
	completes() { # WORD FAULT|PROFILE [VOTE...]: frank approves beside these
		against few $2
		[[ $# == 2 ]] || vote "${@:3}"
		cast
		run -0 --separate-stderr csg-endorse -y --approve -f -o "$prefix.frank.csgend" -k "$(key frank)" "$prefix.csgreq" app.bin
		if [[ $stderr == *"frank approves; the quorum is met"* ]]; then
			[[ $1 == ready ]] || echo "${*:2}: the quorum is met" >> wrong
		else
			[[ $1 != ready ]] || echo "${*:2}: no word of the quorum" >> wrong
		fi
		hear "${*:2}, and frank" given "$1"
	}
	completes ready plain
	completes ready plain grace abstain
	completes ready plain heidi reject
	completes VETO veto
	completes VETO plain grace reject time=-3600
	completes VETO plain dave reject time=-3600
	completes COOLING cool
	completes WINDOW closed
	agreed
}

# ---- what csg-verify recounts ----

@test "a lawful proof with other votes in it is none" {
	against
	vote grace approve
	hear "four votes" real ready
	proof=${prefix#in/}.csgproof
	# founding: policy, request, 2 votes, seal; then request, 4 votes, seal, receipt
	awk '/-----BEGIN/ { n++ } { print > (sprintf("block.%02d", n)) }' "$proof"
	[[ -e block.12 && ! -e block.13 ]]
	chain=(block.0[1-5]) request=block.06 cast=(block.0[7-9] block.10) end=(block.1[12])
	proven() { # WORD BLOCK...: csg-verify to the proof of these
		cat "${@:2}" > "$proof"
		answered csg-verify -P plain app.bin
		[[ $said == "$1" ]] || echo "${*:2}: $said, not $1: $last" >> wrong
	}
	recounted() { proven "$1" "${chain[@]}" $request "${@:2}" "${end[@]}"; }
	extra() { # VOTE...: one that csg-sign did not see, in extra
		vote "$@"
		cast
		mv in/*."$1".0.csgend extra
	}
	rm in/*.csgend
	recounted ready "${cast[@]}"
	extra grace reject
	recounted VETO "${cast[@]}" extra
	recounted VETO extra block.07
	cp extra rejection
	extra dave reject
	recounted VETO "${cast[@]}" extra
	extra grace reject time=-3600
	recounted VETO "${cast[@]}" extra
	for other in request=$nowhere policy=$nowhere blind=true 'time=-300 expires=-60'; do
		extra frank approve $other
		recounted UNENDORSED "${cast[@]}" extra
		recounted VETO "${cast[@]}" extra rejection
	done
	# enough votes, but others than those of the evidence
	extra grace approve
	recounted UNENDORSED "${cast[@]}" extra
	recounted UNENDORSED "${cast[@]}" block.10
	for n in 1 2 3; do recounted UNENDORSED "${cast[@]:0:n}" "${cast[@]:n+1}"; done
	# and too few
	recounted UNENDORSED "${cast[@]:1}"
	recounted UNENDORSED "${cast[@]:0:2}"
	recounted UNENDORSED
	# the founding is recounted, too
	founding_recounted() { # TEXT VOTE...
		proven POLICYSIG block.01 block.02 "${@:2}" block.05 $request "${cast[@]}" "${end[@]}"
		[[ $last == *": policy version 1: $1: "* ]] || echo "founding, ${*:2}: not $1: $last" >> wrong
	}
	id=sha256:$(words block.02 | sha256sum | cut -d' ' -f1)
	extra heidi reject
	founding_recounted VETO block.03 block.04 extra
	cp extra rejection
	extra grace approve
	founding_recounted UNENDORSED block.03 block.04 extra
	founding_recounted VETO block.03 block.04 extra rejection
	founding_recounted UNENDORSED block.03
	agreed
}
