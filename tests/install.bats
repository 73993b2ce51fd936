#!/usr/bin/env bats
# make install and uninstall, after a build for another place.

load helpers

setup() {
	T=$BATS_TEST_TMPDIR
	# a copy of the sources, and of the build, which make takes for new
	mkdir "$T/src"
	cp -a "$root"/{Makefile,cmd,lib,man,policy,tests} "$T/src"
	mkdir "$T/src/out"
	cp -a "$CSG_BIN"/../{bin,cmd,lib,libcmd.a,libcsg.a,datadir} "$T/src/out"
	cd "$T/src" || return
	unset MAKEFLAGS MFLAGS MAKELEVEL
	export HOME=$T/home
	mkdir "$HOME"
	[[ $(< out/datadir) == /usr/local/share/csg/policy ]]
}

# built ARG...: make with the flags of the build at hand
built() {
	local flags=()
	[[ -z $sanitized ]] || flags=(LDFLAGS='-fsanitize=address,undefined -no-pie')
	make -s OUT=out "${flags[@]}" "$@"
}

# installed DIR: all files below it, sorted
installed() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }

@test "installed elsewhere than it was built for, csg-policy finds its templates" {
	built install PREFIX="$T/opt"
	cd "$T"
	rm -rf src
	accepted opt/bin/csg-policy new startup -o s-1.yaml
	grep -q '^csg: policy/1' s-1.yaml
	mv opt/share/csg/policy/startup.yaml gone
	refused 4 IO opt/bin/csg-policy new startup -o s-2.yaml
	[[ $stderr == *"no template 'startup' in $T/opt/share/csg/policy"* ]]
}

@test "DESTDIR is where the files go, PREFIX what they say" {
	built install DESTDIR="$T/x y" PREFIX=/opt/csg
	grep -q /opt/csg/share/csg/policy "$T/x y/opt/csg/bin/csg-policy"
	run -1 grep -rlE '/usr/local|x y/opt' "$T/x y/opt/csg/share"
	run -1 grep -l /usr/local/share/csg "$T/x y/opt/csg/bin/csg-policy"
	grep -q '^\.It Pa /opt/csg/share/csg/policy' "$T/x y/opt/csg/share/man/man1/csg-policy.1"
	[[ $(stat -c %a "$T/x y/opt/csg/bin/csg-sign") == 755 ]]
	[[ $(stat -c %a "$T/x y/opt/csg/share/man/man1/csg-policy.1") == 644 ]]
	# every tool, page and template, and nothing else
	{
		for f in out/bin/*; do echo "./bin/${f##*/}"; done
		for f in man/*; do echo "./share/man/man${f##*.}/${f##*/}"; done
		for f in policy/*.yaml; do echo "./share/csg/policy/${f##*/}"; done
	} | LC_ALL=C sort > want
	diff want <(installed "$T/x y/opt/csg")
}

@test "uninstall leaves nothing behind, and what is others' alone" {
	mkdir -p "$T/x y/opt/csg/share/man/man1" "$T/x y/opt/csg/bin"
	echo theirs > "$T/x y/opt/csg/bin/other"
	echo theirs > "$T/x y/opt/csg/share/man/man1/other.1"
	built install DESTDIR="$T/x y" PREFIX=/opt/csg
	[[ $(installed "$T/x y" | wc -l) -gt 20 ]]
	built uninstall DESTDIR="$T/x y" PREFIX=/opt/csg
	diff <(printf './bin/other\n./share/man/man1/other.1\n') <(installed "$T/x y/opt/csg")
	[[ ! -e "$T/x y/opt/csg/share/csg" ]]
	# somebody's own template stays where it is
	built install DESTDIR="$T/x y" PREFIX=/opt/csg
	echo mine > "$T/x y/opt/csg/share/csg/policy/mine.yaml"
	built uninstall DESTDIR="$T/x y" PREFIX=/opt/csg
	[[ $(installed "$T/x y/opt/csg/share/csg") == ./policy/mine.yaml ]]
}

@test "built again for the same place, nothing is compiled; for another, what knows of it" {
	run -0 built all
	[[ -z $output ]]
	run -0 make -n OUT=out PREFIX=/opt/csg all
	grep -oE -- ' -c -o [^ ]+' <<< "$output" | sed 's|.* out/||; s|\.o$|.c|' > compiled
	diff <(grep -l CSG_DATADIR cmd/*.c cmd/*/*.c lib/*/*.c) compiled
}

@test "built in another place, the objects are the same" {
	cp -R "$T/src" "$T/other place"
	touch lib/base/io.c "$T/other place/lib/base/io.c"
	make -s OUT=out out/lib/base/io.o
	make -s -C "$T/other place" OUT=out out/lib/base/io.o
	cmp out/lib/base/io.o "$T/other place/out/lib/base/io.o"
	# with what is for debugging in it
	readelf --debug-dump=info out/lib/base/io.o | grep -q 'DW_AT_comp_dir.*: \.$'
}
