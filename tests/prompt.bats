#!/usr/bin/env bats
# Questions on a terminal: only the whole word is an answer, and the end of
# input is none.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
}
setup() {
	at_work
	export TERM=xterm
}
teardown() { tmux -L t kill-server 2> /dev/null || :; }

# begin COMMAND...: on a terminal of its own
begin() {
	rm -f status
	printf '%q ' "$@" > command
	tmux -L t new-session -d -x 100 -y 50 "bash -c '$(< command) 2> said'; echo status=\$? > status"
}
# at PROMPT KEY...: these keys, once the prompt is there
at() {
	local prompt=$1
	for ((n = 0; n < 200; n++)); do
		tmux -L t capture-pane -p > screen 2> /dev/null || :
		! grep -q "$prompt" screen || break
		sleep 0.1
	done
	grep -q "$prompt" screen
	tmux -L t send-keys "${@:2}"
}
# ended: its status is in $answer
ended() {
	for ((n = 0; n < 200; n++)); do
		[[ ! -s status ]] || break
		sleep 0.1
	done
	answer=$(sed 's/^status=//' status)
}

@test "attack 52: the end of input at csg-endorse's prompt is no vote" {
	request boot app.bin
	vote=$(vote_of alice)
	ask() {
		begin csg-endorse -k "$(key alice)" "$req" app.bin
		at 'type approve' "$@"
		ended
	}
	ask C-d
	[[ $answer == 1 && ! -e $vote ]]
	[[ $(< said) == 'csg-endorse: refused: DECLINED: no decision was given; nothing was written' ]]
	ask appro C-d C-d
	[[ $answer == 1 && ! -e $vote ]]
	ask approve C-d C-d # the word, but not the end of its line
	[[ $answer == 1 && ! -e $vote ]]
	[[ -z $(find . -name '*.csgend' -o -name '.csg-*') ]]
	ask approve Enter
	[[ $answer == 0 && -e $vote ]]
}

@test "nor is it an answer to csg-policy join" {
	unset CSG_POLICY CSG_TRUST
	mkdir -p "$HOME/.config"
	ask() {
		begin csg-policy join "$W/trust.pem" "$W/acme-1.csgpolicy"
		at 'Type yes' "$@"
		ended
	}
	ask C-d
	[[ $answer == 1 && -z $(ls -A "$HOME/.config") ]]
	[[ $(< said) == *'csg-policy: refused: DECLINED: not confirmed; nothing was written' ]]
	ask yes C-d C-d
	[[ $answer == 1 && -z $(ls -A "$HOME/.config") ]]
	ask y Enter
	[[ $answer == 1 && -z $(ls -A "$HOME/.config") ]]
	ask yes Enter
	[[ $answer == 0 && -e $HOME/.config/csg/trust.pem ]]
}

@test "nor a passphrase, which is not shown" {
	begin csg-keygen zoe
	at 'assphrase' C-d
	ended
	[[ $answer == 4 && ! -e zoe.key && ! -e zoe.crt ]]
	begin csg-keygen zoe
	at 'assphrase' 'open sesame' Enter
	at 'again' 'open barley' Enter
	ended
	[[ $answer == 4 && ! -e zoe.key && ! -e zoe.crt ]]
	begin csg-keygen zoe
	at 'assphrase' 'open sesame' Enter
	at 'again' 'open sesame' Enter
	ended
	[[ $answer == 0 ]]
	run -1 grep -q sesame screen
	openssl pkey -in zoe.key -passin 'pass:open sesame' -noout
	# the same key's passphrase at a request's prompt
	begin csg-request -P boot -m x -k zoe.key app.bin
	at 'assphrase' C-d
	ended
	[[ $answer == 4 && -z $(ls ./*.csgreq 2> /dev/null) ]]
}
