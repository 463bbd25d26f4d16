# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for predict.sh: recordings of launches one at a time and of several
# at once. $1: where everything goes.
set -u
dir=$1
sevtrace=build/sevtrace
launcher=build/launcher

# launches TYPE PAGES AT-ONCE TIMES: guests stay until all are launched, as on a host that starts
# its guests; their teardowns come later. Launches at once end at about the same time. A command has
# one page with every type: what is predicted is waiting for the PSP, so that has to be most of it.
launches() {
	local name=$1-$2-$3

	"$sevtrace" record -q -o "$dir/$name.data" -- "$launcher" --type "$1" --pages "$2" --fork \
		--launches "$3" --repeat "$4" --chunk 1 --no-check --no-verify-memory --stay $((500 + $3 * $2 * 5)) \
		>"$dir/$name.out" 2>&1 || echo "$name: status $?"
}

for type in snp sev-es; do
	for pages in 12 24; do
		launches $type $pages 1 12
		launches $type $pages 4 3
		launches $type $pages 16 2
		launches $type $pages 32 1
	done
done
