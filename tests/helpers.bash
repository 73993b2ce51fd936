# helpers.bash: functions that the suites share.  CSG_BIN and CSG_UNIT name the
# build to test (tests/run sets them).

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
export LC_ALL=C.UTF-8 # for the suites' own commands; the tools ignore it

# refused CODE REASON COMMAND...: the command exits with CODE, names REASON in
# the last line on stderr, and prints nothing on stdout
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

# accepted COMMAND...: the command exits with 0
accepted() {
	run -0 --separate-stderr "$@"
}

# sign_refused CODE REASON ARGUMENT...: csg-sign on the workstation is refused,
# and opens no session on the token
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

# people DIR NAME...: make their keys and certificates
people() {
	local dir=$1 who
	shift
	mkdir -p "$dir"
	for who in "$@"; do
		csg-keygen -q --no-passphrase -o "$dir" "$who" > /dev/null
	done
}

# workstation: make $W/ws, with its keys' certificates in $W/keys; its PKCS#11
# calls are logged in $W/spy.log
workstation() {
	csg-token init -q -d "$W/ws" > /dev/null
	: > "$W/spy.log"
	sed -i "s|^module:.*|module: $spy|; s|^\( *\)SOFTHSM2_CONF:.*|&\n\1PKCS11SPY: $softhsm\n\1PKCS11SPY_OUTPUT: $W/spy.log|" "$W/ws/signer.yaml"
	csg-token newkey -q -c "$W/ws/signer.yaml" --name firmware -a rsa3072 --subject /CN=firmware -o "$W/keys/firmware.crt" > /dev/null
	csg-token newkey -q -c "$W/ws/signer.yaml" --name boot -a p256 --subject /CN=boot -o "$W/keys/boot.crt" > /dev/null
	csg-token newkey -q -c "$W/ws/signer.yaml" --name rom -a rsa3072-pss --subject /CN=rom -o "$W/keys/rom.crt" > /dev/null
	cp "$W/ws/policy.crt" "$W/ws/ledger.crt" "$W/keys"
}

# draft FILE: write the draft of the policy that the suites use
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

# copy_of FUNCTION: copy to $W what the function makes in its own $W, which runs
# once for all suites of a run
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

# founded [DRAFT]: make a workstation with a policy in force: the suites' own,
# or the one that the function DRAFT writes
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
# staffed: make people, and a workstation without a policy
staffed() {
	people "$W/keys" dave carol alice bob erin frank grace heidi mallory
	workstation
}
# found DRAFT: found the policy that the function DRAFT writes
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

# at_work: enter a directory of the test's own; policy and anchor are the
# defaults
at_work() {
	T=$BATS_TEST_TMPDIR
	export HOME=$T/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	export TMUX_TMPDIR=$T # so that tests don't share sockets
	mkdir -p "$HOME"
	cd "$T" || return
	printf 'firmware image %s\n' "$BATS_TEST_NUMBER" > app.bin
}

# request PROFILE ARTIFACT...: dave makes a request; its path is in $req
request() {
	req=$(csg-request -q -P "$1" -m 'release 1.0' -k "$(key dave)" "${@:2}")
}

# approve NAME...: each approves $req with the artifacts in the directory
approve() {
	local who
	for who in "$@"; do
		csg-endorse -q -y --approve -k "$(key "$who")" "$req" > /dev/null
	done
}

# vote_of NAME: the path of NAME's vote on $req
vote_of() { printf '%s.%s.csgend' "${req%.csgreq}" "$1"; }

# sql FILE STATEMENT: query a database, even while csg-sign writes it
sql() { sqlite3 -readonly -cmd '.timeout 10000' "$@"; }

# edit_ledger FILE SQL: change a ledger in spite of its triggers, as anybody
# with access to the disk can
edit_ledger() {
	local triggers drop
	triggers=$(sqlite3 "$1" "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'")
	drop=$(sqlite3 "$1" "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'")
	# the shell of later SQLites keeps writable_schema to itself
	sqlite3 -cmd '.dbconfig defensive off' "$1" "$drop; $2; $triggers" > /dev/null
}

# under POINT COMMAND...: run it with crashpoint.so; its status is in $code
under() {
	local point=$1
	shift
	code=0
	{ LD_PRELOAD="$(cd "$CSG_UNIT" && pwd)/crashpoint.so" CRASHPOINT=$point "$@" > /dev/null 2> errors; } 2> /dev/null || code=$?
}
# ahead SECONDS COMMAND...: run it with a clock that is so far ahead
ahead() { LD_PRELOAD="$(cd "$CSG_UNIT" && pwd)/ahead.so" AHEAD=$1 "${@:2}"; }
# "yes" in a build with sanitizers, where a process takes four times as long
sanitized=$(! grep -qF __asan_init "$CSG_BIN/csg-sign" || echo yes)

# words MESSAGE: print its YAML
words() { openssl cms -verify -inform PEM -in "$1" -noverify -nosigs 2> /dev/null; }

# forge NAME KIND: print a message of that kind, signed by NAME, with the YAML
# on standard input
forge() {
	cat > forge.yaml
	"$CSG_UNIT/forge" sign "$2" "$W/keys/$1.crt" "$(key "$1")" forge.yaml forge.out
	cat forge.out
}

# thief FILE VOTE...: make everything that the PIN allows from $req and these
# votes, without csg-sign, for the time $thief_later seconds from now
thief() {
	SOFTHSM2_CONF=$W/ws/softhsm2.conf "$CSG_UNIT/thief" "$softhsm" "$(cat "$W/ws/pin")" "$CSG_TRUST" "$CSG_POLICY" "${thief_later:-0}" "$1" "$req" "${@:2}"
}

# stolen CODE REASON ARTIFACT VOTE...: csg-verify refuses, with CODE and REASON,
# what a thief of the PIN makes from $req and these votes
stolen() {
	local code=$1 reason=$2 artifact=$3
	shift 3
	rm -f ./*.csgproof "$artifact".p7s "$artifact".sig
	thief "$artifact" "$@"
	refused "$code" "$reason" csg-verify --any-profile "$artifact"
}
