#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The words that users read: retired phrases are gone from sources and documents, and help fits 80
# columns. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}

. tests/tap.bash

# A phrase that was read twice or wrongly, as an extended regular expression.
retired=(
	'as they go on'
	'[Ss]ay of each launch'
	'and whether that differs'
	"'%s' is no "
	'losses not known'
	'not alike'
	'are others[.;:]'
	'speaks? loudest'
	'to be seen'
	'need not keep to it'
	'besides, [%0-9]'
	'than chance would explain'
	'no list of'
)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# Each file as one line, so that a phrase may be broken over lines of text or parts of a string. The
# schemas keep their wording.
git ls-files -- tools docs README.md ':!docs/schema' ':!tools/lib/html/vendor' |
	while read -r file; do
		[ ! -f "$file" ] || printf '%s: %s\n' "$file" \
			"$(tr -d '\0' <"$file" | sed -zE 's/"[[:space:]]*\n[[:space:]]*"//g; s/[[:space:]*]+/ /g')"
	done >"$work/lines"
# Excerpts are slow, and hardly ever wanted.
stands() {
	grep -qE -e "$1" "$work/lines" || return 1
	grep -oE -e "^[^:]*:|.{0,30}$1.{0,20}" "$work/lines" | grep -B1 -vE '^[^ ]*:$' | grep -v '^--$'
}
absent() { ! stands "$1" | sed 's/^/# /' | grep .; }
for phrase in "${retired[@]}"; do
	ok "retired: $phrase" absent "$phrase"
done

# What the search itself is worth: it finds a phrase that is there.
finds() { stands "$1" >/dev/null; }
ok "the search finds a phrase in a man page" finds 'Fl -buffer-size Ns = Ns Ar size The size of'
ok "the search finds a phrase in parts of a string" finds 'cannot tell what changed'

mapfile -t commands < <("$O/sevtrace" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z]+) .*/\1/p')
ok "the tool has commands" test ${#commands[@]} -ge 4
narrow() { ! "$O/sevtrace" ${1:+"$1"} --help | awk 'length($0) > 80 { print "# " length($0) ": " $0 }' | grep .; }
for command in '' "${commands[@]}"; do
	ok "help${command:+ of $command} fits 80 columns" narrow "$command"
done
man_head() { LC_ALL=C.UTF-8 MANWIDTH=80 man -l "$1" 2>/dev/null | sed -n 1p; }
for page in docs/man/*.[1-8]; do
	ok "$page is headed by sevtrace" sh -c "! echo '$(man_head "$page")' | grep -q BSD"
done
finish
