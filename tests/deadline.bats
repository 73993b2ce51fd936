#!/usr/bin/env bats
# A PKCS#11 module that hangs: the tool ends in time, and what was begun goes
# on with the next run, as after a kill.

load helpers

bad=$(cd "$CSG_UNIT" && pwd)/badmodule.so

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() { at_work; }

# misbehave HOW: ws, a copy of the workstation, with a module that does, and a
# second for each call
misbehave() {
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	sed -i "s|^module:.*|module: $bad\ntimeout: 1s|; s|^\( *\)SOFTHSM2_CONF:.*|&\n\1BADMODULE: $1|" ws/signer.yaml
}
misbehave_now() { sed -i "s/BADMODULE: .*/BADMODULE: $1/" ws/signer.yaml; }

# hangs_in CALL COMMAND...
hangs_in() {
	misbehave_now "$1"
	refused 4 TOKEN "${@:2}" || return
	[[ $stderr == *": trouble: TOKEN: PKCS#11 module $bad: ${1%+*} did not return within 1 s" ]] || { echo "$1: $stderr"; return 1; }
}

@test "whatever call of the module hangs, csg-sign ends, and the next run goes on" {
	local call
	request boot app.bin
	approve alice
	misbehave well
	for call in dlopen C_GetFunctionList C_GetTokenInfo+2 C_OpenSession C_Login C_FindObjectsInit C_GetAttributeValue C_SignInit C_Sign C_Sign+2 C_CloseSession; do
		hangs_in "$call" csg-sign -c ws/signer.yaml "$req"
		[[ -z $(ls app.bin.sig ./*.csgproof 2> /dev/null) ]]
		accepted csg-log verify -c ws/signer.yaml
	done
	misbehave_now well
	accepted csg-sign -c ws/signer.yaml "$req"
	accepted csg-verify -P boot app.bin
	accepted csg-log verify -c ws/signer.yaml
	[[ $(sql ws/state/ledger.db 'SELECT count(*) FROM entry') == $((BEFORE + 2)) ]]
}

@test "libp11's own calls have a deadline too" {
	request boot app.bin
	approve alice
	misbehave well
	misbehave_now C_GetSlotList
	refused 4 TOKEN csg-sign -c ws/signer.yaml "$req"
	[[ $stderr == *"PKCS11_enumerate_slots did not return"* ]]
	misbehave_now C_Initialize
	refused 4 TOKEN csg-sign -c ws/signer.yaml "$req"
	[[ $stderr == *"C_Initialize did not return"* ]]
	# the signature is made, and in the ledger: what is left is to hand it out
	misbehave_now C_Finalize
	refused 4 TOKEN csg-sign -c ws/signer.yaml "$req"
	[[ $stderr == *"C_Finalize did not return"* && ! -e app.bin.sig ]]
	misbehave_now well
	accepted csg-sign -c ws/signer.yaml "$req"
	[[ -e app.bin.sig ]]
}

@test "signals that wait during a login are not what the deadline needs" {
	request boot app.bin
	approve alice
	misbehave C_Login
	# the module has SIGALRM for itself, and the shell ignores what stops it
	trap '' ALRM TERM INT
	hangs_in C_Login csg-sign -c ws/signer.yaml "$req"
	trap - ALRM TERM INT
}

@test "nobody reads what is said: the tool ends all the same" {
	request boot app.bin
	approve alice
	misbehave C_Sign
	run -4 timeout 30 perl -MIO::Handle -e 'pipe(R, W); W->blocking(0); 1 while syswrite(W, "x" x 512); W->blocking(1);
		if (!fork) { open(STDERR, ">&", W); exec @ARGV } wait; exit($? >> 8)' csg-sign -q -c ws/signer.yaml "$req"
	misbehave_now well
	accepted csg-sign -c ws/signer.yaml "$req"
}

@test "generating a key may take ten times as long" {
	misbehave slow
	accepted csg-token newkey -c ws/signer.yaml --name more -a p256 --subject /CN=more
	hangs_in C_FindObjectsInit csg-token newkey -c ws/signer.yaml --name again -a p256 --subject /CN=again
	misbehave_now C_GenerateKeyPair
	refused 4 TOKEN csg-token newkey -c ws/signer.yaml --name again -a p256 --subject /CN=again
	[[ $stderr == *"C_GenerateKeyPair did not return within 10 s" ]]
}

@test "timeout is a duration of a second to an hour" {
	misbehave well
	accepted csg-token list -c ws/signer.yaml
	sed -i 's/^timeout:.*/timeout: 1h/' ws/signer.yaml
	accepted csg-token list -c ws/signer.yaml
	for bad_time in 61m 0s 60 -1s soon; do
		sed -i "s/^timeout:.*/timeout: $bad_time/" ws/signer.yaml
		refused 4 CONFIG csg-token list -c ws/signer.yaml
	done
	sed -i '/^timeout:/d' ws/signer.yaml
	accepted csg-token list -c ws/signer.yaml
}
