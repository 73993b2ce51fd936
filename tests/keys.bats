#!/usr/bin/env bats
# People's keys: which one is used when none is named, and that openssl's own
# do everything that csg-keygen's do.

load helpers

# olga has RSA, otto EC, both made by openssl with certificates of its own;
# olga asks and endorses, otto endorses and operates
openssl_draft() {
	(
		cd "$W/keys" || exit
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out olga.key 2> /dev/null
		openssl req -x509 -new -key olga.key -sha256 -subj '/CN=Olga of QA/O=Acme' -days 30 -out olga.crt
		openssl ecparam -name secp384r1 -genkey -noout -out otto.key
		openssl req -x509 -new -key otto.key -sha384 -subj /CN=otto -days 30 -addext keyUsage=critical,digitalSignature -out otto.crt
		chmod 600 olga.key otto.key
	)
	draft "$1"
	csg-token newkey -q -c "$W/ws/signer.yaml" --name operated -a p256 --subject /CN=operated -o "$W/keys/operated.crt" > /dev/null
	csg-policy user add "$1" -g developers,qa "olga=$W/keys/olga.crt"
	csg-policy user add "$1" -g qa,admins "$W/keys/otto.crt"
	csg-policy key add "$1" "$W/keys/operated.crt"
	echo '  operated: {key: operated, format: cms, requesters: [developers], operators: [admins], quorum: [{group: qa, need: 1}]}' >> "$1"
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded openssl_draft
}
setup() {
	at_work
	config=$HOME/.config/csg
	mkdir -p "$config"
}

# asks: csg-request without a key; who asked
asks() {
	rm -f ./*.csgreq
	accepted csg-request -q -P boot -m x "$@" app.bin
	words "$output" | sed -n 's/^author: //p' > author
}

@test "the key is -k, else \$CSG_KEY, else the only *.key in ~/.config/csg" {
	refused 4 CONFIG csg-request -P boot -m x app.bin
	cp "$(key dave)" "$config/any-name.key"
	asks
	[[ $(< author) == dave ]]
	# a second one, whoever's: none is taken
	cp "$(key carol)" "$config/carol.key"
	rm ./*.csgreq
	refused 4 CONFIG csg-request -P boot -m x app.bin
	[[ $stderr == *"exactly one *.key in ~/.config/csg"* && -z $(ls ./*.csgreq 2> /dev/null) ]]
	export CSG_KEY=$config/carol.key
	asks
	[[ $(< author) == carol ]]
	asks -k "$config/any-name.key"
	[[ $(< author) == dave ]]
	# a variable that leads nowhere is no reason to take another
	rm "$config/carol.key"
	refused 4 IO csg-request -P boot -m x app.bin
	CSG_KEY='' asks
	[[ $(< author) == dave ]]
	# what is no key's name does not disturb
	unset CSG_KEY
	touch "$config/carol.key.old" "$config/notes"
	mkdir "$config/keys"
	asks
	[[ $(< author) == dave ]]
	XDG_CONFIG_HOME=$T/other refused 4 CONFIG csg-request -P boot -m x app.bin
}

@test "it is the same for csg-endorse, and csg-sign takes none that is not named" {
	cp "$(key alice)" "$config"
	request boot app.bin
	accepted csg-endorse -y --approve "$req" app.bin
	[[ $output == "$(vote_of alice)" ]]
	cp "$(key bob)" "$config"
	refused 4 CONFIG csg-endorse -f -y --approve "$req" app.bin
	CSG_KEY=$config/bob.key accepted csg-endorse -y --approve "$req" app.bin
	[[ $output == "$(vote_of bob)" ]]
	request operated app.bin
	approve alice
	rm "$config/bob.key" "$config/alice.key"
	cp "$(key heidi)" "$config"
	CSG_KEY=$(key heidi) sign_refused 1 OPERATOR "$req"
	accepted sign -k "$(key heidi)" "$req"
}

@test "openssl's RSA and EC keys ask, vote and operate" {
	req=$(csg-request -q -P operated -m 'release 1.0' -k "$(key olga)" app.bin)
	refused 1 SELF csg-endorse -y --approve -k "$(key olga)" "$req" app.bin
	accepted csg-endorse -y --approve -k "$(key otto)" "$req" app.bin
	sign_refused 1 OPERATOR "$req"
	accepted sign -k "$(key otto)" "$req"
	accepted csg-verify -P operated app.bin
	[[ ${lines[1]} == *"by olga: release 1.0; approved by otto (qa)"* ]]
	# what they signed is openssl's, too
	openssl cms -verify -binary -inform PEM -in "$req" -nointern -certfile "$W/keys/olga.crt" -CAfile "$W/keys/olga.crt" -purpose any -out /dev/null
	openssl cms -verify -binary -inform PEM -in "$(vote_of otto)" -nointern -certfile "$W/keys/otto.crt" -CAfile "$W/keys/otto.crt" -purpose any -out /dev/null
	# a vote with RSA
	request boot app.bin
	accepted csg-endorse -y --approve -k "$(key olga)" "$req" app.bin
	accepted sign "$req"
	accepted csg-verify -P boot -s app.bin.sig app.bin
	# and encrypted, as openssl encrypts them: PKCS#8 and the older form
	echo 'a passphrase' > pass
	chmod 600 pass
	openssl pkcs8 -topk8 -v2 aes-256-cbc -in "$(key olga)" -out p8.key -passout file:pass
	openssl ec -aes256 -in "$(key otto)" -out old.key -passout file:pass 2> /dev/null
	chmod 600 p8.key old.key
	accepted csg-request -P boot -m x -k p8.key --pin-source file:pass app.bin
	accepted csg-endorse -f -y --approve -k old.key --pin-source file:pass "$output" app.bin
}
