#!/usr/bin/env bats
# The tools that people run, killed or failed by the disk at every call that
# changes a file (attack 43): whatever file is there is complete and valid, a
# tool that failed has left none, and the same command can be run again.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() { at_work; }

# each DIR FILE,... COMMAND...: the command is to make these files in DIR.  Each
# point with each failure begins with home and out as they are now; valid FILE,
# the test's, is to say whether that file is.
each() {
	local dir=$1 files=${2//,/ } all mode n f
	shift 2
	mkdir -p home out
	cp -R home home.before
	cp -R out out.before
	under "count:$T/calls" "$@"
	[[ $code == 0 ]]
	all=$(< calls)
	[[ $all -ge 4 ]]
	for mode in kill enospc eio; do
		for ((n = 1; n <= all; n++)); do
			# a full disk at one call, a broken one at the next
			[[ $mode$((n % 2)) != enospc0 && $mode$((n % 2)) != eio1 || ${CSG_CRASH:-} == all ]] || continue
			# the sanitizers look at memory
			[[ -z $sanitized || $((n % 3)) == 0 || ${CSG_CRASH:-} == all ]] || continue
			point=$mode:$n
			afresh
			under "$point" "$@"
			[[ $mode != kill || $code == 137 ]]
			# what it could not remember of the past is no failure
			[[ $code == 0 || $code == 4 || $code == 137 ]] || wrong
			tidy "$dir" "$files" || wrong
			"$@" > /dev/null 2> errors || {
				[[ $(< errors) == *" exists already"* ]] || wrong
				# a person takes away what is there
				for f in $files; do rm -f "$dir/$f"; done
				"$@" > /dev/null 2> errors || wrong
			}
			for f in $files; do
				[[ -e $dir/$f ]] || wrong
				valid "$dir/$f" || wrong
			done
		done
	done
	echo "# $all calls a run, each failed and killed" >&3
}

afresh() {
	rm -rf out home
	cp -R out.before out
	cp -R home.before home
}

wrong() {
	echo "$point: status $code: $(< errors)"
	find out home -type f
	return 1
}

# tidy DIR FILES: each that is there is valid, and there are no others: a
# process that was killed, or can't remove files, leaves temporary ones, whose
# names no tool reads; one that failed has put none of the files there
tidy() {
	local f n=0
	[[ -d $1 ]] || return 0
	while read -r f; do
		case " $2 " in
			*" ${f##*/} "*)
				n=$((n + 1))
				valid "$f" || return 1
				;;
			*) [[ ($code == 137 || $(< errors) == *'crashpoint: unlink'*) && ${f##*/} =~ ^\.csg-[0-9a-f]{16}$ ]] || return 1 ;;
		esac
	done < <(find "$1" ! -type d)
	[[ $code == 4 ]] || return 0
	case $(< errors) in
		# it could not tell of them, or remember, before or after
		*'standard output'* | */.local/state/csg*) [[ $n == "${at_failure:-0}" || $n == "$(wc -w <<< "$2")" ]] ;;
		*) [[ $n == "${at_failure:-0}" ]] ;;
	esac
}

@test "csg-keygen: key and certificate" {
	valid() {
		case $1 in
			*.key) [[ $(stat -c %a "$1") == 600 ]] && openssl pkey -in "$1" -noout ;;
			*.crt) openssl x509 -in "$1" -noout -checkend 0 > /dev/null ;;
		esac
	}
	each out zoe.key,zoe.crt csg-keygen -q --no-passphrase -o out zoe
	diff <(openssl pkey -in out/zoe.key -pubout) <(openssl x509 -in out/zoe.crt -noout -pubkey)
}

@test "csg-request: a request" {
	valid() { HOME=$T/other csg-endorse -q -f -y --approve -o ok.csgend -k "$(key alice)" "$1" app.bin > /dev/null; }
	each out r.csgreq csg-request -q -o out/r.csgreq -P boot -m x -k "$(key dave)" app.bin
}

@test "csg-endorse: a vote" {
	request boot app.bin
	valid() { HOME=$T/other csg-sign -n -p "$CSG_POLICY" -t "$CSG_TRUST" "$req" "$1" > /dev/null; }
	each out v.csgend csg-endorse -q -y --approve -o out/v.csgend -k "$(key alice)" "$req" app.bin
}

@test "csg-policy join: anchor and policy" {
	anchor=$CSG_TRUST policy=$CSG_POLICY
	unset CSG_TRUST CSG_POLICY
	valid() {
		case $1 in
			*/trust.pem) cmp "$1" "$anchor" ;;
			*) cmp "$1" "$policy" ;;
		esac
	}
	each home/.config/csg trust.pem,policy.csgpolicy csg-policy join -q -y "$anchor" "$policy"
}

@test "csg-policy update: the old policy or the new one" {
	csg-policy new -o acme-2.yaml > /dev/null
	sed -i 's/^  qa: .*/  qa: [bob]/' acme-2.yaml
	req=$(csg-request -q -P policy -m next -k "$(key heidi)" acme-2.yaml)
	approve alice erin
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	csg-sign -q -c ws/signer.yaml "$req" > /dev/null
	rm -rf home
	mkdir home
	csg-policy join -q -y "$CSG_TRUST" "$CSG_POLICY" > /dev/null
	old=$CSG_POLICY
	unset CSG_TRUST CSG_POLICY
	valid() {
		case $1 in
			*/trust.pem) return 0 ;;
			*) cmp -s "$1" acme-2.csgpolicy || cmp -s "$1" "$old" ;;
		esac
	}
	at_failure=2
	each home/.config/csg trust.pem,policy.csgpolicy csg-policy update -q -y acme-2.csgpolicy
	cmp home/.config/csg/policy.csgpolicy acme-2.csgpolicy
}
