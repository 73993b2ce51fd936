#!/usr/bin/env bash
# What an entry and its proof cost with 10, 10^4 and 10^6 entries, beside a bare
# SQLite insert.  Needs about 3 GB in the temporary directory.
set -eu
cd "$(dirname "$0")/../.."
make -s out/unit/bench_ledger
bench=$PWD/out/unit/bench_ledger
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"$bench" 10 10000 "${1:-1000000}"
