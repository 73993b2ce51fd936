#!/usr/bin/env bats
# csg-log report: what the ledger tells together, as a page and as JSON.

load helpers

# bob's certificate is about to expire; mallory's key is revoked
reported_draft() {
	csg-keygen -q --no-passphrase --days 30 -o "$W/short" bob > /dev/null
	cp "$W"/short/bob.* "$W/keys"
	draft "$1"
	openssl x509 -in "$W/keys/mallory.crt" -noout -pubkey |
		openssl pkey -pubin -outform DER | openssl dgst -sha256 -r |
		sed 's/\([^ ]*\).*/revoked: [{key: "sha256:\1", since: 2026-11-01T00:00:00Z, reason: compromised}]/' >> "$1"
}

# history FILE [CHAIN]: a ledger with the past of standard input
history() {
	rm -f "$1"
	"$CSG_UNIT/history" "$@"
}

setup_file() {
	export W=$BATS_FILE_TMPDIR
	mkdir "$W/short"
	founded reported_draft
	# 1767261600: 2026-01-01T10:00:00Z
	history "$W/past.db" "$W/acme-1.csgpolicy" <<-'END'
		found 1767261600
		key 1767261660 made boot p256 sha256:00
		sign 1767348000 7200 boot normal boot dave - 1 app.bin alice+3600 release 1.0
		sign 1769940000 7200 boot normal boot carol - 1 app.bin bob+60! release 1.1
		refuse 1769940001 boot DIGEST it differs
		refuse 1769940002 boot DIGEST it differs again
		refuse 1769940003 - VETO rejected
		reject 1769940004 frank "quotes" & <script>alert(1)</script>
		sign 1772359200 7200 rom emergency rom carol heidi 3 fw.bin erin+100,heidi+200 <b>night</b> & 'fog' – später
		abandon 1772359300 600 boot normal boot dave - 1 app.bin alice+30 bob rejected it
		sign 1774951200 7200 firmware normal firmware dave - 2 <img>&"x".bin alice+100,erin+200,frank+300,grace+400,bob~50 release 2.0
	END
}

setup() {
	at_work
	from=(--from "$W/past.db")
}

# page [OPTION...]: report.html and report.json of the past
page() {
	csg-log report "${from[@]}" "$@" > report.html
	csg-log report "${from[@]}" "$@" -j > report.json
}

# in_json PATH [FILE]: a value of report.json, or of another
in_json() { sqlite3 :memory: "SELECT json_extract(readfile('${2:-report.json}'), '$1')"; }
# lines FILE: the objects of one line each, as an array
array_of() { printf '[%s]' "$(paste -sd, "$1")" > "$2"; }
# in_page XPATH: text of report.html
in_page() { xmllint --xpath "$1" report.html; }

@test "the page is well-formed, asks nothing of any network, and runs nothing" {
	page
	xmllint --noout report.html
	[[ $(head -n 1 report.html) == '<!DOCTYPE html>' ]]
	[[ $(in_page 'string(//meta[@charset]/@charset)') == utf-8 ]]
	[[ $(in_page 'string(//meta[@http-equiv]/@content)') == "default-src 'none'; style-src 'unsafe-inline'; img-src data:" ]]
	run -1 grep -qiE '(https?:)?//[a-z]|url\(|@import' report.html
	[[ $(in_page 'count(//script | //link | //img | //iframe | //object | //@src | //@onload | //@onclick)') == 0 ]]
	[[ $(in_page "count(//a[not(starts-with(@href, '#'))])") == 0 ]]
	for id in $(in_page '//a/@href' | sed 's/.*"#\(.*\)"/\1/'); do
		[[ $(in_page "count(//section[@id = '$id'])") == 1 ]]
	done
}

@test "foreign text is text" {
	page --person '<script>'
	[[ $(in_page 'string(//header/p[3])') == 'Only person <script>' ]]
	page
	[[ $(in_page "string(//section[@id = 'rejections']//tbody/tr/td[4])") == '"quotes" & <script>alert(1)</script>' ]]
	[[ $(in_page "string(//section[@id = 'emergency']//tbody/tr/td[6])") == "<b>night</b> & 'fog' – später" ]]
	[[ $(in_json '$.emergencies[0].text') == "<b>night</b> & 'fog' – später" ]]
	[[ $(in_json '$.rejections[0].text') == '"quotes" & <script>alert(1)</script>' ]]
	run -1 grep -qE '<(script|b>night|img)' report.html
	printf 'key 1767348000 made \033[1m\xe2\x80\xae\n' | history esc.db
	from=(--from esc.db)
	page
	xmllint --noout report.html
	[[ $(in_page "string(//section[@id = 'history']//tbody/tr/td[3])") == 'key made \x1b[1m\xe2\x80\xae' ]]
	[[ $(in_json '$.history[0].text') == 'made \x1b[1m\xe2\x80\xae' ]]
}

@test "the numbers are those of csg-log list" {
	page
	csg-log list "${from[@]}" -j > entries
	array_of entries list.json
	count() { sqlite3 :memory: "SELECT $1 FROM json_each(readfile('list.json')) WHERE $2"; }
	finish="json_extract(value, '$.kind') = 'finish'"
	[[ $(in_json '$.totals.entries') == $(count 'count(*)' 1) ]]
	[[ $(in_json '$.totals.requests') == $(count 'count(*)' "$finish") ]]
	[[ $(in_json '$.totals.signatures') == $(count "sum(json_array_length(value, '$.artifacts'))" "$finish") ]]
	[[ $(in_json '$.totals.emergencies') == $(count 'count(*)' "$finish AND json_extract(value, '$.emergency')") ]]
	[[ $(in_json '$.totals.refusals') == $(count 'count(*)' "json_extract(value, '$.kind') = 'refuse'") ]]
	[[ $(in_json '$.totals.abandoned') == $(count 'count(*)' "json_extract(value, '$.kind') = 'abandon'") ]]
	[[ $(in_json '$.totals.signatures') == 7 && $(in_json '$.totals.blind') == 1 ]]
	# approvals of a person: votes in what was signed
	for who in alice erin grace; do
		mine=$(sqlite3 :memory: "SELECT count(*) FROM json_each(readfile('list.json')) AS e, json_each(e.value, '$.votes') AS v WHERE json_extract(e.value, '$.kind') = 'finish' AND json_extract(v.value, '$.person') = '$who' AND json_extract(v.value, '$.decision') = 'approve'")
		[[ $(sqlite3 :memory: "SELECT json_extract(value, '$.approvals') FROM json_each(readfile('report.json'), '$.people') WHERE json_extract(value, '$.name') = '$who'") == "$mine" ]]
	done
}

@test "page and JSON tell the same" {
	page
	[[ $(in_page 'string(//ul[@class = "figures"]/li[1]/b)') == $(in_json '$.totals.signatures') ]]
	# people: a row each, the numbers in their order
	n=$(sqlite3 :memory: "SELECT json_array_length(readfile('report.json'), '$.people')")
	[[ $n == 8 && $(in_page "count(//section[@id = 'people']//tbody/tr)") == "$n" ]]
	for ((i = 0; i < n; i++)); do
		row="//section[@id = 'people']//tbody/tr[$((i + 1))]"
		[[ $(in_page "string($row/th)") == $(in_json "$.people[$i].name") ]]
		col=1
		for m in requests approvals blind abstentions rejections operated; do
			[[ $(in_page "string($row/td[$col])") == $(in_json "$.people[$i].$m") ]]
			col=$((col + 1))
		done
	done
	# over time: all columns, the sum of each
	n=$(sqlite3 :memory: "SELECT json_array_length(readfile('report.json'), '$.series')")
	[[ $n == 14 && $(in_json '$.period') == week ]]
	for ((i = 0; i < n; i++)); do
		sum=$(sqlite3 :memory: "SELECT total(value) FROM json_each(readfile('report.json'), '$.series[$i].profiles')")
		[[ $(in_page "string((//section[@id = 'time']//table)[1]/tbody/tr[$((i + 1))]/td[1])").0 == "$sum" ]]
		sum=$(sqlite3 :memory: "SELECT total(value) FROM json_each(readfile('report.json'), '$.series[$i].keys')")
		[[ $(in_page "string((//section[@id = 'time']//table)[2]/tbody/tr[$((i + 1))]/td[1])").0 == "$sum" ]]
	done
	# with whom
	[[ $(in_page "count((//section[@id = 'pairs']//table)[1]/tbody/tr)") == 7 ]]
	[[ $(in_json '$.people[0].with.erin') == 1 && $(in_json '$.people[0].for.dave') == 2 ]]
	# refusals
	[[ $(in_json '$.refusals[0].reason') == DIGEST && $(in_json '$.refusals[0].requests') == 2 ]]
	[[ $(in_page "string(//section[@id = 'refusals']//tbody/tr[1]/td[2])") == 2 ]]
	[[ $(in_page "count(//section[@id = 'refusals']//tbody/tr)") == 2 ]]
	# one by one
	[[ $(in_json '$.blind[0].person') == bob && $(in_page "string(//section[@id = 'blind']//tbody/tr/td[5])") == bob ]]
	[[ $(in_json '$.emergencies[0].approvers') == '["erin","heidi"]' && $(in_page "string(//section[@id = 'emergency']//tbody/tr/td[7])") == 'erin, heidi' ]]
	[[ $(in_json '$.emergencies[0].operator') == heidi && $(in_page "string(//section[@id = 'emergency']//tbody/tr/td[4])") == 'fw.bin and 2 more' ]]
	[[ $(in_page "count(//section[@id = 'history']//tbody/tr)") == 3 && $(in_json '$.history[2].kind') == abandon ]]
}

@test "the time to a quorum ends with the vote that completed it" {
	page
	wait_of() { sqlite3 :memory: "SELECT json_extract(value, '$.quorum.median') FROM json_each(readfile('report.json'), '$.profiles') WHERE json_extract(value, '$.name') = '$1'"; }
	[[ $(wait_of firmware) == 300 && $(wait_of rom) == 200 ]]
	[[ $(in_page "string(//section[@id = 'quorum']//tbody/tr[th = 'firmware']/td[4])") == '5 min' ]]
	[[ $(in_json '$.quorum.requests') == 4 && $(in_json '$.quorum.median') == 200 && $(in_json '$.quorum.ninth') == 3600 ]]
	unset CSG_TRUST # nobody tells who had to vote
	page
	[[ $(wait_of firmware) == 400 && $(wait_of rom) == 200 ]]
}

@test "without a trust anchor the page says what it could not tell" {
	page
	[[ $(in_page 'count(//p[@class = "unknown"])') == 0 && $(in_json '$.policy') == acme ]]
	unset CSG_TRUST
	page
	[[ $(in_page 'string(//p[@class = "unknown"])') == 'Not everything is known.'* ]]
	[[ $(in_page "string(//section[@id = 'expiry']/p)") == 'Unknown:'* ]]
	[[ -z $(in_json '$.policy') && -z $(in_json '$.expiring') && -z $(in_json '$.revoked') ]]
	[[ $(in_json '$.totals.unknown') == 4 && $(in_json '$.emergencies[0].unknown') == 1 ]]
	[[ $(in_page "string(//section[@id = 'emergency']//tbody/tr/td[3])") == *'policy unknown'* ]]
}

@test "what expires, and what was revoked" {
	page
	[[ $(in_json '$.expiring') == '[{"what":"person","name":"bob",'* ]]
	[[ $(sqlite3 :memory: "SELECT json_array_length(readfile('report.json'), '$.expiring')") == 1 ]]
	[[ $(in_json '$.expiring[0].expired') == 0 ]]
	row="//section[@id = 'expiry']//table[1]/tbody/tr"
	[[ $(in_page "string($row/th)") == bob && $(in_page "string($row/td[4])") == 'in 29 days' ]]
	[[ $(in_json '$.revoked[0].reason') == compromised ]]
	[[ $(in_page "string((//section[@id = 'expiry']//table)[2]/tbody/tr/td[4])") == compromised ]]
}

@test "filters" {
	total() {
		csg-log report "${from[@]}" -j "$@" > total.json
		in_json "$.totals.$what" total.json
	}
	what=signatures
	[[ $(total) == 7 && $(total -P boot) == 2 && $(total --key rom) == 3 ]]
	[[ $(total --person erin) == 5 && $(total --artifact fw.bin) == 3 && $(total --route emergency) == 3 ]]
	[[ $(total --since 2026-03-01T10:00:00Z) == 5 && $(total --until 2026-03-01T09:59:59Z) == 2 ]]
	[[ $(total -P boot --since 2026-02-01T00:00:00Z) == 1 && $(total -P none) == 0 ]]
	what=refusals
	[[ $(total) == 3 && $(total -P boot) == 2 ]]
	csg-log report "${from[@]}" -P boot --since 2026-02-01T00:00:00Z > report.html
	[[ $(in_page 'string(//header/p[3])') == 'Only profile boot, since 2026-02-01T00:00:00Z' ]]
	run -2 csg-log report "${from[@]}" --kind finish
	run -2 csg-log report "${from[@]}" 3
}

@test "-o: a new file, an old one only with -f, nothing half" {
	accepted csg-log report "${from[@]}" -o out.html
	[[ $output == out.html && $(tail -n 1 out.html) == '</html>' ]]
	cp out.html keep
	echo old > old.html
	refused 4 IO csg-log report "${from[@]}" -o old.html
	[[ $(< old.html) == old ]]
	accepted csg-log report "${from[@]}" -o old.html -f
	cmp <(sed 's/Made [^U]*//' old.html) <(sed 's/Made [^U]*//' keep)
	accepted csg-log report "${from[@]}" -o .
	[[ -s report.html ]]
	run -2 --separate-stderr csg-log report "${from[@]}" -j -o x.html
	[[ ! -e x.html ]]
	run -4 --separate-stderr sh -c '"$@" > /dev/full' - csg-log report "${from[@]}"
	[[ $stderr == *': IO: standard output: No space left on device' ]]
}

@test "a damaged ledger tells nothing" {
	cp "$W/past.db" bad.db
	accepted csg-log report --from bad.db
	edit_ledger bad.db "UPDATE entry SET time = time + 1 WHERE seq = 3"
	refused 4 LOG csg-log report --from bad.db
	refused 4 LOG csg-log report --from bad.db -j
	refused 4 LOG csg-log report --from bad.db -o out.html
	[[ ! -e out.html ]]
	refused 4 LOG csg-log report --from keys.db
}

@test "nothing yet, one signature, years of them" {
	history empty.db < /dev/null
	from=(--from empty.db)
	page
	xmllint --noout report.html
	[[ $(in_page 'string(//header/p[1])') == 'No entries.' && $(in_json '$.totals.entries') == 0 ]]
	[[ $(in_json '$.series') == '[]' && -z $(in_json '$.from') ]]
	printf 'sign 1767348000 60 boot normal boot dave - 1 a.bin alice+30 why\n' | history one.db
	from=(--from one.db)
	page
	xmllint --noout report.html
	[[ $(in_json '$.period') == day && $(in_json '$.series[0].start') == 2026-01-02T00:00:00Z ]]
	for ((i = 0; i < 60; i++)); do
		printf 'sign %d 60 p%d normal k%d dave - 1 a.bin w%d+30,v+%d why\n' $((1700000000 + i * 3000000)) $((i % 11)) $((i % 12)) $i $i
	done | history years.db
	from=(--from years.db)
	page
	xmllint --noout report.html
	[[ $(in_json '$.period') == quarter && $(in_json '$.people' | grep -o '"name"' | wc -l) == 62 ]]
	# years.db has 60 approvers of one request each, and one of all of them
	[[ $(in_page "string((//section[@id = 'pairs']//table)[1]/tbody/tr[1]/th)") == v && $(in_page "count((//section[@id = 'pairs']//table)[2]/tbody/tr)") == 30 ]]
	# the others together, and people beyond the first are a click away
	[[ $(in_page "count((//section[@id = 'time']//ul)[1]/li)") == 8 ]]
	[[ $(in_page "count(//section[@id = 'people']/table/tbody/tr)") == 30 && $(in_page "count(//section[@id = 'people']//tbody/tr)") == 62 ]]
}

@test "a workstation's own ledger" {
	request boot app.bin
	approve alice
	sign "$req" > /dev/null
	from=(-c "$W/ws/signer.yaml")
	page
	[[ $(in_json '$.totals.signatures') == 1 && $(in_json '$.policy') == acme && $(in_json '$.keys[0].name') == boot ]]
	[[ $(in_json '$.history') == *'"kind":"found"'* ]]
}
