#!/usr/bin/env bats
# csg-policy and the policy chain: founding, change, rollback, thieves.

load helpers

setup() {
	export W=$BATS_TEST_TMPDIR/w
	mkdir -p "$W"
	export HOME=$W/home
	mkdir -p "$HOME"
}

# founded and at work, with a chain in force
begin() {
	founded
	at_work
}

# change SED-SCRIPT: a draft of the next version, requested by heidi
change() {
	csg-policy new -f -o acme-2.yaml > /dev/null
	sed -i "$1" acme-2.yaml
	req=$(csg-request -q -f -P policy -m change -k "$(key heidi)" acme-2.yaml)
}

@test "the examples become sound policies" {
	people "$W/keys" policy ledger product firmware a b c d e f g h
	cd "$W/keys"
	csg-policy new "$root/policy/startup.yaml" -o s-1.yaml
	csg-policy user add s-1.yaml -g team,admins a.crt b.crt
	csg-policy user add s-1.yaml -g admins c.crt
	csg-policy key add s-1.yaml policy.crt ledger.crt product.crt
	accepted csg-policy check s-1.yaml
	grep -q '^name: s$' s-1.yaml
	csg-policy new "$root/policy/firmware.yaml" -o f-1.yaml
	refused 3 PARSE csg-policy check f-1.yaml
	csg-policy user add f-1.yaml -g developers a.crt b.crt
	csg-policy user add f-1.yaml -g qa,admins c.crt
	csg-policy user add f-1.yaml -g security,admins d.crt
	csg-policy user add f-1.yaml -g security,admins e.crt
	csg-policy key add f-1.yaml policy.crt ledger.crt firmware.crt
	accepted csg-policy check f-1.yaml
}

@test "edits keep comments and order, and undo each other" {
	people "$W/keys" policy ledger firmware a b c
	cd "$W/keys"
	csg-policy new "$root/policy/firmware.yaml" -o f-1.yaml
	csg-policy user add f-1.yaml -g developers,qa a.crt
	cp f-1.yaml before
	csg-policy user add f-1.yaml -g qa,new bee=b.crt
	grep -q '^  qa: \[a, bee\]$' f-1.yaml
	grep -q '^  new: \[bee\]$' f-1.yaml
	grep -q '# how this policy itself changes' f-1.yaml
	csg-policy user add f-1.yaml bee=c.crt
	[[ $(grep -c BEGIN f-1.yaml) == 3 ]]
	csg-policy user remove f-1.yaml -g new bee
	run -1 grep '^  new:' f-1.yaml
	csg-policy user remove f-1.yaml bee
	diff <(grep -v issued before) <(grep -v issued f-1.yaml)
	csg-policy key add f-1.yaml firmware.crt
	refused 3 PARSE csg-policy key add f-1.yaml firmware.crt
	csg-policy key remove f-1.yaml firmware
	diff <(grep -v issued before) <(grep -v issued f-1.yaml)
}

@test "user add: who is there joins groups, by certificate or by name" {
	people "$W/keys" a b
	cd "$W/keys"
	csg-policy new "$root/policy/firmware.yaml" -o f-1.yaml
	csg-policy user add f-1.yaml -g qa a.crt
	run -0 --separate-stderr csg-policy user add f-1.yaml -g security a.crt
	[[ $stderr == "csg-policy: f-1.yaml: user a already has this certificate" ]]
	[[ $(grep -c 'BEGIN CERT' f-1.yaml) == 1 ]]
	accepted csg-policy user add f-1.yaml -g admins a
	[[ -z $stderr ]]
	for g in qa security admins; do grep -q "^  $g: \[a\]$" f-1.yaml; done
	refused 4 IO csg-policy user add f-1.yaml -g admins b2.crt
	run -2 --separate-stderr csg-policy user add f-1.yaml a
	[[ $stderr == *"a is in f-1.yaml already: give -g, or a certificate"* ]]
	# a file of that name is a certificate
	cp b.crt a
	csg-policy user add f-1.yaml a=a
	[[ $(grep -c 'BEGIN CERT' f-1.yaml) == 2 ]]
	rm a
	openssl req -x509 -new -key a.key -subj /CN=a -days 9 -out again.crt
	refused 1 DUPKEY csg-policy user add f-1.yaml again.crt
	[[ $stderr =~ f-1.yaml:[0-9]+:[0-9]+:\ user\ a\ has\ another\ certificate\ with\ the\ same\ key ]]
}

@test "groups come and go with their people, and that is said" {
	people "$W/keys" a b
	cd "$W/keys"
	csg-policy new "$root/policy/firmware.yaml" -o f-1.yaml
	run -0 --separate-stderr csg-policy user add f-1.yaml -g qa,ops,nosuch a.crt b.crt
	[[ $stderr == "csg-policy: f-1.yaml: new group ops"$'\n'"csg-policy: f-1.yaml: new group nosuch" ]]
	run -0 --separate-stderr csg-policy user remove f-1.yaml -g ops a
	[[ -z $stderr ]]
	run -0 --separate-stderr csg-policy user remove f-1.yaml -g ops b
	[[ $stderr == "csg-policy: f-1.yaml: group ops is empty and was removed" ]]
	run -1 grep '^  ops:' f-1.yaml
	csg-policy user remove f-1.yaml a
	run -0 --separate-stderr csg-policy user remove f-1.yaml b
	[[ $stderr == *"group qa is now empty, but still named by profile firmware"*"group nosuch is empty and was removed" ]]
	grep -q '^  qa: \[\]$' f-1.yaml
	refused 3 PARSE csg-policy user remove f-1.yaml -g qa a
	# each way of naming a group, and one name below the other
	for word in 'requesters: [g]' 'reject: [g]' 'operators: [g]' 'quorum: [{group: g, need: 1}]' 'routes: {r: {quorum: [{group: g, need: 1}]}}' 'names: [g]'; do
		printf 'issued: 2026-01-01T00:00:00Z\nusers: {}\ngroups: # all\n  g:\n    - a\nprofiles:\n  p: {%s}\n' "$word" > d.yaml
		csg-policy user add d.yaml -g g a.crt
		run -0 --separate-stderr csg-policy user remove d.yaml -g g a
		if [[ $word == names* ]]; then
			[[ $stderr == *"group g is empty and was removed" ]]
			grep -q '^groups: {} # all$' d.yaml
		else
			[[ $stderr == *"group g is now empty, but still named by profile p" ]]
			grep -q '^  g: \[\]$' d.yaml
		fi
		csg-policy user add d.yaml -g g a
	done
}

@test "new: the policy is named as its draft" {
	cd "$W"
	named() {
		csg-policy new "$root/policy/startup.yaml" -f -o "$1" > /dev/null
		grep -q "^name: $2\$" "$1"
	}
	named foo.yaml foo
	named foo-12.yaml foo
	named foo-bar.yaml foo-bar
	named ./b.c-1.yaml b.c
	named 2026.yaml 2026
	mkdir dir
	accepted csg-policy new "$root/policy/startup.yaml" -o dir
	[[ $output == dir/policy.yaml && $stderr == "csg-policy: policy policy version 1" ]]
	for bad in 'my policy-1.yaml' -1.yaml .yaml; do
		run -2 --separate-stderr csg-policy new "$root/policy/startup.yaml" -o "$bad"
		[[ $stderr == *"'$bad' gives no valid name"* && ! -e $bad ]]
	done
}

@test "what is no template, and what is no draft" {
	people "$W" a
	cd "$W"
	refused 3 TYPE csg-policy new a.crt -o x-1.yaml
	[[ $stderr == *"a.crt: is not a policy: it has no line 'csg: policy/1'" ]]
	sed '/^version:/d' "$root/policy/startup.yaml" > old.yaml
	refused 3 PARSE csg-policy new old.yaml -o x-1.yaml
	[[ $stderr =~ PARSE:\ old.yaml:[0-9]+:[0-9]+:\  ]]
	refused 4 IO csg-policy new gone.yaml -o x-1.yaml
	: > p.yaml
	for edit in 'user add p.yaml a.crt' 'user add p.yaml -g qa a' 'user remove p.yaml a' 'key add p.yaml a.crt' 'key remove p.yaml a'; do
		refused 3 PARSE csg-policy $edit
		[[ $stderr == *"PARSE: p.yaml:1:1: empty" ]]
	done
	accepted csg-policy new "$root/policy/startup.yaml" -o x-1.yaml
	refused 3 PARSE csg-policy user remove x-1.yaml -g team a
	[[ $stderr == *"PARSE: x-1.yaml: a is not in group team" ]]
	accepted csg-policy user add x-1.yaml -g team a.crt
}

@test "new: an unknown template's name is answered with those that there are" {
	[[ -z $sanitized ]] || return 0
	cp -R "$(dirname "$CSG_BIN")" "$W/out"
	cd "$root"
	made() { env -u MAKEFLAGS -u MAKELEVEL make -s OUT="$W/out" DATADIR="$1" "$W/out/bin/csg-policy"; }
	made "$root/policy"
	cd "$W"
	refused 4 IO "$W/out/bin/csg-policy" new nosuch -o x-1.yaml
	[[ $stderr == *"no template 'nosuch' in $root/policy (available: android, bank, "*", windows-drivers)" ]]
	accepted "$W/out/bin/csg-policy" new android -o x-1.yaml
	cd "$root"
	made "$W/nowhere"
	refused 4 IO "$W/out/bin/csg-policy" new android -o "$W/y-1.yaml"
	[[ $stderr == *"no template 'android': $W/nowhere: No such file or directory" ]]
}

@test "certificates may have words around them" {
	people "$W" a b
	cd "$W"
	csg-policy new "$root/policy/startup.yaml" -o x-1.yaml
	openssl x509 -in a.crt -text > words.crt
	{ printf '# a bundle\r\nsubject=CN = b\n\n'; cat b.crt; printf 'the end\n'; } > bundle.crt
	accepted csg-policy user add x-1.yaml -g team words.crt bundle.crt
	csg-policy new "$root/policy/startup.yaml" -f -o y-1.yaml
	csg-policy user add y-1.yaml -g team a.crt b.crt
	diff <(sed 's/^name: x/name: y/; /^issued/d; /^expires/d' x-1.yaml) <(sed '/^issued/d; /^expires/d' y-1.yaml)
	cat a.crt b.crt > both.crt
	refused 3 PARSE csg-policy user add x-1.yaml both.crt
	sed '/END/d' words.crt > cut.crt
	refused 3 PARSE csg-policy user add x-1.yaml cut.crt
	refused 3 PARSE csg-policy user add x-1.yaml a.key
	[[ $stderr == *"a.key: no PEM certificate" ]]
}

@test "a draft with an error is refused at its line and column" {
	people "$W/keys" dave carol alice bob erin frank grace heidi
	workstation
	draft "$W/acme-1.yaml"
	cd "$W"
	accepted csg-policy check acme-1.yaml
	at() {
		sed "$3" acme-1.yaml > bad.yaml
		refused "$1" "$2" csg-policy check bad.yaml
		[[ $stderr =~ bad.yaml:[0-9]+:[0-9]+:\  ]]
	}
	at 3 PARSE 's/need: 2}/need: 0}/'
	at 3 PARSE 's/need: 2}/need: -1}/'
	at 3 PARSE 's/need: 2}/need: 0x2}/'
	at 3 PARSE 's/need: 2}/need: 9}/'
	at 3 PARSE 's/group: admins, need/group: nobody, need/'
	at 3 PARSE 's/^  qa: .*/  qa: []/'
	at 3 PARSE 's/^  qa: .*/  qa: [alice, alice]/'
	at 3 PARSE 's/^  qa: .*/  qa: [alice, nobody]/'
	at 3 PARSE 's/key: boot/key: firmware/'
	at 3 PARSE 's/key: boot/key: ledger/'
	at 3 PARSE 's/format: raw/format: policy/'
	at 3 PARSE 's/^version: 1/version: 2/'
	at 3 PARSE 's/^version: 1/version: 01/'
	at 3 PARSE 's/^expires: .*/expires: 2020-02-30T00:00:00Z/'
	at 3 PARSE 's/^csg: .*/csg: policy\/2/'
	at 3 PARSE 's/^  qa: .*/&\n  qa: [bob]/'
	at 3 PARSE 's/^name: .*/name: \&a acme/'
	at 3 PARSE 's/^name: .*/name: !!str acme/'
	at 3 TEXT 's/^name: .*/name: "ac\\u202eme"/'
	at 3 PARSE 's/    lifetime: .*/    lifetimes: 3/'
	cp acme-1.yaml bad.yaml
	csg-policy user add bad.yaml -g qa twin=keys/alice.crt
	refused 1 DUPKEY csg-policy check bad.yaml
	cp acme-1.yaml bad.yaml
	csg-policy key add bad.yaml person=keys/alice.crt
	refused 1 DUPKEY csg-policy check bad.yaml
	accepted csg-policy check acme-1.yaml
}

@test "check: chains are no drafts, and of several drafts the worst counts" {
	people "$W/keys" a b c policy ledger product
	cd "$W"
	csg-policy new "$root/policy/startup.yaml" -o s-1.yaml
	csg-policy user add s-1.yaml -g team,admins keys/a.crt keys/b.crt
	csg-policy user add s-1.yaml -g admins keys/c.crt
	csg-policy key add s-1.yaml keys/policy.crt keys/ledger.crt keys/product.crt
	accepted csg-policy check s-1.yaml
	sed 's/^version: 1/version: 0/' s-1.yaml > malformed.yaml
	cp s-1.yaml refused.yaml
	csg-policy user add refused.yaml -g team twin=keys/a.crt
	for order in 'gone refused malformed s-1' 's-1 malformed refused gone' 'refused gone s-1 malformed'; do
		set -- $order
		refused 4 IO csg-policy check "${@/%/.yaml}"
		[[ $(grep -c '^csg-policy: [a-z]*: [A-Z]*: ' <<< "$stderr") == 3 ]]
	done
	refused 3 PARSE csg-policy check malformed.yaml refused.yaml
	refused 3 PARSE csg-policy check refused.yaml malformed.yaml
	refused 1 DUPKEY csg-policy check refused.yaml s-1.yaml
	req=$(csg-request -q --founding s-1.yaml -m founding -k "$(key a)")
	refused 3 TYPE csg-policy check "$req"
	[[ $stderr == *"$req: is a request, not a draft" ]]
}

@test "a usage error shows the command that was meant" {
	run -2 --separate-stderr csg-policy try
	[[ $stderr == *'usage: csg-policy try -P '* && $stderr != *'csg-policy found'* ]]
	run -2 --separate-stderr csg-policy user
	[[ $stderr == *'user add'*'user remove'* && $stderr != *'csg-policy new'* ]]
	run -2 --separate-stderr csg-policy fond
	[[ $stderr == *'no such command: fond'*'csg-policy new'*'csg-policy found'* ]]
	run -2 --separate-stderr csg-policy
	[[ $stderr == *'csg-policy new'*'csg-policy found'*'[--pin-source SOURCE]'* ]]
}

@test "founding needs its own quorum, and happens once" {
	people "$W/keys" dave carol alice bob erin frank grace heidi
	workstation
	draft "$W/acme-1.yaml"
	cd "$W"
	req=$(csg-request -q --founding acme-1.yaml -m x -k "$(key heidi)")
	csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-1.yaml
	: > spy.log
	refused 5 QUORUM csg-policy found -c ws/signer.yaml acme-1.yaml "$req"
	no_session
	refused 1 GROUP csg-endorse -y --approve -k "$(key dave)" "$req" acme-1.yaml
	csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-1.yaml
	sed 's/need: 2/need: 1/' acme-1.yaml > other.yaml
	refused 1 POLICY csg-policy found -c ws/signer.yaml other.yaml "$req"
	no_session
	[[ ! -e trust.pem ]]
	accepted csg-policy found -c ws/signer.yaml acme-1.yaml "$req"
	[[ $stderr =~ "the anchor's words: "([a-z]{5}-[a-z]{5}-[a-z]{5}-[a-z]{5})$'\n' ]]
	anchor=${BASH_REMATCH[1]}
	mkdir again
	refused 1 REPLAY csg-policy found -c ws/signer.yaml -o again acme-1.yaml "$req"
	accepted csg-policy show -p acme-1.csgpolicy -t trust.pem
	diff <(echo "$output") acme-1.yaml
	[[ $stderr == "csg-policy: the anchor's words: $anchor" ]]
	accepted csg-policy show -q -p acme-1.csgpolicy -t trust.pem
	[[ -z $stderr ]]
	accepted csg-policy show -j -p acme-1.csgpolicy -t trust.pem
	[[ $output == *"\"anchor_words\": \"$anchor\""* && -z $stderr ]]
	accepted csg-policy join -y trust.pem acme-1.csgpolicy
	[[ $stderr == *"the anchor's words: $anchor"* ]]
}

@test "a change needs the quorum in force, and ends pending requests" {
	begin
	request firmware app.bin
	approve alice erin frank
	pending=$req
	change 's/^  security: .*/  security: [frank, grace]/'
	approve alice
	sign_refused 5 QUORUM "$req"
	approve erin
	accepted sign "$req"
	accepted csg-policy show -j -p acme-2.csgpolicy
	[[ $output == *'"version": 2'* ]]
	sign_refused 1 POLICY "$pending"
	export CSG_POLICY=$T/acme-2.csgpolicy
	refused 1 POLICY csg-endorse -y --approve -k "$(key frank)" "$pending" app.bin
	req=$(csg-request -q --from "$pending" -k "$(key dave)")
	approve alice frank grace
	accepted sign "$req"
	accepted csg-verify -P firmware app.bin
	accepted csg-verify -P policy acme-2.yaml
}

@test "ROLLBACK: an older policy than one has seen is refused" {
	begin
	change 's/^  security: .*/  security: [frank, grace]/'
	approve alice erin
	accepted sign "$req"
	accepted csg-policy show
	accepted csg-policy show -p acme-2.csgpolicy
	refused 1 ROLLBACK csg-policy show
	refused 1 ROLLBACK csg-request -P firmware -m x -k "$(key dave)" app.bin
	HOME=$T/newcomer accepted csg-policy show
}

@test "ROLLBACK: a workstation whose chain file is not the ledger's" {
	begin
	change 's/^  security: .*/  security: [frank, grace]/'
	approve alice erin
	accepted sign "$req"
	cp "$W/ws/state/policy-2.csgpolicy" keep
	cp "$W/ws/state/policy-1.csgpolicy" "$W/ws/state/policy-2.csgpolicy"
	sign_refused 1 ROLLBACK "$req"
	cp keep "$W/ws/state/policy-2.csgpolicy"
	accepted sign -o "$W" "$req"
}

@test "a policy that the policy key signed without the quorum is refused everywhere" {
	begin
	# the thief: own draft, own quorum of one, all signed with the real key
	change 's/^  admins: .*/  admins: [heidi, dave, bob, frank]/'
	approve alice erin
	accepted sign "$req"
	awk '/-----BEGIN/ { n++ } { print > ("b." n) }' acme-2.csgpolicy
	n=$(ls b.* | wc -l)
	# without one of the votes
	for ((k = 1; k <= n; k++)); do [[ $k == $((n - 1)) ]] || cat "b.$k"; done > thief.csgpolicy
	refused 1 POLICYSIG csg-policy show -p thief.csgpolicy
	refused 1 POLICYSIG csg-request -p thief.csgpolicy -P firmware -m x -k "$(key dave)" app.bin
	HOME=$T/other refused 1 POLICYSIG csg-sign -n -p thief.csgpolicy -t "$CSG_TRUST" "$req"
	refused 1 POLICYSIG csg-verify -p thief.csgpolicy -P policy acme-2.yaml
	# with its links in another order, or one missing
	cat b.1 b.2 b.3 b.4 > short.csgpolicy
	refused 3 PARSE csg-policy show -p short.csgpolicy
	accepted csg-policy show -p acme-2.csgpolicy
}

@test "attack 59: a policy by a thief of the PIN, with votes that are no quorum, is refused everywhere" {
	begin
	change 's/^  admins: .*/  admins: [heidi, dave, bob, frank]/'
	approve alice erin
	words "$(vote_of erin)" | sed 's/author: erin/author: dave/' | forge dave endorsement > outsider
	for votes in '' "$(vote_of alice)" "$(vote_of alice) $(vote_of alice)" "$(vote_of alice) outsider"; do
		thief acme-2.yaml $votes
		refused 1 POLICYSIG csg-policy show -p thief.csgpolicy
		refused 1 POLICYSIG csg-request -p thief.csgpolicy -P firmware -m x -k "$(key dave)" app.bin
		refused 1 POLICYSIG csg-endorse -y --approve -p thief.csgpolicy -k "$(key alice)" "$req" acme-2.yaml
		refused 1 POLICYSIG csg-sign -n -p thief.csgpolicy -t "$CSG_TRUST" "$req"
		refused 1 POLICYSIG csg-verify -p thief.csgpolicy -P policy acme-2.yaml
	done
	refused 3 TYPE csg-policy show -p acme-2.yaml
	cp "$W/ws/state/policy-1.csgpolicy" keep
	cp thief.csgpolicy "$W/ws/state/policy-1.csgpolicy"
	sign_refused 1 POLICYSIG "$req"
	cp keep "$W/ws/state/policy-1.csgpolicy"
	thief acme-2.yaml "$(vote_of alice)" "$(vote_of erin)"
	accepted csg-policy show -p thief.csgpolicy
}

@test "an expired policy serves the profile policy and nothing else" {
	founded
	at_work
	change 's/^expires: .*/expires: 2026-01-02T00:00:00Z/; s/^issued: .*/issued: 2026-01-01T00:00:00Z/'
	approve alice erin
	accepted sign "$req"
	export CSG_POLICY=$T/acme-2.csgpolicy
	refused 1 EXPIRED csg-request -P firmware -m x -k "$(key dave)" app.bin
	accepted csg-policy new -o acme-3.yaml
	accepted csg-request -P policy -m renew -k "$(key heidi)" acme-3.yaml
}

@test "a draft that does not follow the policy in force is no artifact" {
	begin
	csg-policy new -o acme-2.yaml
	sed 's/^version: 2/version: 3/' acme-2.yaml > skip.yaml
	refused 1 POLICY csg-request -P policy -m x -k "$(key heidi)" skip.yaml
	sed 's/^name: acme/name: other/' acme-2.yaml > name.yaml
	refused 1 POLICY csg-request -P policy -m x -k "$(key heidi)" name.yaml
	accepted csg-request -P policy -m x -k "$(key heidi)" acme-2.yaml
}

@test "compromised keys count no more, keys of who left still do" {
	begin
	request firmware app.bin
	approve alice erin frank
	accepted sign "$req"
	spki() { openssl x509 -in "$W/keys/$1.crt" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
	csg-policy new -o acme-2.yaml
	csg-policy user remove acme-2.yaml frank
	cp acme-2.yaml base
	printf 'revoked:\n  - {key: "sha256:%s", since: 2026-01-01T00:00:00Z, reason: left}\n' "$(spki frank)" >> acme-2.yaml
	req=$(csg-request -q -P policy -m left -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted sign "$req"
	accepted csg-verify -p acme-2.csgpolicy -P firmware app.bin
	[[ $output == *"revoked since: frank (left)"* ]]
	export CSG_POLICY=$T/acme-2.csgpolicy
	csg-policy new -o acme-3.yaml
	sed -i 's/reason: left/reason: compromised/' acme-3.yaml
	req=$(csg-request -q -P policy -m stolen -k "$(key heidi)" acme-3.yaml)
	approve alice erin
	accepted sign "$req"
	refused 1 REVOKED csg-verify -p acme-3.csgpolicy -P firmware app.bin
	HOME=$T/other accepted csg-verify -p acme-2.csgpolicy -P firmware app.bin
}

# revoked NAME REASON SINCE: acme-2.csgpolicy, in which that key is
revoked() {
	local spki
	spki=$(openssl x509 -in "$W/keys/$1.crt" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	csg-policy new -f -o acme-2.yaml > /dev/null
	if [[ -e $W/keys/$1.key ]]; then
		csg-policy user remove acme-2.yaml "$1"
	else
		csg-token newkey -q -f -c ws/signer.yaml --name "$1-2" -a p256 --subject "/CN=$1" -o new.crt > /dev/null
		csg-policy key remove acme-2.yaml "$1"
		csg-policy key add acme-2.yaml "$1=new.crt"
	fi
	printf 'revoked:\n  - {key: "sha256:%s", since: %s, reason: %s}\n' "$spki" "$3" "$2" >> acme-2.yaml
	req=$(csg-request -q -f -P policy -m revoked -k "$(key heidi)" acme-2.yaml)
	csg-endorse -q -y -f --approve -k "$(key alice)" "$req" acme-2.yaml > /dev/null
	csg-endorse -q -y -f --approve -k "$(key erin)" "$req" acme-2.yaml > /dev/null
	csg-sign -q -f -c ws/signer.yaml "$req" > /dev/null
	rm -rf ws
}

@test "compromised: the requester's key, the signing key; not before it was" {
	begin
	request boot app.bin
	approve alice
	accepted sign "$req"
	before=2020-01-01T00:00:00Z
	revoked dave left $before
	HOME=$T/1 accepted csg-verify -p acme-2.csgpolicy -P boot app.bin
	revoked dave compromised 2090-01-01T00:00:00Z
	HOME=$T/2 accepted csg-verify -p acme-2.csgpolicy -P boot app.bin
	revoked dave compromised $before
	export HOME=$T/3
	refused 1 REVOKED csg-verify -p acme-2.csgpolicy -P boot app.bin
	[[ $stderr == *"the requester dave"* ]]
	export HOME=$T/home
	revoked boot left $before
	HOME=$T/4 accepted csg-verify -p acme-2.csgpolicy -P boot app.bin
	revoked boot compromised $before
	export HOME=$T/5
	refused 1 REVOKED csg-verify -p acme-2.csgpolicy -P boot app.bin
	[[ $stderr == *"signing key boot was compromised"* ]]
}

@test "LOCKOUT: a change that brings the policy to one departure from being stuck" {
	begin
	csg-policy new -o acme-2.yaml
	sed -i 's/^  admins: .*/  admins: [alice, erin]/; s/^    requesters: \[admins, developers\]/    requesters: [admins, developers]/' acme-2.yaml
	refused 1 LOCKOUT csg-request -P policy -m x -k "$(key heidi)" acme-2.yaml
	req=$(csg-request -q --allow-lockout -P policy -m change -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	sign_refused 1 LOCKOUT "$req"
	accepted sign --allow-lockout "$req"
	# as close as before is as bad; one step back is not
	export CSG_POLICY=$T/acme-2.csgpolicy
	csg-policy new -o acme-3.yaml
	refused 1 LOCKOUT csg-request -P policy -m again -k "$(key dave)" acme-3.yaml
	sed -i 's/^  admins: .*/  admins: [alice, erin, heidi]/' acme-3.yaml
	req=$(csg-request -q -P policy -m again -k "$(key dave)" acme-3.yaml)
	approve alice erin
	accepted sign "$req"
}

@test "an admin quorum of the new version is worthless" {
	begin
	change 's/^  admins: .*/  admins: [dave, carol, bob, frank]/'
	refused 1 GROUP csg-endorse -y --approve -k "$(key bob)" "$req" acme-2.yaml
	approve alice
	sign_refused 5 QUORUM "$req"
	approve erin
	accepted sign "$req"
	export CSG_POLICY=$T/acme-2.csgpolicy
	csg-policy new -o acme-3.yaml
	req=$(csg-request -q -P policy -m next -k "$(key dave)" acme-3.yaml)
	refused 1 GROUP csg-endorse -y --approve -k "$(key alice)" "$req" acme-3.yaml
	approve bob frank
	accepted sign "$req"
}

@test "removing an endorser ends pending requests at once, and says how to go on" {
	begin
	request boot app.bin
	pending=$req
	approve alice
	change 's/^  qa: .*/  qa: [bob]/'
	approve alice erin
	accepted sign "$req"
	sign_refused 1 POLICY "$pending"
	[[ $stderr == *"made under version 1 of the policy, but version 2 is in force; csg-request --from asks again" ]]
	export CSG_POLICY=$T/acme-2.csgpolicy
	refused 1 POLICY csg-endorse -y --approve -k "$(key bob)" "$pending" app.bin
	req=$(csg-request -q --from "$pending" -k "$(key dave)")
	CSG_POLICY=$W/acme-1.csgpolicy HOME=$T/elsewhere refused 1 POLICY csg-endorse -y --approve -k "$(key bob)" "$req" app.bin
	[[ $stderr == *"csg-policy update installs a newer one" ]]
	refused 1 GROUP csg-endorse -y --approve -k "$(key alice)" "$req" app.bin
	approve bob
	accepted sign "$req"
}

@test "an old policy is refused by whoever has seen a newer one, be it in a proof" {
	begin
	change 's/^  qa: .*/  qa: [bob]/'
	approve alice erin
	accepted sign "$req"
	req=$(CSG_POLICY=acme-2.csgpolicy csg-request -q -P boot -m x -k "$(key dave)" app.bin)
	CSG_POLICY=acme-2.csgpolicy csg-endorse -q -y --approve -k "$(key bob)" "$req" app.bin > /dev/null
	accepted sign "$req"
	HOME=$T/second
	unset CSG_POLICY
	accepted csg-request -p "$W/acme-1.csgpolicy" -P firmware -m old -k "$(key dave)" app.bin
	accepted csg-verify -P boot app.bin
	export CSG_POLICY=$W/acme-1.csgpolicy
	refused 1 ROLLBACK csg-request -P firmware -m old -k "$(key dave)" app.bin
	refused 1 ROLLBACK csg-endorse -y --approve -k "$(key bob)" "$req" app.bin
	refused 1 ROLLBACK csg-verify -P boot app.bin
	refused 1 ROLLBACK csg-sign -n -p "$CSG_POLICY" -t "$CSG_TRUST" "$req"
	refused 1 ROLLBACK csg-policy show
}

@test "rotation of the policy key: the old key signs the policy that names the new one" {
	begin
	csg-token newkey -q -c "$W/ws/signer.yaml" --name policy-2 -a p256 --subject /CN=policy-2 -o new.crt > /dev/null
	csg-policy new -o acme-2.yaml
	csg-policy key remove acme-2.yaml policy
	csg-policy key add acme-2.yaml policy=new.crt
	sed -i '/^  policy:$/,/certificate/s/object=policy"/object=policy-2"/' acme-2.yaml
	req=$(csg-request -q -P policy -m rotate -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted sign "$req"
	export CSG_POLICY=$T/acme-2.csgpolicy
	csg-policy new -o acme-3.yaml
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-3.yaml)
	approve alice erin
	accepted sign "$req"
	accepted csg-policy show -j -p acme-3.csgpolicy # with the old anchor
	accepted csg-verify -p acme-3.csgpolicy -P policy acme-3.yaml
}

@test "destroying a key: only one that was retired, and by the quorum" {
	begin
	refused 1 POLICY csg-request -P policy --destroy-key boot -m away -k "$(key heidi)"
	[[ $stderr == *"key boot is in use"* ]]
	refused 1 POLICY csg-request -P policy --destroy-key never -m away -k "$(key heidi)"
	csg-policy new -o acme-2.yaml
	csg-policy key remove acme-2.yaml boot
	sed -i '/^  boot:$/,/need: 1/d' acme-2.yaml
	req=$(csg-request -q -P policy -m 'no boot' -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted sign "$req"
	export CSG_POLICY=$T/acme-2.csgpolicy
	refused 1 PROFILE csg-request -P firmware --destroy-key boot -m away -k "$(key dave)"
	run -0 --separate-stderr csg-request -P policy --destroy-key boot -m away -k "$(key heidi)"
	req=$output
	[[ $stderr == *" for profile policy, to destroy key boot" ]]
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req"
	[[ $stderr == *"destroys   key boot for good"* ]]
	sign_refused 5 QUORUM "$req"
	run -0 csg-token list -c "$W/ws/signer.yaml"
	[[ $output == *boot* ]]
	approve erin
	accepted sign "$req"
	[[ $output == "${req%.csgreq}.csgproof" ]]
	[[ $stderr == *": key boot was destroyed" ]]
	run -0 csg-token list -c "$W/ws/signer.yaml"
	[[ $output != *boot* ]]
	mkdir released
	cp "${req%.csgreq}.csgproof" again
	cp again released/1.csgproof
	accepted sign "$req"
	cmp again "${req%.csgreq}.csgproof"
	run -4 --separate-stderr csg-verify --any-profile -r released
	[[ $stderr == *"; unused proofs: 1; "* ]]
}

@test "destroying a key: a veto after a crash tells that it may be gone" {
	founded
	at_work
	csg-policy new -o acme-2.yaml
	csg-policy key remove acme-2.yaml boot
	sed -i '/^  boot:$/,/need: 1/d' acme-2.yaml
	req=$(csg-request -q -P policy -m 'no boot' -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted sign "$req"
	export CSG_POLICY=$T/acme-2.csgpolicy
	req=$(csg-request -q -P policy --destroy-key boot -m away -k "$(key heidi)")
	approve alice erin
	on_token() { csg-token list -c ws/signer.yaml | grep -q boot; }
	killed() { # at that call
		rm -rf ws
		cp -R "$W/ws" ws
		sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
		under "kill:$1" csg-sign -c ws/signer.yaml "$req"
	}
	# the first call that comes after the key is gone, by halves
	low=1 high=300
	while ((low < high)); do
		n=$(((low + high) / 2))
		killed $n
		if on_token; then low=$((n + 1)); else high=$n; fi
	done
	killed $low
	[[ $code == 137 ]]
	# it goes only when its proof is made, and checked
	stored() { find "$1/state/signed" -type f -size +1k | wc -l; }
	[[ $(stored ws) == $(($(stored "$W/ws") + 1)) ]]
	kind() { sql ws/state/ledger.db 'SELECT kind FROM entry ORDER BY seq DESC LIMIT 1'; }
	[[ $(kind) == claim ]]
	cp -R ws kept
	accepted csg-sign -c ws/signer.yaml "$req"
	[[ $(kind) == finish ]]
	rm -rf ws ./*.csgproof
	mv kept ws
	# however much there is to say against it
	csg-endorse -q -f -y --reject -m "no$(printf ' no%.0s' {1..500})" -k "$(key alice)" "$req" > /dev/null
	refused 1 VETO csg-sign -c ws/signer.yaml "$req"
	[[ $stderr == *": VETO: key boot may already be destroyed (csg-token list shows it): alice rejected the request: no no "* ]]
	run -0 csg-log list -c ws/signer.yaml
	[[ $output == *"key boot may already be destroyed"* ]]
}

@test "try: what csg-sign would say, without files or keys" {
	founded
	at_work
	accepted csg-policy try -P firmware --requester dave --approve alice,erin --approve frank
	refused_with_tree() { run "-$1" --separate-stderr "${@:3}"; [[ $stderr == *"$2"* ]]; }
	refused_with_tree 5 'QUORUM: security 1/2: frank or grace' csg-policy try -P firmware --requester dave --approve alice,erin
	[[ ${lines[2]} == '  security 1/2: erin; missing: frank or grace' ]]
	refused_with_tree 1 'VETO: bob rejected' csg-policy try -P firmware --approve alice,erin,frank --reject bob
	refused_with_tree 1 GROUP csg-policy try -P firmware --requester alice --approve erin
	refused_with_tree 1 GROUP csg-policy try -P firmware --approve zoe
	refused_with_tree 1 PROFILE csg-policy try -P nothing --approve alice
	refused_with_tree 1 STATEMENT csg-policy try -P firmware --approve alice:tested
	refused_with_tree 1 EXPIRED csg-policy try -P firmware --approve alice --at 500d
	run -2 csg-policy try --approve alice
	accepted csg-policy try -j -P rom --approve erin,heidi
	[[ $output == *'"route": "emergency"'* ]]
	accepted csg-policy try -p "$W/acme-1.yaml" -P boot --approve bob
}

@test "join and update: setting a person up, and keeping up" {
	begin
	unset CSG_POLICY CSG_TRUST
	cp "$W/acme-1.csgpolicy" old.csgpolicy
	refused 4 IO csg-policy join "$W/trust.pem" old.csgpolicy < /dev/null
	# where nothing would look
	HOME=home refused 4 CONFIG csg-policy join -y "$W/trust.pem" old.csgpolicy
	[[ $stderr == *": neither HOME nor XDG_CONFIG_HOME is an absolute path" && ! -e home/.config ]]
	accepted csg-policy join -y "$W/trust.pem" old.csgpolicy
	[[ $stderr == *"compare these words by phone"* ]]
	refused 4 IO csg-policy join -y "$W/trust.pem" old.csgpolicy
	accepted csg-policy show -j
	run -0 --separate-stderr csg-policy update -y old.csgpolicy
	[[ $stderr == *"version 1 is installed already"* ]]
	change 's/^  qa: .*/  qa: [bob]/'
	approve alice erin
	accepted sign "$req"
	cp -R "$HOME" home.1
	HOME=$T/home.1
	mkdir mails
	cp ./*.csgproof mails
	refused 3 TYPE csg-policy update -y "$req" # the proof of a change holds the old chain
	accepted csg-policy update -y mails
	[[ $stderr == "csg-policy: found nothing newer than version 1" ]]
	printf 'Dear all,\n\n' | cat - acme-2.csgpolicy > mail
	printf -- '-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n' >> mail # what came damaged behind it
	accepted csg-policy update -y mail
	[[ $stderr == *"from version 1 to 2"* ]]
	refused 1 ROLLBACK csg-policy update -y old.csgpolicy
	mkdir olds
	cp old.csgpolicy olds
	accepted csg-policy update -y olds
	[[ $stderr == "csg-policy: found nothing newer than version 2" ]]
	# what is installed must not be older than what was seen, either
	cp "$HOME/.config/csg/policy.csgpolicy" keep
	cp old.csgpolicy "$HOME/.config/csg/policy.csgpolicy"
	refused 1 ROLLBACK csg-policy update -y olds
	cp keep "$HOME/.config/csg/policy.csgpolicy"
	sed 's/^\(M[A-Za-z]*\)A/\1B/' mail > broken
	run -0 csg-policy show -j
	[[ $output == *'"version": 2'* ]]
	HOME=$T/home
	accepted csg-policy update -y - < acme-2.csgpolicy
	mkdir empty
	refused 3 TYPE csg-policy update -y empty
	people "$T/k" eve
	sed 's/^csg-founding: sha256:......../csg-founding: sha256:00000000/' "$W/trust.pem" > other.pem
	refused 1 POLICYSIG csg-policy join -y other.pem acme-2.csgpolicy
}

@test "check: warnings at line and column for what is legal but unwise" {
	founded
	at_work
	run -0 --separate-stderr csg-policy check "$W/acme-1.yaml"
	[[ $stderr != *warning* ]]
	warns() {
		sed "$1" "$W/acme-1.yaml" > w.yaml
		run -0 --separate-stderr csg-policy check w.yaml
		[[ $stderr =~ w\.yaml:[0-9]+:[0-9]+:\ warning:\ .*"$2" ]]
	}
	warns 's/^  qa: .*/  qa: [bob]/' 'profile firmware: if bob left, nobody could get a signature any more'
	warns 's/^    requesters: \[developers\]/    requesters: [developers]/; s/^  qa: .*/  qa: [bob]/' 'profile boot: if bob left'
	warns 's/^expires: .*/expires: 2036-01-01T00:00:00Z/' 'the certificate of user alice expires at'
	csg-keygen -q --no-passphrase --days 3 -o . temp > /dev/null
	sed 's/^issued/issued/' "$W/acme-1.yaml" > w.yaml
	csg-policy user add w.yaml -g qa temp.crt
	run -0 --separate-stderr csg-policy check w.yaml
	[[ $stderr == *'the certificate of user temp expires soon'* ]]
	warns '/^      emergency:/,$s/- {group: admins, need: 1}//' 'one person other than the requester can complete the emergency route emergency'
	sed 's/emergency: true/emergency: false/; s/^    routes:/    cooling-off: 1h\n&/' "$W/acme-1.yaml" > w.yaml
	run -0 --separate-stderr csg-policy check w.yaml
	[[ $stderr == *'route emergency has a shorter cooling-off than the normal route'* ]]
}

@test "explain, audit, graph: what a policy means" {
	founded
	at_work
	accepted csg-policy explain firmware
	[[ $output == *"- 2 of security (erin, frank and grace)"* ]]
	accepted csg-policy explain
	[[ $output == *"Profile boot"*"Profile rom"* ]]
	refused 1 PROFILE csg-policy explain nothing
	accepted csg-policy audit firmware
	[[ ${lines[1]} == 'The smallest sets have 4 people, the requester included; there are 12 of them:' ]]
	[[ ${lines[2]} == '  1 of {dave, carol} + 1 of {alice, bob} + 2 of {erin, frank, grace}' ]]
	accepted csg-policy audit -j
	[[ $output == *'"count": 12'* ]]
	refused 1 PROFILE csg-policy audit nothing
	accepted csg-policy graph
	[[ $output == 'digraph policy {'*'}' ]]
	accepted csg-policy graph -p "$W/acme-1.yaml" rom
	refused 1 PROFILE csg-policy graph nothing
	refused 4 IO csg-policy explain -p gone.yaml
}

@test "diff: what changes, the weaker first; csg-endorse shows it too" {
	begin
	csg-policy new -o acme-2.yaml
	accepted csg-policy diff "$CSG_POLICY" acme-2.yaml
	[[ $output != *weaker* ]]
	sed -i 's/^      - {group: security, need: 2}/      - {group: security, need: 1}/; s/^  qa: .*/  qa: [bob]/' acme-2.yaml
	accepted csg-policy diff "$CSG_POLICY" acme-2.yaml
	[[ ${lines[0]} == 'weaker    firmware: security falls from 2 to 1' ]]
	[[ $output == *'stronger'*'alice leaves qa'* ]]
	accepted csg-policy diff -j "$CSG_POLICY" acme-2.yaml
	[[ $output == *'"severity": "weaker"'* ]]
	req=$(csg-request -q -P policy -m change -k "$(key heidi)" acme-2.yaml)
	run -0 --separate-stderr csg-endorse -y --approve -k "$(key alice)" "$req" acme-2.yaml
	[[ $stderr == *'weaker    firmware: security falls from 2 to 1'* ]]
	run -2 csg-policy diff "$CSG_POLICY"
}
