#!/usr/bin/env bats
# csg-log: the ledger as an auditor reads it.

load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR
	founded
	cd "$W" || return
	export HOME=$W/home CSG_POLICY=$W/acme-1.csgpolicy CSG_TRUST=$W/trust.pem
	mkdir -p "$HOME"
	echo app > app.bin
	request boot app.bin
	approve alice
	sign "$req" > /dev/null
	request firmware app.bin
	approve bob erin frank
	sign -f "$req" > /dev/null
}
setup() {
	at_work
	c=(-c "$W/ws/signer.yaml")
}

@test "list: what was founded, claimed and signed, with filters" {
	accepted csg-log list "${c[@]}"
	[[ ${#lines[@]} == 5 ]]
	[[ ${lines[0]} == "     1  "*"found     policy version 1 in force" ]]
	[[ ${lines[1]} == *"  claim     "*"  boot by route normal, 1 artifact" ]]
	[[ ${lines[4]} == *"  finish    "* ]]
	accepted csg-log list "${c[@]}" --kind finish
	[[ ${#lines[@]} == 2 ]]
	accepted csg-log list "${c[@]}" -P firmware
	[[ ${#lines[@]} == 1 ]]
	accepted csg-log list "${c[@]}" --since 2090-01-01T00:00:00Z
	[[ -z $output ]]
	accepted csg-log list "${c[@]}" --until 2090-01-01T00:00:00Z
	[[ ${#lines[@]} == 5 ]]
	accepted csg-log list -j "${c[@]}"
	[[ ${#lines[@]} == 5 && ${lines[1]} == '{"seq": 2,"time": "'*'"profile": "boot"'*'}' ]]
	run -2 csg-log list "${c[@]}" --since yesterday
	run -2 csg-log list "${c[@]}" more
}

@test "show: an entry and what it rests on" {
	accepted csg-log show "${c[@]}" 3
	[[ ${lines[0]} == csg-entry/1 && $output == *"kind finish"*"-----BEGIN CMS-----"* ]]
	refused 4 LOG csg-log show "${c[@]}" 9
	run -2 csg-log show "${c[@]}" 0
	run -2 csg-log show "${c[@]}"
}

@test "verify: the root is that of the newest receipt, and of nobody's edits" {
	accepted csg-log verify "${c[@]}"
	[[ ${lines[1]} == 'size 5' ]]
	newest=$(grep -l . "$W"/*.csgproof | xargs ls -t | head -n 1)
	awk '/-----BEGIN/ { s = "" } { s = s $0 "\n" } END { printf "%s", s }' "$newest" > receipt
	openssl cms -verify -inform PEM -in receipt -noverify -out receipt.yaml 2> /dev/null
	grep -q "^root: ${lines[2]#root }" receipt.yaml
	grep -q "^log: ${lines[0]#log  }" receipt.yaml
	cp -R "$W/ws" ws
	sed -i "s|$W/ws|$T/ws|" ws/signer.yaml ws/softhsm2.conf
	accepted csg-log verify -c ws/signer.yaml
	tampered() {
		cp "$W/ws/state/ledger.db" ws/state/ledger.db
		edit_ledger ws/state/ledger.db "$1"
		refused 4 LOG csg-log verify -c ws/signer.yaml
	}
	tampered "UPDATE entry SET route = 'hotfix' WHERE seq = 2"
	[[ $stderr == *"entry 2 is not what the tree has" ]]
	tampered "UPDATE entry SET time = time + 86400 WHERE seq = 2"
	tampered "UPDATE entry SET body = body || ' ' WHERE seq = 3"
	tampered "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND idx = 0"
	tampered "DELETE FROM node WHERE level = 2"
	tampered "INSERT INTO node (level, idx, hash) VALUES (5, 0, zeroblob(32))"
	tampered "UPDATE entry SET seq = 99 WHERE seq = 2"
}
