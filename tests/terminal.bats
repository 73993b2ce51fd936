#!/usr/bin/env bats
# What people see and type at a terminal.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	pane=csg.$$.$BATS_TEST_NUMBER
}
teardown() { tmux -L "$pane" kill-server 2> /dev/null || :; }

# terminal COMMAND: in a window of its own
terminal() { tmux -L "$pane" new-session -d -x 100 -y 50 "$1"; }
type() { tmux -L "$pane" send-keys "$@"; }

# on_screen TEXT [N]: wait until the terminal has shown it N times; all of it
# in the file screen
on_screen() {
	local i
	for ((i = 0; i < 200; i++)); do
		tmux -L "$pane" capture-pane -p -S - > screen 2> /dev/null
		[[ $(grep -c -- "$1" screen) -lt ${2:-1} ]] || return 0
		sleep 0.05
	done
	cat screen
	return 1
}

@test "a passphrase is never echoed, not after the process was stopped either" {
	terminal 'env PS1="$ " sh -i'
	type 'csg-keygen zoe' Enter
	on_screen 'new passphrase:'
	type 'half of it' C-z
	on_screen 'Stopped'
	type 'stty -a | tr " " "\n" | grep "^-*echo$"' Enter
	on_screen '^echo$'
	type fg Enter
	on_screen 'new passphrase:' 2
	type 'a long passphrase' Enter
	on_screen 'again:'
	type C-z
	on_screen 'Stopped' 2
	type fg Enter
	on_screen 'again:' 2
	type 'a long passphrase' Enter
	on_screen 'zoe.crt'
	run -1 grep -E 'half|long' screen
	echo 'a long passphrase' > pass
	openssl pkey -in zoe.key -passin file:pass -noout
}

@test "a prompt that is interrupted leaves a terminal that echoes" {
	terminal 'env PS1="$ " sh -i'
	type 'csg-keygen zoe' Enter
	on_screen 'new passphrase:'
	type C-c
	on_screen '^\$$'
	type 'stty -a | tr " " "\n" | grep "^-*echo$"' Enter
	on_screen '^echo$'
	[[ ! -e zoe.key ]]
}
