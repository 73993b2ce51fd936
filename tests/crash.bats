#!/usr/bin/env bats
# csg-sign killed, or failed by the disk, at every call that changes a file:
# nothing is out without an entry, nothing is lost, and the same command
# completes.  CSG_CRASH=all tries every point with every failure; the default
# tries every point with SIGKILL, and some of the others.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
	sed -i "s|^module:.*|module: $softhsm|; /PKCS11SPY/d" "$W/ws/signer.yaml"
}
setup() { at_work; }

# workstation_copy: ws, as it was at the start, with a copy of token.object
workstation_copy() {
	rm -rf ws out
	if [[ ! -e ready ]]; then
		cp -R "$W/ws" ws
		sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
		csg-token list -c ws/signer.yaml > /dev/null
		mv ws ready
	fi
	cp -R ready ws
	mkdir out
}

entries() { sql ws/state/ledger.db "SELECT count(*) FROM entry WHERE kind = '$1'"; }

# nothing_early OUTPUT...: what is out has its entries
nothing_early() {
	local f
	for f in "$@"; do
		[[ ! -e out/$f ]] || [[ $(entries finish) == 1 ]] || {
			echo "$point: $f is out before its entry"
			return 1
		}
	done
}

# points POINTS-OF-ONE-RUN MODE...: all points to try
points() {
	local all=$1 mode step n
	for mode in kill enospc eio; do
		step=7
		[[ ${CSG_CRASH:-} != all && ($mode != kill || -n $sanitized) ]] || step=1
		for ((n = 1; n <= all; n += step)); do
			echo "$mode:$n"
		done
	done
}

@test "killed or failed at any point, a run completes when it is repeated" {
	cp app.bin b.bin
	request boot app.bin b.bin
	approve alice
	workstation_copy
	under "count:$T/calls" csg-sign -c ws/signer.yaml -o out "$req"
	[[ $code == 0 ]]
	all=$(< calls)
	tried=0 mended=0
	for point in $(points "$all"); do
		workstation_copy
		under "$point" csg-sign -c ws/signer.yaml -o out "$req"
		[[ $point != kill:* || $code == 137 ]]
		[[ $code == 0 || $code == 4 || $code == 137 ]] || {
			echo "$point: status $code: $(cat errors)"
			return 1
		}
		nothing_early app.bin.sig b.bin.sig "${req%.csgreq}.csgproof"
		[[ -s $(echo ws/tokens/*/token.object) ]] || mended=$((mended + 1))
		csg-sign -q -c ws/signer.yaml -o out "$req" > /dev/null 2> errors || {
			echo "$point: again: $(cat errors)"
			return 1
		}
		cp app.bin b.bin out
		csg-verify -q -P boot out/app.bin out/b.bin
		[[ $(entries claim) == 1 && $(entries finish) == 1 ]]
		tried=$((tried + 1))
	done
	echo "# $all calls a run; $tried points tried, none lost anything; token.object mended $mended times" >&3
}

# after LINE...: each is in the trace, behind the one before; for an expression
after() {
	local at=0 line n
	for line; do
		n=$(tail -n +$((at + 1)) trace | grep -nE -m 1 "$line" | cut -d : -f 1)
		[[ -n $n ]] || {
			echo "not behind line $at: $line"
			cat trace
			return 1
		}
		at=$((at + n))
	done
}

@test "what is staged is on the disk, and its name, before the finish; outputs before their names" {
	local n
	for n in 0 1 2 3 4; do cp app.bin "$n.bin"; done
	request boot ./?.bin
	csg-endorse -q -y --approve -k "$(key alice)" "$req" ./?.bin > /dev/null
	workstation_copy
	under "trace:$T/trace" csg-sign -c ws/signer.yaml -o out "$req"
	[[ $code == 0 ]]
	# the claim's commit, the staged file, the directory with its name, the finish's
	after '^unlink .*/ledger.db-journal$' '^write .*/state/signed/[0-9a-f]{64}$' '^fsync .*/state/signed/[0-9a-f]{64}$' \
		'^fsync .*/state/signed$' '/ledger.db-journal$' '^fdatasync .*/ledger.db$' '^unlink .*/ledger.db-journal$'
	[[ $(grep -c '/state/signed' trace) == 5 ]] # and an unlink, and an open
	[[ $(sed '/signed$/q' trace | grep -c 'unlink .*/ledger.db-journal$') == 1 ]]
	# six outputs, each synced before the first has its name; then their directory
	sed -n '/^linkat .*\.bin\.sig$/,$p' trace > names
	[[ $(grep -c '^linkat' names) == 6 && $(grep '^fsync' names) == "fsync "*/out ]]
	[[ $(grep -c '^fsync .*/out/' trace) == 6 ]]
	after '^linkat .*\.csgproof$' '^fsync .*/out$'
}

@test "a policy change killed at any point is in force wholly or not at all" {
	csg-policy new -o acme-2.yaml > /dev/null
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	workstation_copy
	under "count:$T/calls" csg-sign -c ws/signer.yaml -o out "$req"
	[[ $code == 0 ]]
	all=$(< calls)
	tried=0
	step=3
	[[ ${CSG_CRASH:-} != all ]] || step=1
	for ((n = 1; n <= all; n += step)); do
		point=kill:$n
		workstation_copy
		under "$point" csg-sign -c ws/signer.yaml -o out "$req"
		[[ $code == 137 ]]
		nothing_early acme-2.csgpolicy
		csg-sign -q -c ws/signer.yaml -o out "$req" > /dev/null 2> errors || {
			echo "$point: again: $(cat errors)"
			return 1
		}
		HOME=$T/h$n csg-policy show -p out/acme-2.csgpolicy -t "$CSG_TRUST" > /dev/null
		tried=$((tried + 1))
	done
	echo "# $tried points tried, none lost anything" >&3
}

@test "a founding killed at any point is repeated or was done" {
	csg-token init -q -d new > /dev/null
	mkdir k
	cp "$W"/keys/*.crt k
	cp new/policy.crt new/ledger.crt k
	csg-token list -c new/signer.yaml > /dev/null # a copy of token.object
	cp -R new fresh
	W=$T draft_of_new
	req=$(csg-request -q --founding acme-1.yaml -m founding -k "$(key heidi)")
	approve_draft() { csg-endorse -q -y --approve -k "$(key "$1")" "$req" acme-1.yaml > /dev/null; }
	approve_draft alice
	approve_draft erin
	found() { csg-policy found -c new/signer.yaml -o out acme-1.yaml "$req"; }
	mkdir out
	under "count:$T/calls" csg-policy found -c new/signer.yaml -o out acme-1.yaml "$req"
	[[ $code == 0 ]]
	all=$(< calls)
	tried=0
	step=3
	[[ ${CSG_CRASH:-} != all ]] || step=1
	for ((n = 1; n <= all; n += step)); do
		rm -rf new out
		cp -R fresh new
		mkdir out
		under "kill:$n" csg-policy found -c new/signer.yaml -o out acme-1.yaml "$req"
		[[ $code == 137 ]]
		found > /dev/null 2> errors || grep -q REPLAY errors || {
			echo "kill:$n: again: $(cat errors)"
			return 1
		}
		HOME=$T/h$n csg-policy show -p new/state/policy-1.csgpolicy -t new/state/trust.pem > /dev/null
		tried=$((tried + 1))
	done
	echo "# $tried points tried, none lost anything" >&3
}

draft_of_new() {
	csg-policy new "$root/policy/firmware.yaml" -f -o acme-1.yaml > /dev/null
	(
		cd k || exit
		csg-policy user add ../acme-1.yaml -g developers dave.crt
		csg-policy user add ../acme-1.yaml -g qa,admins alice.crt
		csg-policy user add ../acme-1.yaml -g security,admins erin.crt
		csg-policy user add ../acme-1.yaml -g security frank.crt grace.crt
		csg-policy user add ../acme-1.yaml -g admins heidi.crt
		csg-policy key add ../acme-1.yaml policy.crt ledger.crt firmware.crt
	)
}

@test "ten at once, on one request and on ten: serialised, none lost" {
	workstation_copy
	request boot app.bin
	approve alice
	for ((n = 0; n < 10; n++)); do
		mkdir -p "same$n"
		csg-sign -q -c ws/signer.yaml -o "same$n" "$req" > /dev/null &
	done
	wait
	for ((n = 1; n < 10; n++)); do
		cmp same0/app.bin.sig "same$n/app.bin.sig"
		cmp same0/"${req%.csgreq}.csgproof" "same$n/${req%.csgreq}.csgproof"
	done
	[[ $(entries finish) == 1 ]]
	for ((n = 0; n < 10; n++)); do
		echo "$n" > "a$n.bin"
		request boot "a$n.bin"
		csg-endorse -q -y --approve -k "$(key bob)" "$req" "a$n.bin" > /dev/null
		echo "$req" >> requests
	done
	while read -r req; do
		csg-sign -q -c ws/signer.yaml "$req" > /dev/null &
	done < requests
	wait
	accepted csg-verify -P boot a?.bin
	[[ $(entries finish) == 11 ]]
}
