#!/usr/bin/env bats
# Too early and too late: requests, votes, certificates and policies, judged
# at the workstation's time.

load helpers

# certificate NAME START END: of a CA, valid between these
certificate() {
	(
		cd "$W/keys" || exit
		openssl req -new -key "$1.key" -subj "/CN=$1" -out csr 2> /dev/null
		openssl ca -config ca.cnf -batch -notext -in csr -out "$1.crt" -startdate "$2" -enddate "$3" 2> /dev/null
		openssl x509 -in "$1.crt" -noout -subject | grep -qE "CN ?= ?$1"
	)
}

# Certificates of one CA: frank's has expired, grace's is not valid yet, and
# so is carol's; those of erin and dave are valid.  RATE has a short period.
dated_draft() {
	(
		cd "$W/keys" || exit
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 365 -subj /CN=ca 2> /dev/null
		mkdir certs
		touch index.txt
		cat > ca.cnf <<-'END'
			[ca]
			default_ca = own
			[own]
			dir = .
			new_certs_dir = certs
			database = index.txt
			certificate = ca.pem
			private_key = ca.key
			rand_serial = yes
			default_md = sha256
			policy = any
			x509_extensions = person
			[any]
			commonName = supplied
			[person]
			keyUsage = digitalSignature
		END
	)
	past=20200101000000Z future=20500101000000Z
	certificate erin $past $future
	certificate dave $past $future
	certificate frank $past 20260101000000Z
	certificate grace 20400101000000Z $future
	certificate carol $past 20260101000000Z
	draft "$1"
	for name in slow one; do
		csg-token newkey -q -c "$W/ws/signer.yaml" --name $name -a p256 --subject "/CN=$name" -o "$W/keys/$name.crt" > /dev/null
		csg-policy key add "$1" "$W/keys/$name.crt"
	done
	cat >> "$1" <<-'END'
	  one: {key: one, format: raw, requesters: [developers], quorum: [{group: security, need: 1}]}
	  slow: {key: slow, format: raw, requesters: [developers], limit: {signatures: 1, period: 12s}, quorum: [{group: security, need: 1}]}
	END
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded dated_draft
}
setup() { at_work; }

utc() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }

@test "attack 15: a request of the next hour is refused, one of a clock a little ahead is not" {
	request boot app.bin
	of() { words "$req" | sed "s/^time: .*/time: $1/" | forge dave request; }
	of "$(utc '+1 hour')" > later.csgreq
	refused 1 EXPIRED csg-endorse -y --approve -k "$(key alice)" later.csgreq app.bin
	[[ $stderr == *future* || $stderr == *"not valid before"* || $stderr == *ahead* ]]
	sign_refused 1 EXPIRED later.csgreq
	of "$(utc '+11 minutes')" > later.csgreq
	refused 1 EXPIRED csg-endorse -y --approve -k "$(key alice)" later.csgreq app.bin
	sign_refused 1 EXPIRED later.csgreq
	of "$(utc '+9 minutes')" > soon.csgreq
	accepted csg-endorse -y --approve -k "$(key alice)" soon.csgreq app.bin
	accepted sign soon.csgreq ./*.alice.csgend
}

@test "attack 26: whose certificate has expired, or is not valid yet, can't ask, vote or be counted" {
	local who
	refused 1 EXPIRED csg-request -P boot -m x -k "$(key carol)" app.bin
	[[ $stderr == *"the certificate of carol has expired" ]]
	request firmware app.bin
	words "$req" | sed 's/^author: .*/author: carol/' | forge carol request > carol.csgreq
	refused 1 EXPIRED csg-endorse -y --approve -k "$(key alice)" carol.csgreq app.bin
	sign_refused 1 EXPIRED carol.csgreq
	approve alice erin
	words "$(vote_of erin)" > vote.yaml
	for who in frank grace; do
		refused 1 EXPIRED csg-endorse -y --approve -k "$(key $who)" "$req" app.bin
		[[ $stderr == *"$who"* && ! -e $(vote_of $who) ]]
		sed "s/^author: .*/author: $who/" vote.yaml | forge $who endorsement > "$(vote_of $who)"
	done
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"$(vote_of frank): EXPIRED: "*"$(vote_of grace): EXPIRED: "* ]]
	[[ $stderr == *"waiting: QUORUM: security 1/2: frank or grace" ]]
	# erin's is of the same CA, and valid
	request boot app.bin
	words "$req" | sed 's/^why: .*/why: again/' | forge dave request > dave.csgreq
	accepted csg-endorse -y --approve -k "$(key alice)" dave.csgreq app.bin
	request one app.bin
	sed "s/^request: .*/request: sha256:$(words "$req" | sha256sum | cut -d' ' -f1)/" vote.yaml > one.yaml
	sed 's/^author: .*/author: frank/' one.yaml | forge frank endorsement > frank.csgend
	sign_refused 5 QUORUM "$req" frank.csgend
	forge erin endorsement < one.yaml > erin.csgend
	accepted sign "$req" frank.csgend erin.csgend
}

@test "that a request has expired is recorded for a day: to a clock far ahead all have" {
	refusals() { sql "$W/ws/state/ledger.db" "SELECT count(*) FROM entry WHERE kind = 'refuse' AND reason = 'EXPIRED'"; }
	request boot app.bin
	of() { words "$req" | sed "s/^time: .*/time: $(utc "$1 -1 hour")/; s/^expires: .*/expires: $(utc "$1")/" | forge dave request; }
	before=$(refusals)
	of '-25 hours' > old.csgreq
	sign_refused 1 EXPIRED old.csgreq
	[[ $(refusals) == "$before" ]]
	of '-23 hours' > today.csgreq
	sign_refused 1 EXPIRED today.csgreq
	[[ $(refusals) == $((before + 1)) ]]
	# what it says of its end counts as far as the profile goes: 7 days
	lasting() { words "$req" | sed "s/^time: .*/time: $(utc "$1")/; s/^expires: .*/expires: 9999-12-31T23:59:59Z/" | forge dave request; }
	lasting '-8 days -1 hour' > old.csgreq
	sign_refused 1 EXPIRED old.csgreq
	[[ $(refusals) == $((before + 1)) ]]
	lasting '-8 days +1 hour' > today.csgreq
	sign_refused 1 EXPIRED today.csgreq
	[[ $(refusals) == $((before + 2)) ]]
	# and not at all where there is no such profile
	nowhere() { words "$req" | sed "s/^profile: .*/profile: none/; s/^time: .*/time: $(utc "$1")/; s/^expires: .*/expires: 9999-12-31T23:59:59Z/" | forge dave request; }
	refusals() { sql "$W/ws/state/ledger.db" "SELECT count(*) FROM entry WHERE kind = 'refuse' AND reason = 'PROFILE'"; }
	before=$(refusals)
	nowhere '-25 hours' > old.csgreq
	sign_refused 1 PROFILE old.csgreq
	[[ $(refusals) == "$before" ]]
	nowhere '-23 hours' > today.csgreq
	sign_refused 1 PROFILE today.csgreq
	[[ $(refusals) == $((before + 1)) ]]
}

@test "rule 4: a rejection past its own expiry still stops, an approval past its own does not count" {
	request boot app.bin
	csg-endorse -q -y --approve -u 1s -k "$(key alice)" "$req" app.bin > /dev/null
	sleep 2
	sign_refused 5 QUORUM "$req"
	[[ $stderr == *"$(vote_of alice): EXPIRED"* ]]
	csg-endorse -q -y --reject -m no -u 1s -k "$(key bob)" "$req" > /dev/null
	approve_again() { csg-endorse -q -f -y --approve -k "$(key alice)" "$req" app.bin > /dev/null; }
	approve_again
	sleep 2
	sign_refused 1 VETO "$req"
	[[ $stderr == *"bob rejected the request: no" ]]
	# without that rejection the same approval does
	echo more >> app.bin
	request boot app.bin
	approve_again
	accepted sign "$req"
}

# dated NAME: dave's vote in no.yaml as one of NAME's, dated well before $req
dated() {
	sed "s/^time: .*/time: $(utc '-11 minutes')/; s/^author: .*/author: $1/" no.yaml | forge "$1" endorsement > "$(vote_of "$1")"
}

@test "a rejection that is dated before its request stops it, too, and is kept" {
	asked() {
		request boot app.bin
		approve alice
		csg-endorse -q -y --reject -m no -k "$(key dave)" "$req" > /dev/null
		words "$(vote_of dave)" > no.yaml
		rm "$(vote_of dave)"
	}
	asked
	dated dave
	run -1 --separate-stderr csg-sign -n -p "$CSG_POLICY" -t "$CSG_TRUST" "$req"
	[[ $stderr == *": VETO: dave withdrew the request: no" ]]
	run -1 csg-sign -n -c "$W/ws/signer.yaml" "$req"
	sign_refused 1 VETO "$req"
	[[ $stderr == *": VETO: dave withdrew the request: no" ]]
	rm "$(vote_of dave)"
	sign_refused 1 VETO "$req"
	# before there is a quorum, too
	echo more >> app.bin
	asked
	dated dave
	mv "$(vote_of alice)" vote
	sign_refused 1 VETO "$req"
	# erin has no say in it
	echo more >> app.bin
	asked
	dated erin
	accepted sign "$req"
}

@test "a rejection that is dated before its request stops a founding, too" {
	csg-token init -q -d new > /dev/null
	cp "$W"/keys/*.crt .
	cp new/policy.crt new/ledger.crt .
	csg-policy new "$root/policy/startup.yaml" -o acme-1.yaml > /dev/null
	csg-policy user add acme-1.yaml -g team,admins alice.crt dave.crt
	csg-policy user add acme-1.yaml -g admins heidi.crt
	csg-policy user add acme-1.yaml -g team erin.crt
	sed -i "s/key: product/key: firmware/" acme-1.yaml
	csg-policy key add acme-1.yaml policy.crt ledger.crt firmware.crt
	for who in dave erin; do
		rm -f ./*.csg*
		req=$(csg-request -q --founding acme-1.yaml -m founding -k "$(key dave)")
		csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-1.yaml > /dev/null
		csg-endorse -q -y --approve -k "$(key heidi)" "$req" acme-1.yaml > /dev/null
		csg-endorse -q -y --reject -m no -k "$(key dave)" "$req" acme-1.yaml > /dev/null
		words "$(vote_of dave)" > no.yaml
		rm "$(vote_of dave)"
		dated $who
		if [[ $who == dave ]]; then
			refused 1 VETO csg-policy found -c new/signer.yaml acme-1.yaml "$req"
		else # who is no admin
			accepted csg-policy found -c new/signer.yaml acme-1.yaml "$req"
		fi
	done
}

@test "RATE: as many signatures as the period allows, and again when it has passed" {
	local first second
	request slow app.bin
	approve erin
	first=$req
	echo more >> app.bin
	mkdir more
	mv app.bin more/app.bin
	second=$(csg-request -q -o more -P slow -m more -k "$(key dave)" more/app.bin)
	csg-endorse -q -y --approve -o more -k "$(key erin)" "$second" more/app.bin > /dev/null
	printf 'firmware image %s\n' "$BATS_TEST_NUMBER" > app.bin
	accepted sign "$first"
	sign_refused 5 RATE -C more -o more "$second"
	[[ $stderr == *"allows 1 signature"* && ! -e more/app.bin.sig ]]
	sleep 13
	accepted sign -C more -o more "$second"
	accepted csg-verify -P slow -e more more/app.bin
}

@test "a policy that is not issued yet is not in force yet, whoever signed it" {
	local draft who
	csg-policy new -o acme-2.yaml > /dev/null
	sed "s/^issued: .*/issued: $(utc '+11 minutes')/" acme-2.yaml > early.yaml
	sed "s/^issued: .*/issued: $(utc '+9 minutes')/" acme-2.yaml > soon.yaml
	request boot app.bin
	words "$req" > request.yaml
	refused 1 LOCKOUT csg-request -P policy -m next -k "$(key heidi)" early.yaml
	accepted csg-request -P policy -m next -k "$(key heidi)" soon.yaml
	change=$output
	approve_change() { csg-endorse -q -y --approve -o "$1.csgend" -k "$(key "$1")" "$change" soon.yaml > /dev/null; }
	approve_change alice
	approve_change erin
	# the same people, and a thief of the PIN, around csg
	for draft in early soon; do
		words "$change" | sed "s/sha256: [0-9a-f]*}/sha256: $(sha256sum $draft.yaml | cut -d' ' -f1)}/; s/name: soon/name: $draft/" | forge heidi request > $draft.csgreq
		for who in alice erin; do
			words $who.csgend | sed "s/^request: .*/request: sha256:$(words $draft.csgreq | sha256sum | cut -d' ' -f1)/" | forge $who endorsement > $draft.$who.csgend
		done
		req=$draft.csgreq
		thief $draft.yaml $draft.alice.csgend $draft.erin.csgend
		mv thief.csgpolicy $draft.csgpolicy
		sed "s/^policy: .*/policy: sha256:$(sha256sum $draft.yaml | cut -d' ' -f1)/" request.yaml | forge dave request > app.$draft.csgreq
	done
	export HOME=$T/early
	refused 1 EXPIRED csg-request -p early.csgpolicy -P boot -m x -k "$(key dave)" app.bin
	[[ $stderr == *": policy acme version 2 is not valid before "* ]]
	refused 1 EXPIRED csg-endorse -p early.csgpolicy -y --approve -k "$(key alice)" app.early.csgreq app.bin
	refused 1 EXPIRED csg-sign -n -p early.csgpolicy -t "$CSG_TRUST" app.early.csgreq
	export HOME=$T/soon
	accepted csg-request -p soon.csgpolicy -P boot -m x -k "$(key dave)" app.bin
	accepted csg-endorse -p soon.csgpolicy -y --approve -k "$(key alice)" app.soon.csgreq app.bin
	run -0 csg-sign -n -p soon.csgpolicy -t "$CSG_TRUST" app.soon.csgreq ./*.alice.csgend
}
