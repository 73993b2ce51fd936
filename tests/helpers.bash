# helpers.bash: what the suites share.  Needs CSG_BIN (tests/run sets it).

bats_require_minimum_version 1.5.0
: "${CSG_BIN:=$BATS_TEST_DIRNAME/../out/bin}"
: "${CSG_UNIT:=$BATS_TEST_DIRNAME/../out/unit}"
root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
PATH=$(cd "$CSG_BIN" && pwd):$PATH
softhsm=/usr/lib/softhsm/libsofthsm2.so
for spy in /usr/lib/*/pkcs11/pkcs11-spy.so /usr/lib/pkcs11/pkcs11-spy.so; do
	[[ ! -e $spy ]] || break
done
unset CSG_POLICY CSG_TRUST CSG_KEY CSG_PROFILE XDG_CONFIG_HOME XDG_STATE_HOME
export LC_ALL=C.UTF-8 # the tools don't care; what the suites write does

# refused CODE REASON COMMAND...: exactly CODE, names REASON in the last line,
# prints nothing
refused() {
	local code=$1 reason=$2
	shift 2
	run "-$code" --separate-stderr "$@"
	# shellcheck disable=SC2154 # bats sets it
	if [[ ${stderr##*$'\n'} != *": $reason: "* || -n $output ]]; then
		printf 'stderr: %s\nstdout: %s\n' "$stderr" "$output"
		return 1
	fi
}

# accepted COMMAND...: status 0
accepted() {
	run -0 --separate-stderr "$@"
}

# The same for csg-sign on the workstation: and the token saw no session.
sign_refused() {
	: > "$W/spy.log"
	refused "$1" "$2" csg-sign -c "$W/ws/signer.yaml" "${@:3}"
	no_session
}

no_session() {
	if grep -qE 'C_(OpenSession|Login|SignInit)' "$W/spy.log"; then
		echo 'the token was used'
		return 1
	fi
}

sign() { csg-sign -c "$W/ws/signer.yaml" "$@"; }
key() { printf '%s/keys/%s.key' "$W" "$1"; }

# people DIR NAME...: keys and certificates
people() {
	local dir=$1 who
	shift
	mkdir -p "$dir"
	for who in "$@"; do
		csg-keygen -q --no-passphrase -o "$dir" "$who" > /dev/null
	done
}

# workstation: $W/ws, its keys' certificates in $W/keys, PKCS#11 calls in
# $W/spy.log
workstation() {
	csg-token init -q -d "$W/ws" > /dev/null
	: > "$W/spy.log"
	sed -i "s|^module:.*|module: $spy|; s|^\( *\)SOFTHSM2_CONF:.*|&\n\1PKCS11SPY: $softhsm\n\1PKCS11SPY_OUTPUT: $W/spy.log|" "$W/ws/signer.yaml"
	csg-token newkey -q -c "$W/ws/signer.yaml" --name firmware -a rsa3072 --subject /CN=firmware -o "$W/keys/firmware.crt" > /dev/null
	csg-token newkey -q -c "$W/ws/signer.yaml" --name boot -a p256 --subject /CN=boot -o "$W/keys/boot.crt" > /dev/null
	csg-token newkey -q -c "$W/ws/signer.yaml" --name rom -a rsa3072-pss --subject /CN=rom -o "$W/keys/rom.crt" > /dev/null
	cp "$W/ws/policy.crt" "$W/ws/ledger.crt" "$W/keys"
}

# draft FILE: the policy of the suites
draft() {
	csg-policy new "$root/policy/firmware.yaml" -f -o "$1" > /dev/null
	cat >> "$1" <<-'END'
	  boot:
	    key: boot
	    format: raw
	    requesters: [developers]
	    inspect: optional
	    quorum:
	      - {group: qa, need: 1}
	  rom:
	    key: rom
	    format: raw
	    requesters: [developers]
	    quorum:
	      - {group: security, need: 2}
	    routes:
	      emergency:
	        emergency: true
	        quorum:
	          - {group: security, need: 1}
	          - {group: admins, need: 1}
	END
	(
		cd "$W/keys" || exit
		csg-policy user add "$1" -g developers dave.crt carol.crt
		csg-policy user add "$1" -g qa,admins alice.crt
		csg-policy user add "$1" -g qa bob.crt
		csg-policy user add "$1" -g security,admins erin.crt
		csg-policy user add "$1" -g security frank.crt grace.crt
		csg-policy user add "$1" -g admins heidi.crt
		csg-policy key add "$1" policy.crt ledger.crt firmware.crt boot.crt rom.crt
	)
}

# copy_of FUNCTION: what it makes in $W, made once for all suites of a run
copy_of() {
	local lock made=${CSG_FIXTURES:-$BATS_RUN_TMPDIR}/$1
	exec {lock}> "$made.lock"
	flock "$lock"
	if [[ ! -e $made.done ]]; then
		rm -rf "$made"
		mkdir "$made"
		W=$made "$1"
		touch "$made.done"
	fi
	exec {lock}>&-
	cp -a "$made/." "$W"
	sed -i "s|$made|$W|g" "$W/ws/signer.yaml" "$W/ws/softhsm2.conf"
}

# founded [DRAFT]: a workstation with a policy in force, that of the suites or
# what the function DRAFT writes
founded() {
	if [[ -n ${1:-} ]]; then
		copy_of staffed
		found "$1"
	else
		copy_of founded_by_all
	fi
	: > "$W/spy.log"
	# the ledger's entries so far: keys made, and the founding
	BEFORE=$(sql "$W/ws/state/ledger.db" 'SELECT count(*) FROM entry')
	export BEFORE
}
founded_by_all() {
	copy_of staffed
	found draft
}
# staffed: people, and a workstation without a policy
staffed() {
	people "$W/keys" dave carol alice bob erin frank grace heidi mallory
	workstation
}
# found DRAFT
found() {
	"$1" "$W/acme-1.yaml"
	(
		cd "$W" || exit
		req=$(csg-request -q --founding acme-1.yaml -m founding -k "$(key heidi)")
		csg-endorse -q -y --approve -k "$(key alice)" "$req" acme-1.yaml
		csg-endorse -q -y --approve -k "$(key erin)" "$req" acme-1.yaml
		csg-policy found -c "$W/ws/signer.yaml" acme-1.yaml "$req"
		cp trust.pem trust.keep
	) > /dev/null
}

# at_work: a directory of its own for the test, policy and anchor by default
at_work() {
	T=$BATS_TEST_TMPDIR
	export HOME=$T/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	export TMUX_TMPDIR=$T # its sockets are no other test's
	mkdir -p "$HOME"
	cd "$T" || return
	printf 'firmware image %s\n' "$BATS_TEST_NUMBER" > app.bin
}

# request PROFILE ARTIFACT...: by dave, path in $req
request() {
	req=$(csg-request -q -P "$1" -m 'release 1.0' -k "$(key dave)" "${@:2}")
}

# approve NAME...: each approves $req with what lies in the directory
approve() {
	local who
	for who in "$@"; do
		csg-endorse -q -y --approve -k "$(key "$who")" "$req" > /dev/null
	done
}

# vote OF NAME: the file of a vote on $req
vote_of() { printf '%s.%s.csgend' "${req%.csgreq}" "$1"; }

# sql FILE STATEMENT: what a database says, also while csg-sign writes it
sql() { sqlite3 -readonly -cmd '.timeout 10000' "$@"; }

# edit_ledger FILE SQL: what somebody with the disk can do, triggers or not
edit_ledger() {
	local triggers drop
	triggers=$(sqlite3 "$1" "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'")
	drop=$(sqlite3 "$1" "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'")
	# the shell of later SQLites keeps writable_schema to itself
	sqlite3 -cmd '.dbconfig defensive off' "$1" "$drop; $2; $triggers" > /dev/null
}

# under POINT COMMAND...: with crashpoint.so; its status in $code
under() {
	local point=$1
	shift
	code=0
	{ LD_PRELOAD="$(cd "$CSG_UNIT" && pwd)/crashpoint.so" CRASHPOINT=$point "$@" > /dev/null 2> errors; } 2> /dev/null || code=$?
}
# ahead SECONDS COMMAND...: by a clock that is so much ahead
ahead() { LD_PRELOAD="$(cd "$CSG_UNIT" && pwd)/ahead.so" AHEAD=$1 "${@:2}"; }
# "yes" in a build with sanitizers, where a process costs four times as much
sanitized=$(! grep -qF __asan_init "$CSG_BIN/csg-sign" || echo yes)

# words MESSAGE: its YAML
words() { openssl cms -verify -inform PEM -in "$1" -noverify -nosigs 2> /dev/null; }

# forge NAME KIND: the YAML of standard input as such a message of NAME's
forge() {
	cat > forge.yaml
	"$CSG_UNIT/forge" sign "$2" "$W/keys/$1.crt" "$(key "$1")" forge.yaml forge.out
	cat forge.out
}

# thief FILE VOTE...: all that the PIN gives of $req and these votes, signed
# around csg-sign, $thief_later seconds from now
thief() {
	SOFTHSM2_CONF=$W/ws/softhsm2.conf "$CSG_UNIT/thief" "$softhsm" "$(cat "$W/ws/pin")" "$CSG_TRUST" "$CSG_POLICY" "${thief_later:-0}" "$1" "$req" "${@:2}"
}

# stolen CODE REASON ARTIFACT VOTE...: what somebody with the PIN makes of $req
# and these votes is refused so
stolen() {
	local code=$1 reason=$2 artifact=$3
	shift 3
	rm -f ./*.csgproof "$artifact".p7s "$artifact".sig
	thief "$artifact" "$@"
	refused "$code" "$reason" csg-verify --any-profile "$artifact"
}
