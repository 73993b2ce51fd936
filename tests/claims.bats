#!/usr/bin/env bats
# A claim that a run left behind: what stops it from being completed.  A
# missing PIN leaves one, since the claim comes first.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() {
	at_work
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
}

mysign() { csg-sign -c ws/signer.yaml "$@"; }

# claimed: a claim of $req, with nothing signed
claimed() {
	mv ws/pin pin
	refused 4 PIN mysign "$req"
	mv pin ws/pin
	[[ $(last) == claim ]]
}
last() { sql ws/state/ledger.db 'SELECT kind FROM entry ORDER BY seq DESC LIMIT 1'; }
reject() { csg-endorse -q -f -y --reject -m no -k "$(key "$1")" "$req" > /dev/null; }

@test "nothing against it: completed as claimed, whatever came since" {
	request boot app.bin
	approve alice
	claimed
	approve bob
	accepted mysign "$req"
	[[ $(csg-verify -j -P boot app.bin | grep -c '"person"') == 1 ]]
}

@test "a rejection stops it, though the request has expired since" {
	req=$(csg-request -q -u 3s -P boot -m x -k "$(key dave)" app.bin)
	approve alice
	claimed
	reject bob
	sleep 4
	refused 1 VETO mysign "$req"
	[[ $(last) == refuse || $(last) == abandon ]]
	rm "$(vote_of bob)"
	refused 1 EXPIRED mysign "$req"
}

@test "a rejection stops it, though --strict has something else to say" {
	request boot app.bin
	approve alice
	claimed
	reject bob
	words "$(vote_of alice)" | sed 's/^author: .*/author: mallory/' | forge mallory endorsement > odd.csgend
	refused 1 VETO mysign --strict "$req" odd.csgend
}

@test "a rejection stops it, though the requester is suspended" {
	request boot app.bin
	approve alice
	claimed
	reject bob
	echo 'suspended: [dave]' >> ws/signer.yaml
	refused 1 VETO mysign "$req"
	sed -i '/^suspended/d' ws/signer.yaml
	rm "$(vote_of bob)"
	refused 1 VETO mysign "$req"
}

@test "who is suspended since does not count in it" {
	request boot app.bin
	approve alice
	claimed
	echo 'suspended: [alice]' >> ws/signer.yaml
	run -5 csg-sign -n -c ws/signer.yaml "$req"
	[[ $(last) == claim ]]
	refused 5 QUORUM mysign "$req"
	[[ $(last) == abandon ]]
	approve bob
	accepted mysign "$req"
	accepted csg-verify -P boot app.bin
}

@test "nor is a claim completed with other votes than its own" {
	request boot app.bin
	approve alice bob
	claimed
	echo 'suspended: [frank]' >> ws/signer.yaml
	run -0 csg-sign -n -c ws/signer.yaml "$req"
	sed -i 's/^suspended:.*/suspended: [bob]/' ws/signer.yaml
	run -1 --separate-stderr csg-sign -n -c ws/signer.yaml "$req"
	[[ $stderr == *": SUSPENDED: bob, whose vote is part of the claim, is suspended at this workstation" ]]
	[[ $(last) == claim ]]
	refused 1 SUSPENDED mysign "$req"
	[[ $(sql ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'abandon'") == 1 ]]
	# alice is enough
	accepted mysign "$req"
	[[ $(csg-verify -j -P boot app.bin | grep -c '"person"') == 1 ]]
}

@test "an expired request is not completed; one that is not is" {
	local until
	for until in 2s 1h; do
		rm -f ./*.csg*
		req=$(csg-request -q -u $until -P boot -m x -k "$(key dave)" app.bin)
		approve alice
		claimed
		sleep 3
		if [[ $until == 2s ]]; then
			refused 1 EXPIRED mysign "$req"
			[[ $(last) != claim ]]
		else
			accepted mysign "$req"
		fi
	done
}

@test "a clock far ahead gives nothing up: the next run with a right one completes it" {
	local day=86400 before
	entries() { sql ws/state/ledger.db 'SELECT count(*) FROM entry'; }
	far() { refused 1 "$1" ahead "$2" csg-sign -c ws/signer.yaml "$req" "${@:3}"; }
	request boot app.bin
	approve alice
	claimed
	before=$(entries)
	far EXPIRED $((8 * day + 60)) # it lives for 7, and one is as likely the truth
	[[ $stderr == *"before the claim was completed" ]]
	reject bob
	far VETO $((8 * day + 60))
	rm "$(vote_of bob)"
	[[ $(entries) == "$before" ]]
	accepted mysign "$req"
	accepted csg-verify -P boot app.bin
	# whatever a requester writes of the end
	request rom app.bin
	reject erin
	words "$(vote_of erin)" > no.yaml
	words "$req" | sed 's/^expires: .*/expires: 9999-12-31T23:59:59Z/' > never.yaml
	forge dave request < never.yaml > "$req"
	sed "s/^request: .*/request: sha256:$(sha256sum < never.yaml | cut -d' ' -f1)/" no.yaml | forge erin endorsement > no.csgend
	before=$(entries)
	far EXPIRED $((8 * day + 60)) no.csgend
	[[ $(entries) == "$before" ]]
	far EXPIRED 0 no.csgend
	[[ $(entries) == $((before + 2)) ]] # the rejection and the refusal
	# an hour less
	rm -f ./*.csg* ./*.sig
	echo more >> app.bin
	request boot app.bin
	approve alice
	claimed
	before=$(entries)
	far EXPIRED $((8 * day - 3600))
	[[ $(entries) == $((before + 2)) && $(last) == refuse ]] # and it is abandoned
	refused 4 CLOCK mysign "$req"
}

@test "a policy that changed since abandons it" {
	request boot app.bin
	approve alice
	claimed
	old=$req
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted mysign "$req"
	refused 1 POLICY mysign "$old"
	[[ $(sql ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'abandon'") == 1 ]]
}

@test "a rejection of a request under an older policy is not kept" {
	request boot app.bin
	reject bob
	old=$req no=$(vote_of bob)
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted mysign "$req"
	refused 1 POLICY mysign "$old" "$no"
	[[ $(sql ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = 'reject'") == 0 ]]
}

@test "a rejection is heard and kept, though the request is refused for something else" {
	request boot app.bin
	approve alice
	reject bob
	echo 'suspended: [dave]' >> ws/signer.yaml
	refused 1 SUSPENDED mysign "$req"
	rm "$(vote_of bob)"
	sed -i '/^suspended/d' ws/signer.yaml
	refused 1 VETO mysign "$req"
	[[ $stderr == *"bob rejected the request: no" ]]
	# nobody else's is: not a stranger's, not one from the future
	echo more >> app.bin
	request boot app.bin
	approve alice
	reject bob
	words "$(vote_of bob)" > no.yaml
	rm "$(vote_of bob)"
	sed 's/^author: .*/author: mallory/' no.yaml | forge mallory endorsement > stranger.csgend
	sed 's/^author: .*/author: carol/' no.yaml | forge carol endorsement > developer.csgend
	accepted mysign "$req" stranger.csgend developer.csgend
}

@test "rejections are kept of requests that their author signed" {
	entries() { sql ws/state/ledger.db 'SELECT count(*) FROM entry'; }
	request boot app.bin
	reject bob
	# the same words, so the same request
	words "$req" | forge mallory request > forged.csgreq
	before=$(entries)
	refused 1 SIGNATURE mysign forged.csgreq "$(vote_of bob)"
	[[ $(entries) == "$before" ]]
	refused 1 VETO mysign "$req" "$(vote_of bob)"
	[[ $(entries) == $((before + 2)) ]] # the rejection and the refusal
}

@test "a rejection at the founding is kept, too" {
	csg-token init -q -d new > /dev/null
	cp "$W"/keys/*.crt .
	cp new/policy.crt new/ledger.crt .
	csg-policy new "$root/policy/firmware.yaml" -o acme-1.yaml > /dev/null
	csg-policy user add acme-1.yaml -g developers dave.crt
	csg-policy user add acme-1.yaml -g qa,admins alice.crt
	csg-policy user add acme-1.yaml -g security,admins erin.crt
	csg-policy user add acme-1.yaml -g security frank.crt grace.crt
	csg-policy user add acme-1.yaml -g admins heidi.crt
	csg-policy key add acme-1.yaml policy.crt ledger.crt firmware.crt
	req=$(csg-request -q --founding acme-1.yaml -m founding -k "$(key dave)")
	for who in alice erin; do csg-endorse -q -y --approve -k "$(key $who)" "$req" acme-1.yaml > /dev/null; done
	csg-endorse -q -y --reject -m no -k "$(key heidi)" "$req" acme-1.yaml > /dev/null
	refused 1 VETO csg-policy found -c new/signer.yaml acme-1.yaml "$req"
	rm "$(vote_of heidi)"
	refused 1 VETO csg-policy found -c new/signer.yaml acme-1.yaml "$req"
	rm "$req" ./*.csgend
	req=$(csg-request -q --founding acme-1.yaml -m again -k "$(key dave)")
	for who in alice erin; do csg-endorse -q -y --approve -k "$(key $who)" "$req" acme-1.yaml > /dev/null; done
	accepted csg-policy found -c new/signer.yaml acme-1.yaml "$req"
}

# unspied: the spy writes its log, which would be points to be killed at
unspied() { sed -i "s|^module:.*|module: $softhsm|; /PKCS11SPY/d" ws/signer.yaml; }

# number HEX-DIGITS N: N, big-endian, as so many digits
number() { printf "%0$1x" "$2"; }
# hex HEX...: their bytes
hex() { printf '%b' "$(printf '%s' "$@" | sed 's/../\\x&/g')"; }
# staged FILE N: output N of what is staged
staged() {
	local at=44 len n
	for ((n = 0; ; n++)); do
		len=$((16#$(od -An -v -tx1 -j $at -N 8 "$1" | tr -d ' \n')))
		[[ $n != "$2" ]] || break
		at=$((at + 8 + len))
	done
	tail -c +$((at + 9)) "$1" | head -c $len
}
# stage FILE OUTPUT...: a whole file of these, for the request that FILE is named by
stage() {
	local f sum
	sum=$({
		hex 6373677374616731 "${1##*/}" "$(number 8 $(($# - 1)))"
		for f in "${@:2}"; do hex "$(number 16 "$(stat -c %s "$f")")" "$(sha256sum "$f" | head -c 64)"; done
	} | sha256sum | head -c 64)
	{
		hex 6373677374616731 "${1##*/}" "$(number 8 $(($# - 1)))"
		for f in "${@:2}"; do
			hex "$(number 16 "$(stat -c %s "$f")")"
			cat "$f"
		done
		hex "$sum"
	} > made
	mv made "$1"
}

# staging_killed cut|whole: a claim, and a run that is killed when a file with
# none or all of what it signs lies in the state directory
declare -gA killed_from=([cut]=1 [whole]=1) # where the last one was found, or before
staging_killed() {
	local n f
	claimed
	for ((n = killed_from[$1]; n < 200; n++)); do
		under kill:$n mysign "$req"
		for f in ws/state/signed/*; do
			case $1 in
			cut) [[ -e $f && ! -s $f ]] || continue ;;
			whole)
				[[ -s $f ]] || continue
				staged "$f" 0 > signature
				openssl dgst -sha256 -verify boot.pub -signature signature app.bin > /dev/null || continue
				;;
			esac
			[[ $(last) == claim ]]
			killed_from[$1]=$((n > 5 ? n - 5 : 1))
			return
		done
	done
	return 1
}

@test "what a killed run has signed is gone with the claim, or made anew" {
	unspied
	openssl x509 -in "$W/keys/boot.crt" -noout -pubkey > boot.pub
	for how in cut whole; do
		echo $how >> app.bin
		request boot app.bin
		approve alice
		staging_killed $how
		reject bob
		refused 1 VETO mysign "$req"
		[[ -z $(ls -A ws/state/signed) ]]
	done
	# without the rejection it is completed, whatever lies there
	for how in cut whole edited longer empty link; do
		rm -f "$(vote_of bob)" app.bin.sig ./*.csgproof
		echo $how >> app.bin
		request boot app.bin
		approve alice
		case $how in
		cut | whole) staging_killed $how ;;
		*) staging_killed whole ;;
		esac
		stored=$(find ws/state/signed -type f -newer "$req")
		[[ $(wc -l <<< "$stored") == 1 ]]
		cp "$stored" before
		case $how in
		edited) printf X | dd of="$stored" bs=1 seek=60 conv=notrunc status=none ;;
		longer) echo >> "$stored" ;;
		empty) : > "$stored" ;;
		link) ln -sf "$W/keys/boot.crt" "$stored" ;;
		esac
		accepted mysign "$req"
		[[ $(last) == finish && ! -L $stored ]]
		run -1 cmp -s before "$stored"
		staged "$stored" 0 | cmp - app.bin.sig
		accepted csg-verify -P boot app.bin
	done
}

@test "-n says what a real run would: rejections, earlier runs, limits" {
	request boot app.bin
	approve alice
	reject bob
	refused 1 VETO mysign "$req"
	rm "$(vote_of bob)"
	run -1 csg-sign -n -c ws/signer.yaml "$req"
	echo more >> app.bin
	request boot app.bin
	approve alice
	run -0 csg-sign -n -c ws/signer.yaml "$req"
	accepted mysign "$req"
	reject bob
	run -0 --separate-stderr csg-sign -n -c ws/signer.yaml "$req"
	[[ $stderr == *"signed before"* ]]
	accepted mysign "$req"
}

@test "a new policy that is not valid for years is not asked for" {
	csg-policy new -o acme-2.yaml > /dev/null
	sed 's/^issued: .*/issued: 2062-01-01T00:00:00Z/; s/^expires: .*/expires: 2063-01-01T00:00:00Z/' acme-2.yaml > later-2.yaml
	refused 1 LOCKOUT csg-request -P policy -m next -k "$(key heidi)" later-2.yaml
	accepted csg-request -P policy -m next -k "$(key heidi)" acme-2.yaml
}

@test "a new policy that could never be followed by another is not signed" {
	try() { # REASON SED-SCRIPT
		rm -f acme-2.yaml ./*.csgreq ./*.csgend
		csg-policy new -o acme-2.yaml > /dev/null
		sed -i "$2" acme-2.yaml
		req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
		approve alice erin
		run --separate-stderr csg-sign -c ws/signer.yaml "$req"
		[[ $stderr == *"$1"* ]]
	}
	try 'TOKEN: in the new policy: ' 's/object=policy/object=polcy/'
	[[ $status == 4 ]]
	try 'TOKEN: in the new policy: ' 's/object=ledger/object=lodger/'
	[[ $status == 4 ]]
	try '' ''
	[[ $status == 0 ]]
}

@test "outputs don't go where a link leads" {
	mkdir sub elsewhere out
	cp app.bin sub
	req=$(csg-request -q -P boot -m x -C . -k "$(key dave)" sub/app.bin)
	csg-endorse -q -y --approve -C . -k "$(key alice)" "$req" sub/app.bin > /dev/null
	ln -s ../elsewhere out/sub
	refused 4 IO csg-sign -c ws/signer.yaml -o out "$req"
	[[ -z $(ls elsewhere) ]]
	rm out/sub
	accepted csg-sign -c ws/signer.yaml -o out "$req"
	[[ -e out/sub/app.bin.sig ]]
}

@test "a run that waits for the lock judges what is there when it has it" {
	local how
	# wait_for SECONDS: somebody else has the lock so long
	wait_for() {
		rm -f held
		flock ws/state/lock sh -c "touch held; sleep $1" &
		until [[ -e held ]]; do sleep 0.1; done
	}
	for how in 3s 1h; do
		echo "$how" >> app.bin
		req=$(csg-request -q -u $how -P boot -m x -k "$(key dave)" app.bin)
		approve alice
		wait_for 4
		if [[ $how == 3s ]]; then
			refused 1 EXPIRED mysign "$req"
		else
			accepted mysign "$req"
		fi
		wait
	done
	for how in bob nobody; do
		echo "$how" >> app.bin
		request boot app.bin
		approve alice
		wait_for 3
		mysign -o . -f "$req" > out 2> errors &
		sleep 1
		[[ ! -s out && ! -s errors ]]
		[[ $how == nobody ]] || reject $how
		code=0
		wait $! || code=$?
		if [[ $how == bob ]]; then
			[[ $code == 1 && $(tail -n 1 errors) == *": VETO: "* ]]
		else
			[[ $code == 0 ]]
		fi
		wait
	done
}

@test "what is stored goes out again only if it is what was sealed" {
	local stored other request n
	request boot app.bin
	approve alice
	accepted mysign "$req"
	stored=$(echo ws/state/signed/*)
	cp "$stored" keep
	rm app.bin ./*.csgproof
	mv app.bin.sig first
	# bytes that the key did sign, but not for this; the proof of another
	echo other > other.bin
	request=$req
	request boot other.bin
	csg-endorse -q -y --approve -k "$(key alice)" "$req" other.bin > /dev/null
	accepted mysign "$req"
	other=$(find ws/state/signed -type f ! -path "$stored")
	for n in 0 1; do
		staged "$stored" $n > own$n
		staged "$other" $n > other$n
	done
	stage "$stored" own0 own1
	cmp keep "$stored"
	for f in 'other0 own1' 'own0 other1' 'own1 own0' own0 'own0 own1 own1'; do
		stage "$stored" $f
		refused 4 SELFTEST mysign "$request"
		[[ ! -e app.bin.sig ]]
	done
	cp "$other" "$stored"
	refused 4 SELFTEST mysign "$request"
	[[ $stderr == *"REQMISMATCH"* ]]
	# all of another, with its receipt in the ledger
	stage "$stored" other0 other1
	cp ws/state/ledger.db keep.db
	edit_ledger ws/state/ledger.db "UPDATE receipt SET message = (SELECT message FROM receipt ORDER BY rowid DESC LIMIT 1)"
	refused 4 SELFTEST mysign "$request"
	[[ $stderr == *"REQMISMATCH"* ]]
	cp keep.db ws/state/ledger.db
	# cut off, edited, longer, gone
	for n in 0 7 8 43 44 51 52 60 "$(($(stat -c %s keep) - 32))" "$(($(stat -c %s keep) - 1))"; do
		head -c "$n" keep > "$stored"
		refused 4 SELFTEST mysign "$request"
		[[ $stderr == *"truncated"* ]]
		cp keep "$stored"
		printf '\377' | dd of="$stored" bs=1 seek="$n" conv=notrunc status=none
		refused 4 SELFTEST mysign "$request"
		cp keep "$stored"
	done
	echo >> "$stored"
	refused 4 SELFTEST mysign "$request"
	[[ $stderr == *"bytes after its end"* ]]
	rm "$stored"
	refused 4 IO mysign "$request"
	[[ ! -e app.bin.sig ]]
	cp keep "$stored"
	# also when another policy is in force
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	accepted mysign "$req"
	accepted mysign "$request"
	cmp first app.bin.sig
	# and of a policy itself
	rm acme-2.csgpolicy
	accepted mysign "$req"
	[[ -s acme-2.csgpolicy ]]
}

@test "a receipt that comes late is of the epoch that the request was of" {
	unspied
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	first=$req
	# a run that is killed between the finish entry and the receipt
	mv ws before
	killed() {
		rm -rf ws out
		cp -R before ws
		mkdir out
		under "kill:$1" mysign -o out "$first"
	}
	low=1 high=300
	while ((low < high)); do
		n=$(((low + high) / 2))
		killed $n
		if [[ $(last) == finish ]]; then high=$n; else low=$((n + 1)); fi
	done
	killed $low
	[[ $(last) == finish && $(sql ws/state/ledger.db 'SELECT count(*) FROM receipt') == 0 ]]
	# none is made that nobody would accept: it would be kept for good
	refused 1 EXPIRED ahead $((11 * 366 * 86400)) csg-sign -c ws/signer.yaml -o out "$first"
	[[ $stderr == *"the certificate of ledger has expired"* ]]
	[[ $(sql ws/state/ledger.db 'SELECT count(*) FROM receipt') == 0 ]]
	# the next policy, of this epoch or of the next
	for epoch in 1 2; do
		rm -rf kept out "$HOME/.local"
		cp -R ws kept
		mkdir out
		export CSG_POLICY=ws/state/policy-2.csgpolicy
		csg-policy new -f -o acme-3.yaml > /dev/null
		sed -i "s/^issued:/epoch: $epoch\n&/" acme-3.yaml
		req=$(csg-request -q -f -P policy -m next -k "$(key heidi)" acme-3.yaml)
		approve alice erin
		accepted mysign -o out "$req"
		if [[ $epoch == 2 ]]; then
			refused 4 LOG mysign -o out "$first"
			[[ $stderr == *": the epoch of the ledger ended before this request had its receipt" ]]
		else
			accepted mysign -o out "$first"
			accepted csg-verify -P policy -p out/acme-3.csgpolicy -s out/acme-2.csgpolicy -e out acme-2.yaml
			rm -rf ws
			mv kept ws
		fi
	done
}
