#!/usr/bin/env bats
# The example policies: each is filled as its first lines say, checked, tried,
# founded, and signs for the people it is meant for.

load helpers

setup() {
	W=$BATS_TEST_TMPDIR
	export W HOME=$W/home
	mkdir -p "$HOME" "$W/keys"
	cd "$W" || return
}

# The commands in a template's first lines.
header() { sed -n "s/^#   \(csg-policy .*\)/\1/p" "$root/policy/$1.yaml"; }

# prepare TEMPLATE: token, people and a draft as the template says
prepare() {
	local name
	csg-token init -q -d ws > /dev/null
	cp ws/policy.crt ws/ledger.crt keys
	for name in $(header "$1" | grep -o '[a-z]*\.crt' | sed 's/\.crt//'); do
		case $name in policy | ledger) continue ;; esac
		if header "$1" | grep -q "^csg-policy key .* $name.crt"; then
			csg-token newkey -q -c ws/signer.yaml --name "$name" -a p256 --subject "/CN=$name" -o "keys/$name.crt" > /dev/null
		else
			people keys "$name"
		fi
	done
	csg-policy new "$root/policy/$1.yaml" -o acme-1.yaml > /dev/null
	(cd keys && eval "$(header "$1" | sed "s|DRAFT|$W/acme-1.yaml|")")
	run -0 --separate-stderr csg-policy check acme-1.yaml
	[[ $1 == startup || $stderr != *warning* ]]
	accepted csg-policy audit -p acme-1.yaml
	accepted csg-policy explain -p acme-1.yaml
	accepted csg-policy graph -p acme-1.yaml
}

# found REQUESTER ADMIN...
found() {
	local who
	req=$(csg-request -q --founding acme-1.yaml -m founding -k "keys/$1.key")
	for who in "${@:2}"; do
		csg-endorse -q -y --approve -k "keys/$who.key" "$req" acme-1.yaml > /dev/null
	done
	csg-policy found -c ws/signer.yaml acme-1.yaml "$req" > /dev/null
	export CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
}

ask() { req=$(csg-request -q -P "$1" -m release -k "keys/$2.key" "${@:3}"); }
vote() { csg-endorse -q -y --approve -k "keys/$1.key" "${@:2}" > /dev/null; }
sign() { csg-sign -c ws/signer.yaml "$@"; }
try() { csg-policy try -p acme-1.yaml "$@" > /dev/null; }
code() {
	local want=$1 got=0
	shift
	"$@" 2> /dev/null || got=$?
	[[ $got == "$want" ]] || {
		echo "status $got, not $want: $*"
		return 1
	}
}

@test "startup: two people, one product" {
	prepare startup
	code 0 try -P product --requester alice --approve bob
	code 5 try -P product --requester alice --approve alice
	code 0 try -P policy --requester alice --approve carol
	found alice bob
	echo app > app.bin
	ask product alice app.bin
	vote bob "$req" app.bin
	accepted sign "$req"
	accepted csg-verify -P product app.bin
}

@test "firmware: QA and security" {
	prepare firmware
	code 0 try -P firmware --requester dave --approve alice,erin,frank
	code 5 try -P firmware --requester dave --approve alice,bob,erin
	found heidi alice erin
	echo app > app.bin
	ask firmware dave app.bin
	for who in bob frank grace; do vote $who "$req" app.bin; done
	accepted sign "$req"
	accepted csg-verify -P firmware app.bin
}

@test "windows-drivers: an emergency route that is marked" {
	prepare windows-drivers
	code 0 try -P drivers --requester ben --approve dave,alice:tested,erin
	code 5 try -P drivers --requester ben --approve dave,alice,erin
	code 0 try -P drivers --requester ben --approve erin,frank
	found ben dave alice
	echo driver > acme.sys
	echo report > report.txt
	ask drivers ben acme.sys
	vote erin "$req" acme.sys
	vote frank "$req" acme.sys
	accepted sign "$req"
	refused 1 PROFILE csg-verify -P drivers acme.sys
	accepted csg-verify --accept-emergency -P drivers acme.sys
	[[ $output == *EMERGENCY* ]]
	rm acme.sys.p7s ./*.csgproof
	ask drivers ben acme.sys
	vote carol "$req" acme.sys
	vote bob --statement tested --proof report.txt "$req" acme.sys
	vote grace "$req" acme.sys
	accepted sign "$req"
	accepted csg-verify -P drivers acme.sys
}

@test "android: a robot that tests, and a manager" {
	prepare android
	code 0 try -P app --requester dave --approve robot:tested,mia
	code 5 try -P app --requester dave --approve robot,mia
	code 0 try -P app --requester dave --approve robot:tested,mia --reject robot
	code 1 try -P app --requester dave --approve robot:tested,mia --reject carol
	found dave mia heidi
	echo package > app.apk
	ask app dave app.apk
	refused 1 RUN csg-endorse -y --approve --statement tested --run false -k keys/robot.key "$req" app.apk
	vote robot --statement tested --run 'test -s' "$req" app.apk
	vote max --blind "$req" -C keys
	accepted sign "$req"
	accepted csg-verify -P app app.apk
}

@test "kernel-modules: the same bytes from independent builders" {
	prepare kernel-modules
	code 0 try -P modules --requester mark --approve ben:rebuilt,bea:rebuilt,rita:reviewed
	code 5 try -P modules --requester mark --approve ben:rebuilt,bea:reviewed,rita:reviewed
	found mark ben heidi
	echo module > acme.ko
	mkdir build
	cp acme.ko build
	echo 'read it all' > review.txt
	ask modules mark acme.ko
	vote bea --rebuilt build "$req"
	vote bo --rebuilt build/acme.ko "$req"
	vote ron --statement reviewed --proof review.txt "$req" acme.ko
	accepted sign "$req"
	accepted csg-verify -P modules acme.ko
}

@test "open-source: maintainers of several companies" {
	prepare open-source
	code 0 try -P release --requester ines --approve nora,sue,ida
	code 5 try -P release --requester ines --approve nora,nick,ida
	code 0 try -P release --requester nora --approve ida,ivan,sam
	# changes wait two days, the founding does not
	found ines nora sam ida
	echo source > acme.tar
	ask release ines acme.tar
	for who in nick sue ivan; do vote $who "$req" acme.tar; done
	accepted sign "$req"
	accepted csg-verify -P release acme.tar
}

@test "bank: stages, operators, windows" {
	prepare bank
	code 0 try -P payments --requester dave --approve carol,alice:tested,olga,ron --at 2027-01-04T08:00:00Z
	code 5 try -P payments --requester dave --approve carol,alice:tested,olga,ron --at 2027-01-04T18:00:00Z
	code 5 try -P payments --requester dave --approve carol,olga,alice:tested,ron --at 2027-01-04T08:00:00Z
	code 1 try -P payments --requester dave --approve carol,alice:tested,olga,ron --reject frank --at 2027-01-04T08:00:00Z
	code 5 try -P policy --requester dave --approve alice,erin --abstain rita
	code 0 try -P policy --requester dave --approve alice,erin --abstain rita,frank
	code 0 try -P policy --requester dave --approve alice,erin,frank
	sed -i '/cooling-off: 1h/d; /window/d' acme-1.yaml
	csg-policy check -q acme-1.yaml
	req=$(csg-request -q --founding acme-1.yaml -m founding -k keys/dave.key)
	vote alice "$req" acme-1.yaml
	vote erin "$req" acme-1.yaml
	refused 5 QUORUM csg-policy found -c ws/signer.yaml acme-1.yaml "$req"
	csg-endorse -q -y --abstain -k keys/rita.key "$req" acme-1.yaml > /dev/null
	csg-endorse -q -y --abstain -k keys/frank.key "$req" acme-1.yaml > /dev/null
	csg-policy found -c ws/signer.yaml acme-1.yaml "$req" > /dev/null
	export CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	echo app > app.bin
	echo report > report.txt
	ask payments dave app.bin
	vote carol "$req" app.bin
	refused 5 STAGE csg-endorse -y --approve -k keys/olga.key "$req" app.bin
	vote bob --statement tested --proof report.txt "$req" app.bin
	vote olga "$req" app.bin
	vote rita "$req" app.bin
	code 1 sign "$req"
	accepted sign -k keys/otto.key "$req"
	accepted csg-verify -P payments app.bin
}
