#!/usr/bin/env bats
# What runs the tests: what it counts as what, and what it does where tools
# are missing.

load helpers

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	mkdir stubs
}

# stub NAME...: commands that succeed
stub() {
	local name
	for name in "$@"; do
		printf '#!/bin/sh\nexit 0\n' > "stubs/$name"
		chmod +x "stubs/$name"
	done
}

# elsewhere STAGE: tests/deps where the stubs are all there is, and no dpkg
elsewhere() { run "-$1" --separate-stderr env -i PATH="$T/stubs" /bin/sh "$root/tests/deps" "$2"; }

# wants STAGE COMMAND...: each is missed when it alone is missing
wants() {
	local stage=$1 name
	shift
	stub "$@"
	elsewhere 0 "$stage"
	[[ -z $output$stderr ]]
	for name in "$@"; do
		mv "stubs/$name" gone
		elsewhere 1 "$stage"
		[[ $stderr == "csg: please install:"*" $name"* && -z $output ]]
		mv gone "stubs/$name"
	done
}

@test "without dpkg each stage names what it misses, and stops" {
	wants build cc pkg-config
	wants demo cc pkg-config openssl softhsm2-util pkcs11-tool
	wants test cc pkg-config openssl softhsm2-util pkcs11-tool bats sqlite3 tmux ps xmllint perl nm readelf
	wants fuzz cc pkg-config clang-19
	wants lint clang-19 clang-format-19 clang-tidy-19 cppcheck shellcheck mandoc bats
	# all that is missing, in one line
	rm stubs/bats stubs/tmux
	elsewhere 1 lint
	[[ $stderr == 'csg: please install: bats tmux' ]]
	# a library
	stub bats tmux
	printf '#!/bin/sh\n[ "$2" != libp11 ]\n' > stubs/pkg-config
	elsewhere 1 test
	[[ $stderr == 'csg: please install: libp11' ]]
}

@test "make test and make lint stop before anything else when something is missing" {
	local stage
	stub cc pkg-config openssl softhsm2-util pkcs11-tool sqlite3 tmux ps clang-19 clang-format-19 clang-tidy-19 cppcheck shellcheck mandoc
	for stage in test lint test-asan; do
		run -2 env -i PATH="$T/stubs" MAKEFLAGS= "$(command -v make)" -C "$root" OUT="$T/out" SHELL=/bin/sh "$stage"
		[[ $output == *'csg: please install: bats'* ]]
		[[ ! -e $T/out/bin && ! -e $T/out/clang ]]
	done
}

@test "on Debian what is missing is installed, and a failure stops" {
	stub id apt-get
	printf '#!/bin/sh\necho 0\n' > stubs/id
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n[ "$4" = bats ] || echo installed\n' > stubs/dpkg-query
	chmod +x stubs/dpkg-query
	ln -s "$(command -v grep)" stubs/grep
	elsewhere 0 test
	[[ $output == 'csg: installing bats' ]]
	elsewhere 0 demo
	[[ -z $output ]]
	printf '#!/bin/sh\nexit 100\n' > stubs/apt-get
	elsewhere 100 test
	# without apt-get it is not Debian enough
	rm stubs/apt-get
	elsewhere 1 test
	[[ $stderr == 'csg: please install:'* ]]
}

# tests NAME...: a build with such a unit test, read from standard input
tests() {
	local name
	mkdir -p out/bin out/unit
	for name in "$@"; do
		cat > "out/unit/test_$name"
		chmod +x "out/unit/test_$name"
	done
}
# runs CODE: tests/run on them, with bats as who types its name has it
runs() { run "-$1" env -i PATH="$(tr : '\n' <<< "$PATH" | grep -v '/bats-core$' | paste -sd :)" HOME="$T" CSG_JOBS=2 CSG_TESTS="$T/x.bats" "$root/tests/run" "$T/out"; }

@test "what was skipped is no success: it is told, and counted apart" {
	printf '@test "one" { true; }\n@test "two" { skip "no weather"; }\n' > x.bats
	tests a <<-'END'
		#!/bin/sh
		echo 'ok 1 - a'
		echo '# skipped: attack 21: no vectors'
	END
	runs 0
	[[ ${lines[-2]} == '2 skipped' && ${lines[-1]} == '2 passed, 0 failed' ]]
	[[ $output == *$'\n# skipped: attack 21: no vectors\n'*'two # skip no weather'* ]]
	printf '@test "one" { true; }\n@test "two" { true; }\n' > x.bats
	runs 0
	[[ ${lines[-2]} == '1 skipped' && ${lines[-1]} == '3 passed, 0 failed' ]]
}

@test "a failure, and a test that ends in the middle, fail the run" {
	printf '@test "one" { true; }\n' > x.bats
	tests a < <(printf '#!/bin/sh\necho "ok 1 - a"\n')
	runs 0
	tests b < <(printf '#!/bin/sh\necho "ok 1 - b"\nkill -SEGV $$\n')
	runs 1
	[[ $output == *'not ok - test_b ended with status 139'* && ${lines[-1]} == '3 passed, 1 failed' ]]
	tests b < <(printf '#!/bin/sh\necho "not ok 1 - b"\nexit 1\n')
	runs 1
	[[ ${lines[-1]} == '2 passed, 1 failed' ]]
	rm out/unit/test_b
	printf '@test "one" { false; }\n' > x.bats
	runs 1
	[[ ${lines[-1]} == '1 passed, 1 failed' ]]
}

@test "suites run beside each other and are told of in order" {
	local name
	printf '@test "one" { true; }\n' > x.bats
	# each of two waits for the other
	for name in a:b b:a; do
		tests "${name%:*}" <<-END
			#!/bin/sh
			touch $T/${name%:*}
			for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
				[ ! -e $T/${name#*:} ] || { echo 'ok 1'; exit 0; }
				sleep 0.5
			done
			echo 'not ok 1'
			exit 1
		END
	done
	runs 0
	[[ $output == '# test_a: '*' s'$'\n''# test_b: '*' s'$'\n''# x.bats: '* ]]
	[[ ${lines[-1]} == '3 passed, 0 failed' ]]
}

@test "unit tests say in one line which vectors are not there, and pass without" {
	local name total=0
	mkdir none
	for name in raw merkle envelope yaml pkcs11_uri; do
		CSG_VECTORS=$T/none run -0 "$CSG_UNIT/test_$name"
		[[ $(grep -c '^# skipped: .*: no vectors at ' <<< "$output") == 1 ]]
		total=$((total + 1))
		run -1 grep -iE '^ok .*(vectors|wycheproof|fuzzers|public)' <<< "$output"
	done
	[[ $total == 5 ]]
}
