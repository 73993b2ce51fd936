#!/usr/bin/env bats
# As large as it may be, and one more.

load helpers

# ron has an RSA key, whose signatures are all of one length; profile one
# signs CMS with a single vote.
limits_draft() {
	csg-keygen -q --no-passphrase -a rsa3072 -o "$W/keys" ron > /dev/null
	csg-token newkey -q -c "$W/ws/signer.yaml" --name one -a p256 --subject /CN=one -o "$W/keys/one.crt" > /dev/null
	draft "$1"
	csg-policy user add "$1" -g developers "$W/keys/ron.crt"
	csg-policy key add "$1" "$W/keys/one.crt"
	echo '  one: {key: one, format: cms, requesters: [developers], quorum: [{group: qa, need: 1}]}' >> "$1"
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded limits_draft
}
setup() { at_work; }

# padded FILE SIZE: with comments to so many bytes
padded() {
	{
		cat "$1"
		yes '###############################################################' | head -c "$(($2 - $(stat -c %s "$1")))" || :
	} > "$1.padded"
	[[ $(stat -c %s "$1.padded") == "$2" ]]
	mv "$1.padded" "$1"
}

@test "attack 8: a policy of 4 MiB is founded upon, checked and signed; a byte more is not read" {
	local max=4194304
	csg-policy new -o acme-2.yaml > /dev/null
	cp acme-2.yaml small
	padded acme-2.yaml $((max + 1))
	refused 3 TYPE csg-policy check acme-2.yaml
	[[ $stderr == *"acme-2.yaml: larger than $max bytes" ]]
	refused 3 TYPE csg-request --founding acme-2.yaml -m x -k "$(key heidi)"
	refused 3 TYPE csg-request -P policy -m x -k "$(key heidi)" acme-2.yaml
	cp small acme-2.yaml
	padded acme-2.yaml $max
	accepted csg-policy check acme-2.yaml
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	accepted csg-sign -c ws/signer.yaml "$req"
	accepted csg-policy show -j -p acme-2.csgpolicy
	[[ $output == *'"version": 2'* ]]
}

@test "attack 8: a request of 64 MiB is read; a byte more is none" {
	local max=67108864 around
	request boot app.bin
	words "$req" | sed 's/^author: .*/author: ron/' > ron.yaml
	# of_size N FILE: as DER; beyond 16 MiB what is around it is of one size
	of_size() {
		cp ron.yaml big.yaml
		padded big.yaml $(($1 - around))
		"$CSG_UNIT/forge" sign request "$W/keys/ron.crt" "$(key ron)" big.yaml "$2"
		rm big.yaml
	}
	der_size() { sed '/-----/d' "$1" | openssl base64 -d | wc -c; }
	around=0
	of_size 17000000 probe
	around=$(($(der_size probe) - 17000000))
	of_size $max at
	of_size $((max + 1)) over
	[[ $(der_size at) == "$max" && $(der_size over) == $((max + 1)) ]]
	refused 3 PARSE csg-endorse -y --approve -k "$(key alice)" over app.bin
	[[ $stderr == *"at most"* ]]
	sign_refused 3 PARSE over
	(
		[[ -n $sanitized ]] || ulimit -v 524288
		csg-endorse -q -y --approve -o vote -k "$(key alice)" at app.bin > /dev/null
	)
	accepted sign at vote
	accepted csg-verify -P boot app.bin
}

@test "a request for a policy has 256 KiB; a byte more is refused by all" {
	local max=262144
	# of_size N YAML FILE: as DER, in as many tries as ECDSA's lengths take
	of_size() {
		local n=0 pad=$1
		until [[ $n == "$1" ]]; do
			cp "$2" big.yaml
			padded big.yaml "$pad"
			forge heidi request < big.yaml > "$3"
			n=$(sed '/-----/d' "$3" | openssl base64 -d | wc -c)
			[[ $pad != "$1" ]] || pad=$((2 * $1 - n))
		done
	}
	csg-policy new -o acme-2.yaml > /dev/null
	words "$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)" > asked.yaml
	rm ./*.csgreq
	of_size $((max + 1)) asked.yaml over
	refused 1 LIMIT csg-endorse -y --approve -k "$(key alice)" over acme-2.yaml
	[[ $stderr == *"$((max + 1)) bytes"*" limit is $max" ]]
	sign_refused 1 LIMIT over
	# under another profile it is none too large
	request boot app.bin
	words "$req" | sed 's/^author: .*/author: carol/' > other.yaml
	padded other.yaml $((max + 1))
	forge carol request < other.yaml > other
	accepted csg-endorse -q -y --abstain -k "$(key alice)" other app.bin
	of_size $max asked.yaml at
	req='at'
	approve alice erin
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	accepted csg-sign -c ws/signer.yaml at
	accepted csg-policy show -p acme-2.csgpolicy
}

@test "a founding request, too; and csg-request makes none that is larger" {
	local max=262144
	words "$(csg-request -q --founding "$W/acme-1.yaml" -m x -k "$(key heidi)")" > small.yaml
	cp small.yaml large.yaml
	padded large.yaml $max
	forge heidi request < large.yaml > large
	forge heidi request < small.yaml > small
	refused 1 LIMIT csg-endorse -y --approve -k "$(key alice)" large "$W/acme-1.yaml"
	accepted csg-endorse -q -y --approve -o vote -k "$(key alice)" small "$W/acme-1.yaml"
	csg-token init -q -d new > /dev/null
	refused 1 LIMIT csg-policy found -c new/signer.yaml "$W/acme-1.yaml" large
	refused 5 QUORUM csg-policy found -c new/signer.yaml "$W/acme-1.yaml" small
	# each line of the words is two bytes more in YAML
	lines() { yes x | head -n "$1"; }
	refused 1 LIMIT csg-request -o . --founding "$W/acme-1.yaml" -m "$(lines 65535)" -k "$(key heidi)"
	accepted csg-request -q -o . --founding "$W/acme-1.yaml" -m "$(lines 60000)" -k "$(key heidi)"
}

@test "attack 32: a request of 100,000 artifacts is read; one more is none" {
	request firmware app.bin
	listing() {
		words "$req" | sed '/^artifacts:/q'
		words "$req" | grep -A3 '^ *- *{*name: app.bin' > one
		seq 1 "$1" | sed "s/.*/  - {name: a&, size: 1, sha256: $(sha256sum app.bin | cut -d' ' -f1)}/"
	}
	listing 100001 | forge dave request > over.csgreq
	refused 3 PARSE csg-endorse -y --abstain -k "$(key alice)" over.csgreq
	listing 100000 | forge dave request > at.csgreq
	accepted csg-endorse -q -y --abstain -k "$(key alice)" at.csgreq
	# and by csg-request, before it opens any of them
	ln -s app.bin link
	links=$(yes link | head -n 100001 | tr '\n' ' ')
	refused 1 POLICY csg-request -P firmware -m x -k "$(key dave)" $links
	refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" ${links% link }
}

@test "an artifact of 4 GiB streams through all tools in 512 MiB" {
	# in memory, where there is any: holes cost nothing there
	big=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$T")")
	size=$((4 << 30))
	[[ -z $sanitized ]] || size=$((1 << 28)) # it takes long then
	truncate -s $size "$big/big.bin"
	flat() {
		(
			# AddressSanitizer reserves terabytes
			[[ -n $sanitized ]] || ulimit -v 524288
			"$@" > /dev/null
		)
	}
	flat csg-request -q -o cms.csgreq -P one -m x -k "$(key dave)" "$big/big.bin"
	flat csg-endorse -q -y --approve -o cms.csgend -k "$(key alice)" cms.csgreq "$big/big.bin"
	flat csg-sign -C "$big" -c "$W/ws/signer.yaml" cms.csgreq cms.csgend
	# asked for as raw without another pass, and approved blindly
	words cms.csgreq | sed 's/^profile: .*/profile: boot/' | forge dave request > raw.csgreq
	csg-endorse -q -y --approve --blind -C "$W" -o raw.csgend -k "$(key alice)" raw.csgreq > /dev/null
	flat csg-sign -C "$big" -c "$W/ws/signer.yaml" raw.csgreq raw.csgend
	[[ -s big.bin.p7s && -s big.bin.sig ]]
	flat csg-verify -P one -s big.bin.p7s -e . "$big/big.bin"
	words cms.csgreq | grep -q "size: $size"
}
teardown() { [[ -z ${big:-} ]] || rm -rf "$big"; }

@test "attack 47: an empty artifact is signed with RSA-PSS, and no other passes for it" {
	: > empty.bin
	request rom empty.bin
	csg-endorse -q -y --approve -k "$(key erin)" "$req" empty.bin > /dev/null
	csg-endorse -q -y --approve -k "$(key frank)" "$req" empty.bin > /dev/null
	accepted sign "$req"
	accepted csg-verify -P rom empty.bin
	openssl x509 -in "$W/keys/rom.crt" -noout -pubkey > rom.pub
	openssl dgst -sha256 -verify rom.pub -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -signature empty.bin.sig empty.bin
	printf '\0' > empty.bin
	refused 1 DIGEST csg-verify -P rom empty.bin
}
