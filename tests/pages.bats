#!/usr/bin/env bats
# The pages and the code say the same.

load helpers

tools=$(cd "$CSG_BIN" && ls | sed 's/^csg-//')

@test "every tool has its page, and every page its tool" {
	[[ $(wc -l <<< "$tools") -ge 8 ]]
	diff <(printf 'csg-%s.1\n' $tools | LC_ALL=C sort) <(cd "$root/man" && printf '%s\n' *.1 | LC_ALL=C sort)
}

@test "every option stands in code, help and page alike" {
	for tool in $tools; do
		page=$root/man/csg-$tool.1
		"csg-$tool" --help > "$BATS_TEST_TMPDIR/help"
		grep -oE '^  (-.|   ) ?,? ?--[a-z-]+' "$BATS_TEST_TMPDIR/help" |
			grep -oE -- '--[a-z-]+' | sort > "$BATS_TEST_TMPDIR/code"
		[[ -s $BATS_TEST_TMPDIR/code ]]
		grep -E '^\.It Fl' "$page" | grep -oE 'Fl -[a-z][a-z-]+' |
			sed 's/Fl -/--/' | sort > "$BATS_TEST_TMPDIR/page"
		diff "$BATS_TEST_TMPDIR/code" "$BATS_TEST_TMPDIR/page"
		grep -oE '^  -.' "$BATS_TEST_TMPDIR/help" | tr -d ' -' | sort > "$BATS_TEST_TMPDIR/code"
		grep -oE '^\.It Fl .( |$)' "$page" | sed 's/.It Fl //' | tr -d ' ' | sort > "$BATS_TEST_TMPDIR/page"
		diff "$BATS_TEST_TMPDIR/code" "$BATS_TEST_TMPDIR/page"
	done
}

# The options in such text, less those that every tool or person has: a letter
# or a word a line.
options() {
	tr -s ' |[]<>' '\n' | grep -E '^-.' | sed -E '/^--/b; s/^-//; s/./-&\n/g' |
		grep -E '^-' | grep -vxE -- '-[hVqvptk]|--pin-source' | LC_ALL=C sort -u
}

@test "a tool's usage and its page's SYNOPSIS have the same commands and options" {
	for tool in $tools; do
		"csg-$tool" --help | sed '/^[A-Z]/,$d' > "$BATS_TEST_TMPDIR/usage"
		sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$root/man/csg-$tool.1" > "$BATS_TEST_TMPDIR/synopsis"
		sed 's/| -/Fl -/; s/| -/Fl -/' "$BATS_TEST_TMPDIR/synopsis" | grep -oE 'Fl [A-Za-z0-9-]+' | sed 's/^Fl /-/' > "$BATS_TEST_TMPDIR/fl"
		diff <(options < "$BATS_TEST_TMPDIR/usage") <(options < "$BATS_TEST_TMPDIR/fl")
		diff <(sed -nE "s/^(usage:|      ) csg-$tool ([a-z]+( [a-z]+)?) .*/\2/p" "$BATS_TEST_TMPDIR/usage") <(sed -n 's/^\.Cm //p' "$BATS_TEST_TMPDIR/synopsis")
	done
}

@test "a command takes the options of its synopsis, and no others" {
	local tool verb line letter name arg said status n=0
	local -A synopsis
	for tool in log policy token; do
		synopsis=()
		csg-$tool --help > "$BATS_TEST_TMPDIR/help"
		while IFS= read -r line; do
			[[ ! $line =~ ^(usage:|\ {6})\ csg-$tool\ ([a-z]+) ]] || verb=${BASH_REMATCH[2]}
			synopsis[$verb]+=" $line"
		done < <(sed '/^[A-Z]/,$d' "$BATS_TEST_TMPDIR/help")
		sed -nE 's/^  (-(.), |    )--([a-z-]+)( ([A-Z]*).*)?/\2 \3 \5/p' "$BATS_TEST_TMPDIR/help" | sed 's/^ /- /' > "$BATS_TEST_TMPDIR/options"
		for verb in "${!synopsis[@]}"; do
			tr -s ' |[]<>' '\n' <<< "${synopsis[$verb]}" | sed -nE '/^--/{s/^--//p;b};/^-/{s/^-//;s/./&\n/gp}' > "$BATS_TEST_TMPDIR/takes"
			while read -r letter name arg; do
				[[ $letter != [qvhV] ]] || continue
				n=$((n + 1))
				said=$("csg-$tool" "$verb" "--$name${arg:+=/dev/null/x}" 2>&1 > "$BATS_TEST_TMPDIR/unused") && status=0 || status=$?
				if grep -qxF -e "$letter" -e "$name" "$BATS_TEST_TMPDIR/takes"; then
					[[ $said != *"takes no --$name"* ]]
				else
					[[ $status == 2 && $said == "csg-$tool: usage: $verb takes no --$name"* ]]
				fi
			done < "$BATS_TEST_TMPDIR/options"
		done
	done
	((n > 400))
}

@test "csg(7) lists every reason with its exit status, and no other" {
	sed -n 's/^\tX(\([A-Z]*\), \([A-Z]*\),.*/\1 \2/p' "$root/lib/base/err.h" |
		sed 's/REFUSED/1/; s/MALFORMED/3/; s/TROUBLE/4/; s/NOTYET/5/' > "$BATS_TEST_TMPDIR/code"
	[[ $(wc -l < "$BATS_TEST_TMPDIR/code") -ge 30 ]]
	sed -n '/^.It Sy /{s/^.It Sy //;N;s/\n(\(.\)).*/ \1/;p}' "$root/man/csg.7" > "$BATS_TEST_TMPDIR/page"
	diff "$BATS_TEST_TMPDIR/code" "$BATS_TEST_TMPDIR/page"
}

@test "what csg-policy(5) shows as example policies is what is shipped" {
	for p in "$root"/policy/*.yaml; do
		grep -q '^csg: policy/1$' "$p"
		[[ $(head -n 1 "$p") == '# '* ]]
	done
}

@test "the programs are hardened" {
	[[ -z $sanitized ]] || return 0
	for tool in $tools; do
		readelf -hldW "$CSG_BIN/csg-$tool" > "$BATS_TEST_TMPDIR/elf"
		grep -q 'Type: *DYN' "$BATS_TEST_TMPDIR/elf"
		grep -q GNU_RELRO "$BATS_TEST_TMPDIR/elf"
		grep -qE 'BIND_NOW|FLAGS_1.*NOW' "$BATS_TEST_TMPDIR/elf"
		readelf -sW "$CSG_BIN/csg-$tool" | grep -q __stack_chk_fail
	done
}

# tour FILE: the commands of README's five minutes, nobody asked anything
tour() {
	awk '/^## Five minutes/ { on = 1 } /^Exit statuses/ { on = 0 } on && /^    [a-zA-Z]/' "$root/README.md" |
		sed "s/^    //; s/ #.*//; s/csg-keygen/& --no-passphrase/g; s/csg-endorse/& -y --approve/; s|\./policy/|$root/policy/|" > "$1"
	[[ $(wc -l < "$1") -ge 15 ]]
}

@test "the README's five minutes work as they stand" {
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir "$HOME"
	cd "$BATS_TEST_TMPDIR"
	tour commands
	echo 'the product' > app.bin
	run -0 --separate-stderr bash -eu commands
	[[ ${output##*valid: } == "app.bin: profile acme/product"* ]]
	[[ -e app.bin.p7s ]]
}

stating_draft() {
	draft "$1"
	sed -i 's/^profiles:/statements: [tested, rebuilt]\n&/' "$1"
}

@test "the examples of the pages work" {
	export W=$BATS_TEST_TMPDIR/w
	mkdir "$W"
	founded stating_draft
	at_work
	printf '#!/bin/sh\ntest -s "$1"\n' > run-tests
	chmod +x run-tests
	mkdir build
	cp app.bin build
	export CSG_KEY
	cp "$W"/keys/*.crt .
	ln -s "$W/ws" ws
	examples() { sed -n '/^.Sh EXAMPLES/,/^.Sh/p' "$root/man/$1" | sed -n '/^.Bd/,/^.Ed/{/^\./d;p}'; }
	CSG_KEY=$(key dave)
	eval "$(examples csg-request.1)"
	[[ -e $REQ ]]
	short=${REQ%.csgreq}
	CSG_KEY=$(key alice)
	eval "$(examples csg-endorse.1 | sed "s/20261123-lusab-babad/$short/; s/^csg-endorse 2/csg-endorse -fy --approve 2/; s/^csg-endorse -y --approve \([-\"]\)/csg-endorse -f -y --approve \1/; / --reject /d")"
	csg-endorse -y --approve -k "$(key erin)" "$REQ" app.bin
	csg-endorse -y --approve -k "$(key frank)" "$REQ" app.bin
	eval "$(examples csg-sign.1 | sed "s/20261123-lusab-babad/$short/; s/csg-sign -n/& -c ws\/signer.yaml/")"
	CSG_KEY=$(key grace)
	stop=$(examples csg-endorse.1 | grep -e ' --reject ')
	eval "$stop"
	words "$short.grace.csgend" | grep -qx 'decision: reject'
	CSG_KEY=$(key alice)
	eval "$(examples csg-verify.1)"
	mkdir keys
	eval "$(examples csg-keygen.1 | sed 's/csg-keygen alice/csg-keygen --no-passphrase alice2/')"
	cp "$CSG_POLICY" policy.csgpolicy
	eval "$(examples csg-policy.1 | sed "s|new startup|new $root/policy/startup.yaml|; s/product.crt/product=firmware.crt/" | sed 's/^csg-policy new -o acme-2/csg-policy new -f -o acme-2/')"
	[[ -e acme-1.yaml && -e acme-2.yaml ]]
	csg-log export -q -c ws/signer.yaml -o october.csglog
	eval "$(examples csg-log.1)"
	rm ws firmware.crt
	cp "$(key alice)" "$(key carol)" .
	eval "$(examples csg-token.1)"
	[[ -e firmware.csgbackup && -e restored/pin ]]
}

# The literal blocks of a page's section.
section() { sed -n "/^.Sh $2/,/^.Sh/p" "$root/man/$1" | sed -n '/^.Bd/,/^.Ed/{/^\./d;p}' | sed 's/\\e$/\\/'; }

@test "the founding ceremony and the first change of csg(7) work as they stand" {
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir "$HOME"
	cd "$BATS_TEST_TMPDIR"
	people . alice bob dave erin frank grace heidi
	csg-policy new "$root/policy/firmware.yaml" -o firmware.tmp > /dev/null
	{
		section csg.7 FOUNDING
		section csg.7 CHANGING
	} > steps
	grep -q '^csg-policy join' steps
	# everybody is added as alice is; a request has its own name; nobody is asked
	sed -i 's/^csg-keygen alice/true/
		s|new firmware|new firmware.tmp|
		/user add/a csg-policy user add acme-1.yaml -g developers dave.crt\
csg-policy user add acme-1.yaml -g qa bob.crt\
csg-policy user add acme-1.yaml -g security,admins erin.crt\
csg-policy user add acme-1.yaml -g security frank.crt grace.crt\
csg-policy user add acme-1.yaml -g admins heidi.crt
		s/^csg-request --founding.*/REQ=$(& -k heidi.key)/
		s/^csg-endorse .*/for who in alice erin; do csg-endorse -y --approve -k $who.key "$REQ" acme-1.yaml; done/
		s/20261123-lusab-babad.csgreq/"$REQ"/
		s/policy join/& -y/
		s/^csg-request -P policy.*/& -k heidi.key/' steps
	sed -i 's|firmware.tmp|./firmware.tmp|' steps
	run -0 --separate-stderr bash -eu steps
	[[ -e acme-1.csgpolicy && -e acme-2.yaml && -e $HOME/.config/csg/trust.pem ]]
}

# example N: the N-th policy of csg-policy(5)
example() {
	sed -n '/^.Sh EXAMPLES/,/^.Sh/p' "$root/man/csg-policy.5" |
		awk -v n="$1" '/^.Bd/ { k++; on = k == n; next } /^.Ed/ { on = 0 } on'
}

# filled: a policy of standard input with certificates, and with the people and
# keys that it only names
filled() {
	local name
	awk -v keys="$W/keys" '
		/^[a-z]/ { people = /^(users|keys):/ }
		people && /^  [a-z]/ { name = $1; sub(":", "", name) }
		skip && /^      / { next }
		{ skip = 0; print }
		people && /^    certificate: \|/ {
			skip = 1
			while ((getline line < (keys "/" name ".crt")) > 0)
				print "      " line
		}' > filled.yaml
	for name in $(sed -n '/^groups:/,/^keys:/s/.*\[\(.*\)\].*/\1/p' filled.yaml | tr -d ,); do
		grep -q "^  $name:$" filled.yaml || csg-policy user add filled.yaml "$name=$W/keys/$name.crt"
	done
	for name in ledger $(sed -n 's/^    key: //p' filled.yaml); do
		sed -n '/^keys:/,/^profiles:/p' filled.yaml | grep -q "^  $name:$" ||
			csg-policy key add filled.yaml "$name=$W/keys/$name.crt"
	done
}

@test "the policies of csg-policy(5) are sound, and the second one has every word" {
	export W=$BATS_TEST_TMPDIR
	cd "$W"
	people keys alice bob carol dave erin frank grace heidi mia max otto ottilie policy ledger
	csg-keygen -q --no-passphrase -a rsa3072 -o keys firmware > /dev/null
	for n in 1 2; do
		example $n > page.yaml
		filled < page.yaml
		accepted csg-policy check filled.yaml
		[[ $stderr == *"policy acme version $n is sound"* ]]
		# all of the page was loaded
		run -0 comm -23 <(grep -v '^      [-.]' page.yaml | sort) <(sort filled.yaml)
		[[ ${#lines[@]} == 1 && $output == issued:* ]]
	done
	words=$(grep -ohE '\{ "[a-z-]+", CSG_' "$root/lib/policy/policy_read.c" "$root/lib/policy/profile_read.c" | cut -d'"' -f2 | sort -u)
	[[ $(wc -w <<< "$words") -ge 30 ]]
	for word in $words; do
		[[ $word == epoch ]] || grep -qE "(^|[ {])$word: " page.yaml || grep -qE "^ *$word:$" page.yaml
	done
}

@test "a message is checked as csg-envelope(5) says" {
	export W=$BATS_TEST_TMPDIR/w
	mkdir "$W"
	founded
	at_work
	request firmware app.bin
	cp "$W/keys/dave.crt" .
	eval "$(section csg-envelope.5 EXAMPLES | sed "s/20261123-lusab-babad/${req%.csgreq}/")" > digest 2> /dev/null
	approve alice
	openssl cms -verify -inform PEM -in "$(vote_of alice)" -noverify 2> /dev/null | grep -q "^request: sha256:$(cut -d' ' -f1 digest)"
}
