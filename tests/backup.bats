#!/usr/bin/env bats
# csg-token backup and restore: the embedded token in its custodians' hands.

load helpers

# A workstation with a policy in force, and custodians of all kinds of keys.
setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
	mkdir "$W/c"
	cd "$W/c"
	csg-keygen -q --no-passphrase anna > /dev/null
	csg-keygen -q --no-passphrase -a rsa3072 boris > /dev/null
	csg-keygen -q --no-passphrase -a p384 cleo > /dev/null
	csg-keygen -q --no-passphrase mallory > /dev/null
	csg-token backup -q -c "$W/ws/signer.yaml" --need 2 -o good.csgbackup anna.crt boris.crt cleo.crt > /dev/null
	csg-token backup -q -c "$W/ws/signer.yaml" --need 2 -o other.csgbackup anna.crt boris.crt cleo.crt > /dev/null
	# of a new workstation with two keys: the fewest files that a backup has
	csg-token init -q -d "$W/small" > /dev/null
	csg-token backup -q -c "$W/small/signer.yaml" --need 2 -o small.csgbackup anna.crt boris.crt > /dev/null
}

setup() {
	at_work
	cp "$W"/c/* .
}

# backup WORKSTATION: into new.csgbackup, for two of the three
backup() { csg-token backup -c "$1/signer.yaml" --need 2 -o new.csgbackup anna.crt boris.crt cleo.crt; }

# restore BACKUP NAME...: by these custodians, into r
restore() {
	local file=$1 who keys=()
	shift
	for who in "$@"; do
		keys+=(-k "$who.key")
	done
	csg-token restore -d r "${keys[@]}" "$file"
}

# nothing: no r, and nothing half done
nothing() {
	[[ ! -e r && -z $(ls -d .csg-* 2> /dev/null) ]] || {
		ls -la
		return 1
	}
}

# restore_refused CODE REASON BACKUP NAME...
restore_refused() {
	refused "$1" "$2" restore "${@:3}"
	nothing
}

# apart FILE DIR: its blocks, block-00 and so on
apart() {
	mkdir "$2"
	csplit -s -z -f "$2/block-" "$1" '/^-----BEGIN/' '{*}'
}

digest_of() { openssl asn1parse -in "$1" -noout -out /dev/stdout | sha256sum | cut -d' ' -f1; }

@test "any two of three custodians restore the token, and it signs" {
	for pair in 'anna boris' 'boris cleo' 'cleo anna'; do
		rm -rf r
		# shellcheck disable=SC2086
		accepted restore good.csgbackup $pair
		[[ $output == "$T/r/tokens"$'\n'"$T/r/softhsm2.conf"$'\n'"$T/r/pin"$'\n'"$T/r/signer.yaml" ]]
	done
	rm -rf r
	accepted restore good.csgbackup anna boris cleo
	nothing_but=$(ls -A r | tr '\n' ' ')
	[[ $nothing_but == 'pin signer.yaml softhsm2.conf tokens ' ]]
	[[ $(stat -c %a r) == 700 && $(stat -c %a r/pin r/signer.yaml | sort -u) == 600 ]]
	cmp r/pin "$W/ws/pin"
	refused 4 CONFIG csg-token list -c r/signer.yaml
	cp -R "$W/ws/state" r/state
	diff <(csg-token list -c r/signer.yaml) <(csg-token list -c "$W/ws/signer.yaml")
	request firmware app.bin
	approve alice erin frank
	accepted csg-sign -c r/signer.yaml "$req"
	accepted csg-verify -P firmware app.bin
}

@test "what backup says is what restore says" {
	accepted backup "$W/ws"
	[[ $output == new.csgbackup && $(stat -c %a new.csgbackup) == 600 ]]
	[[ $stderr == *"any 2 of 3 custodians can restore it"*"custodian boris has the key "*"custodian cleo has"* ]]
	words=$(sed -n 's/.*the backup is \([a-z-]*\):.*/\1/p' <<< "$stderr")
	[[ $words =~ ^([a-z]{5}-){3}[a-z]{5}$ ]]
	accepted restore new.csgbackup cleo boris
	[[ $stderr == *"backup $words of pkcs11:token=csg, 20"*"needs 2 of 3 custodians"*"cleo gives a share: 1/2"*"boris gives a share: 2/2"* ]]
	[[ $(openssl cms -data_out -inform PEM -in new.csgbackup | sha256sum) == $(openssl cms -data_out -inform PEM -in new.csgbackup | sha256sum) ]]
}

@test "one of three is too few, also twice, and a stranger is none" {
	restore_refused 5 QUORUM good.csgbackup anna
	[[ $stderr == *"custodians 1/2: boris or cleo" ]]
	restore_refused 5 QUORUM good.csgbackup anna anna
	[[ $stderr == *"warning: anna.key: anna has given the share already"*"custodians 1/2: boris or cleo" ]]
	restore_refused 1 GROUP good.csgbackup mallory
	restore_refused 1 GROUP good.csgbackup anna mallory
	[[ $stderr == *"mallory.key: is not the key of a custodian of this backup" ]]
	accepted restore good.csgbackup anna anna boris
	rm -r r
	refused 4 TOKEN csg-token restore -d r --module /gone.so -k anna.key -k boris.key good.csgbackup
	nothing
	accepted csg-token restore -d r --module "$softhsm" -k anna.key -k boris.key good.csgbackup
}

@test "one of one, and all of three" {
	csg-token backup -q -c "$W/ws/signer.yaml" --need 1 -o one.csgbackup anna.crt > /dev/null
	restore_refused 1 GROUP one.csgbackup boris
	accepted restore one.csgbackup anna
	rm -r r
	csg-token backup -q -c "$W/ws/signer.yaml" --need 3 -o all.csgbackup anna.crt boris.crt cleo.crt > /dev/null
	restore_refused 5 QUORUM all.csgbackup anna cleo
	[[ $stderr == *"custodians 2/3: boris" ]]
	accepted restore all.csgbackup cleo boris anna
}

@test "usage" {
	for need in 0 4 -1 1.5 two '' 256; do
		run -2 csg-token backup -c "$W/ws/signer.yaml" --need "$need" -o x anna.crt boris.crt cleo.crt
	done
	run -2 csg-token backup -c "$W/ws/signer.yaml" -o x anna.crt
	run -2 csg-token backup -c "$W/ws/signer.yaml" --need 1 anna.crt
	run -2 csg-token backup -c "$W/ws/signer.yaml" --need 1 -o x
	run -2 csg-token restore -d r good.csgbackup
	run -2 csg-token restore -k anna.key good.csgbackup
	run -2 csg-token restore -d r -k anna.key
	run -2 csg-token restore -d r -k anna.key good.csgbackup other.csgbackup
	run -2 csg-token restore -d r -k anna.key -k boris.key -k cleo.key --pin-source fd:3 --pin-source fd:4 good.csgbackup
	run -2 csg-token list -c "$W/ws/signer.yaml" good.csgbackup
	[[ ! -e x ]]
	nothing
}

@test "custodians' certificates: one key is one person's, and it must be able to open" {
	to() { csg-token backup -q -f -c "$W/ws/signer.yaml" --need 1 -o x "$@"; }
	again() { openssl req -x509 -new -key anna.key -subj /CN=anna-again -days 30 "$@" -out again.crt; }
	accepted to anna.crt boris.crt
	again
	accepted to again.crt boris.crt
	rm x
	refused 1 DUPKEY to anna.crt boris.crt again.crt
	[[ $stderr == *"custodians anna and anna-again have the same key" ]]
	again -addext keyUsage=keyAgreement
	accepted to again.crt
	rm x
	again -addext keyUsage=digitalSignature
	refused 1 POLICY to again.crt
	[[ $stderr == *"again.crt: the certificate's keyUsage lacks keyAgreement" ]]
	openssl req -x509 -new -key boris.key -subj /CN=b -days 30 -addext keyUsage=keyEncipherment -out b.crt
	accepted to b.crt
	rm x
	openssl req -x509 -new -key boris.key -subj /CN=b -days 30 -addext keyUsage=digitalSignature -out b.crt
	refused 1 POLICY to b.crt
	openssl req -x509 -newkey ed25519 -nodes -keyout e.key -out e.crt -days 9 -subj /CN=e 2> /dev/null
	refused 1 ALG to e.crt
	openssl req -x509 -newkey rsa:2048 -nodes -keyout e.key -out e.crt -days 9 -subj /CN=e 2> /dev/null
	refused 1 ALG to e.crt
	cat anna.crt boris.crt > both.crt
	refused 3 PARSE to both.crt
	refused 3 PARSE to anna.key
	refused 4 IO to gone.crt
	openssl x509 -req -in <(openssl req -new -key anna.key -subj /CN=old) -signkey anna.key -days 0 -out old.crt 2> /dev/null
	sleep 1
	refused 1 EXPIRED to old.crt
	[[ ! -e x ]]
}

@test "certificates of a company CA, and keys with passphrases" {
	openssl req -x509 -newkey rsa:3072 -nodes -keyout ca.key -out ca.crt -days 365 -subj /CN=ca -addext keyUsage=keyCertSign 2> /dev/null
	for who in nora otto; do
		alg=(-algorithm EC -pkeyopt ec_paramgen_curve:P-521)
		usage=keyAgreement
		[[ $who == nora ]] || {
			alg=(-algorithm RSA -pkeyopt rsa_keygen_bits:4096)
			usage=keyEncipherment
		}
		echo "secret of $who" > $who.pass
		openssl genpkey "${alg[@]}" -aes-256-cbc -pass file:$who.pass -out $who.key 2> /dev/null
		openssl req -new -key $who.key -passin file:$who.pass -subj "/CN=$who/O=Acme" -out csr
		openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -days 300 -extfile <(echo keyUsage=critical,$usage) -out $who.crt 2> /dev/null
		chmod 600 $who.key $who.pass
	done
	csg-token backup -q -c "$W/ws/signer.yaml" --need 2 -o ca.csgbackup nora.crt otto.crt anna.crt > /dev/null
	in=(csg-token restore -d r -k nora.key -k otto.key)
	refused 4 PIN "${in[@]}" --pin-source file:nora.pass ca.csgbackup
	nothing
	refused 4 PIN "${in[@]}" --pin-source file:otto.pass --pin-source file:nora.pass ca.csgbackup
	nothing
	refused 4 PIN setsid "${in[@]}" ca.csgbackup
	nothing
	accepted "${in[@]}" --pin-source file:nora.pass --pin-source file:otto.pass ca.csgbackup
	rm -r r
	exec 7< <(cat nora.pass otto.pass)
	accepted "${in[@]}" --pin-source fd:7 ca.csgbackup
	rm -r r
	accepted csg-token restore -d r -k otto.key -k anna.key --pin-source file:otto.pass ca.csgbackup
}

@test "smart cards, if they may decrypt or derive" {
	mkdir tokens
	printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\n' "$T" > softhsm2.conf
	export SOFTHSM2_CONF=$T/softhsm2.conf
	softhsm2-util --init-token --free --label card --so-pin 12345678 --pin 1234 > /dev/null
	softhsm2-util --import boris.key --token card --label boris --id 01 --pin 1234 > /dev/null
	softhsm2-util --import anna.key --token card --label signer --id 02 --pin 1234 > /dev/null
	put() { pkcs11-tool --module "$softhsm" --token-label card --login --pin 1234 --write-object "$@" --id 03 --label anna > /dev/null 2>&1; }
	openssl pkey -in anna.key -outform DER -out anna.der
	openssl pkey -in anna.key -pubout -outform DER -out anna.pub
	put anna.der --type privkey --usage-derive --sensitive
	put anna.pub --type pubkey
	echo 1234 > pin
	chmod 600 pin
	card() { csg-token restore -d r -k "pkcs11:token=card;object=$1" -k "pkcs11:token=card;object=boris" --pin-source file:pin good.csgbackup; }
	accepted card anna
	[[ $stderr == *"anna gives a share: 1/2"*"boris gives a share: 2/2"* ]]
	rm -r r
	refused 4 TOKEN card signer
	nothing
	accepted csg-token restore -d r -k cleo.key -k 'pkcs11:token=card;object=boris' --pin-source file:pin good.csgbackup
	# two people with RSA, each a card of their own
	rm -r r
	csg-keygen -q --no-passphrase -a rsa3072 dora > /dev/null
	softhsm2-util --init-token --free --label second --so-pin 12345678 --pin 1234 > /dev/null
	softhsm2-util --import dora.key --token second --label dora --id 01 --pin 1234 > /dev/null
	csg-token backup -q -c "$W/ws/signer.yaml" --need 2 -o rsa.csgbackup boris.crt dora.crt > /dev/null
	accepted csg-token restore -d r -k 'pkcs11:token=card;object=boris' -k 'pkcs11:token=second;object=dora' --pin-source file:pin rsa.csgbackup
	[[ $stderr == *"boris gives a share: 1/2"*"dora gives a share: 2/2"* ]]
}

@test "a damaged file is refused, wherever the damage is" {
	size=$(stat -c %s small.csgbackup)
	for ((at = 0; at < size; at += 997)); do
		was=$(dd if=small.csgbackup bs=1 skip=$at count=1 status=none)
		cp small.csgbackup bad
		printf '%s' "$([[ $was == A ]] && echo B || echo A)" | dd of=bad bs=1 seek=$at conv=notrunc status=none
		run --separate-stderr restore bad anna boris
		[[ ($status == 3 || $status == 1) && -z $output ]] || {
			echo "byte $at: status $status"
			return 1
		}
		nothing
		head -c $at small.csgbackup > bad
		run -3 --separate-stderr restore bad anna boris
		[[ -z $output ]]
		nothing
	done
	accepted restore small.csgbackup anna boris
}

@test "the header is for all to read, and not for anyone to change" {
	changed() {
		openssl cms -data_out -inform PEM -in good.csgbackup | sed "$1" > header
		apart good.csgbackup b
		openssl cms -data_create -binary -in header -outform PEM -out b/block-00
		cat b/block-* > bad
		rm -r b
	}
	changed ''
	cmp -s header <(openssl cms -data_out -inform PEM -in good.csgbackup)
	accepted restore bad anna boris
	rm -r r
	changed 's/^need 2/need 1/'
	restore_refused 1 SIGNATURE bad anna
	changed 's/^token pkcs11:token=csg/&x/'
	restore_refused 1 SIGNATURE bad anna boris
	changed "s/^custodian .* cleo/custodian sha256:$(openssl pkey -in mallory.key -pubout -outform DER | sha256sum | cut -d' ' -f1) cleo/"
	restore_refused 4 TOKEN bad mallory
	restore_refused 1 SIGNATURE bad anna boris
	changed 's/^csg-backup.1/csg-backup\/2/'
	restore_refused 3 TYPE bad anna boris
	restore_refused 3 TYPE "$CSG_POLICY" anna boris
	restore_refused 3 TYPE app.bin anna boris
	restore_refused 4 IO gone anna boris
}

@test "a share of another backup is refused" {
	apart good.csgbackup good
	apart other.csgbackup other
	cat good/block-0[01] other/block-02 good/block-0[34] > bad
	restore_refused 3 PARSE bad anna boris
	[[ $stderr == *"bad:"*"this block does not belong to this backup"* ]]
	openssl cms -data_out -inform PEM -in good.csgbackup |
		sed "s/$(digest_of good/block-02)/$(digest_of other/block-02)/" > header
	openssl cms -data_create -binary -in header -outform PEM -out good/block-00
	cat good/block-0[01] other/block-02 good/block-0[34] > bad
	restore_refused 1 SIGNATURE bad anna boris
	[[ $stderr == *"share of anna: belongs to another backup or custodian"* ]]
	# the contents of another
	apart good.csgbackup again
	cat again/block-00 other/block-01 again/block-0[234] > bad
	restore_refused 3 PARSE bad anna boris
	cat again/block-0[01234] > bad
	accepted restore bad anna boris
}

@test "a share that anybody can make is refused, as long as it is asked for" {
	apart good.csgbackup b
	openssl cms -decrypt -inform PEM -in b/block-03 -inkey boris.key |
		sed "s/^share .*/share $(printf '%064d' 7)/" > share
	openssl cms -encrypt -binary -aes-256-gcm -in share -outform PEM -out b/block-03 -recip boris.crt -keyopt rsa_padding_mode:oaep
	old=$(openssl cms -data_out -inform PEM -in good.csgbackup | sed -n 's/^share sha256://p' | sed -n 2p)
	openssl cms -data_out -inform PEM -in good.csgbackup | sed "s/$old/$(digest_of b/block-03)/" > header
	openssl cms -data_create -binary -in header -outform PEM -out b/block-00
	cat b/block-* > bad
	restore_refused 1 SIGNATURE bad anna boris
	[[ $stderr == *"the shares of anna, boris don't open the contents"* ]]
	restore_refused 1 SIGNATURE bad anna boris cleo
	accepted restore bad anna cleo
}

@test "a share that is cut out does not hinder the others" {
	apart good.csgbackup b
	rm b/block-03
	cat b/block-* > less
	accepted restore less anna cleo
	[[ $stderr == *"warning: the backup does not have the share of boris"* ]]
	rm -r r
	restore_refused 3 PARSE less anna boris
	[[ $stderr == *"share of boris: missing from the file" ]]
	restore_refused 5 QUORUM less anna
	[[ $stderr == *"custodians 1/2: cleo" ]]
	{
		echo 'Dear Cleo, here is the backup.'
		sed 's/$/\r/' less
	} > mail
	accepted restore mail anna cleo
}

@test "neither keys nor PIN stand in the file in the clear" {
	hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
	apart good.csgbackup b
	for f in b/block-*; do
		openssl asn1parse -in $f -noout -out $f.der
	done
	hex b/*.der > all
	run -1 grep -qF "$(hex < <(head -c 12 "$W/ws/pin"))" all
	run -1 grep -qF "$(hex < <(printf token.object))" all
	for f in "$W"/ws/tokens/*/*.object; do
		for at in 0 100 250; do
			hex -j $at -N 24 $f
			echo
		done
	done > secrets
	[[ $(grep -cE '^[0-9a-f]{48}$' secrets) == "$(wc -l < secrets)" && $(wc -l < secrets) -gt 40 ]]
	run -1 grep -qFf secrets all
	# what is looked for is there to be found
	accepted restore good.csgbackup anna boris
	hex r/pin r/tokens/*/*.object > all
	grep -qF "$(hex < <(head -c 12 "$W/ws/pin"))" all
	all=$(< all)
	for f in "$W"/ws/tokens/*/*.object; do
		# SoftHSM writes that one anew at each login
		[[ ${f##*/} == token.object || $all == *"$(hex -j 250 -N 24 "$f")"* ]]
	done
}

@test "the directory must be new or empty, and writable" {
	mkdir r
	accepted restore good.csgbackup anna boris
	rm -r r
	accepted csg-token restore -d r/// -k anna.key -k boris.key good.csgbackup
	refused 4 IO restore good.csgbackup anna boris
	[[ $stderr == *"$T/r: must be new or empty" && -e r/signer.yaml ]]
	rm -r r
	mkdir r
	touch r/x
	refused 4 IO restore good.csgbackup anna boris
	[[ $(ls -A r) == x ]]
	rm -r r
	touch r
	refused 4 IO restore good.csgbackup anna boris
	rm r
	mkdir real
	ln -s real r
	refused 4 IO restore good.csgbackup anna boris
	rm r
	for dir in . .. /proc/x gone/x; do
		refused 4 IO csg-token restore -d "$dir" -k anna.key -k boris.key good.csgbackup
	done
	nothing
}

@test "a backup replaces nothing unless it is told to, and fails before the token" {
	accepted backup "$W/ws"
	: > "$W/spy.log"
	refused 4 IO backup "$W/ws"
	refused 4 IO csg-token backup -c "$W/ws/signer.yaml" --need 1 -o /proc/x anna.crt
	refused 4 IO csg-token backup -c "$W/ws/signer.yaml" --need 1 -o gone/x anna.crt
	no_session
	accepted csg-token backup -f -c "$W/ws/signer.yaml" --need 1 -o new.csgbackup anna.crt
	accepted restore new.csgbackup anna
	refused 4 IO sh -c 'csg-token backup -q -c "$W/ws/signer.yaml" --need 1 -o y anna.crt > /dev/full'
}


# under POINT COMMAND...: with crashpoint.so; its status in $code
under() {
	local point=$1
	shift
	code=0
	{ LD_PRELOAD="$(cd "$CSG_UNIT" && pwd)/crashpoint.so" CRASHPOINT=$point "$@" > out 2> errors; } 2> /dev/null || code=$?
}

# whole POINT: success, or nothing but a path that could not be printed, and
# then the token is good; or trouble, and there is none
whole() {
	if [[ -e r ]]; then
		[[ $code == 4 ]] && grep -q 'standard output' errors && code=0
		cp -R "$W/small/state" r/state
		csg-token list -c r/signer.yaml > /dev/null
	fi
	[[ $code == 0 && -e r ]] || [[ $code == 4 && ! -e r ]] || {
		echo "$1: status $code: $(cat errors)"
		return 1
	}
}

@test "a disk that fails or is full at any point leaves nothing of a restore" {
	in=(csg-token restore -d r -k anna.key -k boris.key small.csgbackup)
	under "count:$T/calls" "${in[@]}"
	[[ $code == 0 ]]
	rm -r r
	all=$(< calls)
	[[ $all -gt 50 ]]
	for ((n = 1; n <= all; n += 3)); do
		for mode in enospc eio; do
			under $mode:$n "${in[@]}"
			whole "$mode:$n"
			[[ $code != 4 ]] || nothing
			rm -rf r .csg-*
		done
	done
}

@test "killed at any point, a restore has made everything or nothing" {
	in=(csg-token restore -d r -k anna.key -k boris.key small.csgbackup)
	under "count:$T/calls" "${in[@]}"
	rm -r r
	all=$(< calls)
	for ((n = 1; n <= all; n += 3)); do
		under kill:$n "${in[@]}"
		[[ $code == 137 || ($code == 0 && -e r) ]]
		if [[ -e r ]]; then
			cp -R "$W/small/state" r/state
			csg-token list -c r/signer.yaml > /dev/null
			rm -r r
		fi
		rm -rf .csg-*
	done
}

@test "a full disk leaves no backup, and the token as it was" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|; s|^module:.*|module: $softhsm|; /PKCS11SPY/d" ws/signer.yaml ws/softhsm2.conf
	in=(csg-token backup -q -c ws/signer.yaml --need 1 -o new.csgbackup anna.crt)
	under "count:$T/calls" "${in[@]}"
	[[ $code == 0 ]]
	rm new.csgbackup
	all=$(< calls)
	for ((n = 1; n <= all; n++)); do
		under enospc:$n "${in[@]}"
		[[ $code == 4 && ! -e new.csgbackup ]] || [[ $code == 0 ]] || grep -q 'standard output' errors || {
			echo "$n: status $code: $(cat errors)"
			return 1
		}
		rm -f new.csgbackup
	done
	accepted csg-token list -c ws/signer.yaml
}

@test "a PIN that is not the workstation's own file stays out" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|; s|^module:.*|module: $softhsm|; /PKCS11SPY/d" ws/signer.yaml ws/softhsm2.conf
	accepted backup ws
	[[ $stderr != *"this backup does not have the PIN"* ]]
	mv ws/pin elsewhere
	sed -i "s|^pin-source:.*|pin-source: file:$T/elsewhere|" ws/signer.yaml
	rm new.csgbackup
	accepted backup ws
	[[ $stderr == *"warning: this backup does not have the PIN"* ]]
	accepted restore new.csgbackup anna boris
	[[ $stderr == *"warning: the backup did not have the PIN"* && ! -e r/pin ]]
	grep -qx 'pin-source: prompt' r/signer.yaml
	cp -R ws/state r/state
	sed -i "s|^pin-source:.*|pin-source: file:$T/elsewhere|" r/signer.yaml
	accepted csg-token list -c r/signer.yaml
	rm new.csgbackup
	echo wrong > elsewhere
	refused 4 PIN backup ws
	[[ ! -e new.csgbackup ]]
}

@test "those who are suspended stay so" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	printf 'suspended: [alice, dave]\n' >> ws/signer.yaml
	accepted backup ws
	accepted restore new.csgbackup anna boris
	grep -qx 'suspended: \[alice, dave\]' r/signer.yaml
	rm -r r
	accepted restore good.csgbackup anna boris
	run -1 grep -q suspended r/signer.yaml
}

@test "all tokens of the store are backed up, and what is no file of one is refused" {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|; s|^module:.*|module: $softhsm|; /PKCS11SPY/d" ws/signer.yaml ws/softhsm2.conf
	SOFTHSM2_CONF=ws/softhsm2.conf softhsm2-util --init-token --free --label second --so-pin 12345678 --pin 1234 > /dev/null
	accepted backup ws
	accepted restore new.csgbackup anna boris
	[[ $(ls r/tokens | wc -l) == 2 ]]
	rm -r r new.csgbackup
	token=$(ls ws/tokens/*/token.object | head -n 1)
	ln -s /etc/passwd "${token%/*}/link.object"
	refused 3 TYPE backup ws
	rm "${token%/*}/link.object"
	touch "${token%/*}/a file"
	refused 3 TYPE backup ws
	rm "${token%/*}/a file"
	# a token that a crash has cut gets mended first
	: > "$token"
	accepted backup ws
	accepted restore new.csgbackup anna boris
}

@test "a token that is not embedded is refused, and not touched" {
	cp -R "$W/ws" ws
	mkdir elsewhere
	sed -i "s|$W/ws/state|$T/ws/state|" ws/signer.yaml
	rm -r ws/tokens # SOFTHSM2_CONF still names the one of $W
	accepted csg-token list -c ws/signer.yaml
	: > "$W/spy.log"
	refused 4 CONFIG backup ws
	[[ $stderr == *"(see csg-token(1) BACKUP)" && ! -e new.csgbackup ]]
	no_session
}

@test "a backup waits for whoever uses the token" {
	exec 8< "$W/ws/state/lock"
	flock 8
	backup "$W/ws" > /dev/null 2>&1 8<&- 3>&- &
	sleep 0.5
	[[ ! -e new.csgbackup ]]
	exec 8<&-
	wait $!
	[[ -e new.csgbackup ]]
}

# GF(256): $r is a times b; a byte of the key from the bytes of two shares.
times() {
	local a=$1 b=$2
	r=0
	while ((b > 0)); do
		((b & 1)) && r=$((r ^ a))
		((a <<= 1, a > 255)) && a=$((a ^ 283))
		b=$((b >> 1))
	done
}
# over A B: $x is A / B
over() {
	for ((x = 0; x < 256; x++)); do
		times $x "$2"
		((r != $1)) || return 0
	done
	return 1
}

@test "openssl and tar restore it, as csg-envelope(5) says" {
	cp good.csgbackup firmware.csgbackup
	cp anna.key alice.key
	cp cleo.key carol.key
	sed -n '/^Without csg, alice/,/^.Ed/p' "$root/man/csg-envelope.5" | sed '1,2d; /^.Ed/d' > steps
	[[ $(grep -c ^openssl steps) == 4 && $(grep -c ^csplit steps) == 1 ]]
	eval "$(sed '/^KEY=/,$d' steps)" > texts
	grep -q '^csg-backup/1' texts
	x1=$(sed -n 's/^custodian \([0-9]*\)$/\1/p' texts | sed -n 1p)
	x2=$(sed -n 's/^custodian \([0-9]*\)$/\1/p' texts | sed -n 2p)
	[[ $x1 == 1 && $x2 == 3 ]]
	y1=$(sed -n 's/^share \([0-9a-f]*\)$/\1/p' texts | sed -n 1p)
	y2=$(sed -n 's/^share \([0-9a-f]*\)$/\1/p' texts | sed -n 2p)
	over $x2 $((x2 ^ x1))
	w1=$x
	over $x1 $((x1 ^ x2))
	w2=$x
	KEY=
	for ((i = 0; i < 64; i += 2)); do
		times 0x${y1:i:2} "$w1"
		first=$r
		times 0x${y2:i:2} "$w2"
		printf -v byte %02x $((first ^ r))
		KEY+=$byte
	done
	eval "$(sed '1,/^KEY=/d' steps)"
	cmp pin "$W/ws/pin"
	diff -r -x token.object tokens "$W/ws/tokens" # which each login rewrites
	sed -n 's/^file sha256:\([0-9a-f]*\) \(.*\)/\1  \2/p' manifest | sha256sum -c --quiet --strict
	[[ $(grep -c ^file manifest) == $(find tokens pin -type f | wc -l) ]]
	diff <(head -n 8 manifest) <(head -n 8 texts)
}

@test "a backup is no artifact" {
	refused 3 TYPE csg-request -P firmware -m x -k "$(key dave)" good.csgbackup
	cp good.csgbackup good.bin
	accepted csg-request -P firmware -m x -k "$(key dave)" good.bin
}
