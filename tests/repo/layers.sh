#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What may include what, as TAP: the library by tools/lib/layers, subcommands nothing of each other,
# no circle between files, nothing that nobody builds or includes. Then the same checks on a copy of
# the tree with each kind of fault put in, which they have to find.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
. tests/tap.bash
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tap_details=$work/found

# edges FOLDER...: "FILE INCLUDED" for each include in quotes of a C file or header.
edges() { find "$@" -name '*.[ch]' -exec awk -F '"' '/^#include "/ { print FILENAME, $2 }' {} + | sort; }

# Each of these prints a line for each fault in the tree of the working directory.

# The layers file: a folder has one line, and names only what stands above it.
wrong_layers() {
	awk -F '[: ]+' '/^[^#]/ {
			for (i = 2; i <= NF; i++)
				if ($i != "" && !seen[$i])
					print $1 " may include " $i ", which does not stand above it"
			if (seen[$1]++)
				print $1 " stands twice"
		}' tools/lib/layers
	comm -3 <(sed -n 's/^\([a-z_]*\):.*/\1/p' tools/lib/layers | sort) <(cd tools/lib && printf '%s\n' */ | tr -d / | sort) |
		sed 's/^\t\(.*\)/tools\/lib\/\1 has no line/; t; s/$/: there is no such folder/'
}

# The library: by the layers; internal.h stays inside; nothing of the command line.
wrong_includes() {
	edges tools/lib | awk '
		FILENAME == "tools/lib/layers" {
			if ($0 !~ /^#/ && NF) { from = $1; sub(/:/, "", from); for (i = 2; i <= NF; i++) may[from, $i] = 1 }
			next
		}
		{
			split($1, at, "/")
			split($2, to, "/")
			# generated
			if ($2 == "sevtrace.skel.h" && at[3] == "collector" || $2 ~ /\.inc$/ && at[3] == "sev")
				next
			if (system("test -e tools/lib/" $2))
				print $1 " includes " $2 ", which is not in the library"
			else if (at[3] != to[1] && !may[at[3], to[1]])
				print $1 " includes " $2 ": tools/lib/layers does not let " at[3] " use " to[1]
			else if (at[3] != to[1] && to[2] == "internal.h")
				print $1 " includes " $2 ", which is for " to[1] " alone"
		}' tools/lib/layers -
}

# Subcommands: a file of tools/sevtrace, or a folder; cli is what they share.
wrong_subcommands() {
	edges tools/sevtrace | awk '
		{
			n = split($1, at, "/")
			own = n > 3 ? at[3] : ""
			split($2, to, "/")
			if (system("test -e tools/sevtrace/" $2)) {
				if (to[2] == "internal.h")
					print $1 " includes " $2 ", which is for " to[1] " alone"
			} else if (to[1] != "cli" && to[1] != own && $2 != "commands.h" && at[n] != "main.c") {
				print $1 " includes " $2 ": subcommands include nothing of each other"
			} else if (own == "cli" && to[1] != "cli") {
				print $1 " includes " $2 ": cli knows no subcommand"
			}
		}'
}

# What tsort says of a graph that has a circle.
loops() { tsort 2>&1 >/dev/null | sed -n 's/^tsort: -: input contains a loop:/a circle:/p; s/^tsort: \([^ ]*\)$/  \1/p'; }

# Circles of headers.
circles() { edges tools/lib tools/sevtrace bpf | sed -E 's#^tools/(lib|sevtrace)/##; s#^bpf/##' | loops; }

# The same by what object files on stdin need of each other.
symbol_circles() {
	xargs nm -A | awk '
		{ sub(/:.*/, "", $1) }
		$2 ~ /^[TDBRV]$/ { where[$3] = $1 }
		$2 == "U" { need[$1 " " $3] = 1 }
		END {
			for (i in need) {
				split(i, n, " ")
				if (where[n[2]] && where[n[2]] != n[1])
					print n[1], where[n[2]]
			}
		}' | loops
}

# C files that no rule compiles, headers that nobody includes.
orphans() {
	make -nB all unit-programs fuzzers 2>/dev/null | grep -oE '[^ ]+\.c\b' | sort -u >"$work/built"
	[ -s "$work/built" ] || echo "make -n says nothing"
	find bpf tools tests -name '*.c' | grep -vE '^tests/vm/(kernel/|host-module/|initramfs\.c)' | sort | comm -23 - "$work/built" | sed 's/$/: no rule compiles it/'
	grep -rhoE '^#[ \t]*include [<"][^>"]+' --include='*.[chS]' bpf tools include tests | sed -E 's/.*[<"]//' | sort -u >"$work/included"
	find bpf tools include tests -name '*.h' | grep -vE '^tests/vm/(kernel|host-module)/' | while read -r header; do
		grep -qE "(^|/)$(basename "$header")\$" "$work/included" || echo "$header: nobody includes it"
	done
}

# Objects of the files that are there; build/ may have older ones.
objects() { find "$@" -name '*.c' | sed 's|^|build/|; s|c$|o|'; }
library_circles() { objects tools/lib | symbol_circles; }
command_circles() { objects tools/sevtrace | symbol_circles; }

nothing() { "$@" >"$work/found" 2>&1; [ ! -s "$work/found" ]; }
ok "tools/lib/layers has a line for each folder, and what it names stands above it" nothing wrong_layers
ok "the library includes what tools/lib/layers lets it" nothing wrong_includes
ok "subcommands include nothing of each other" nothing wrong_subcommands
ok "no circle of includes" nothing circles
ok "no circle of calls between files of the library" nothing library_circles
ok "nor between files of the command line" nothing command_circles
ok "every C file is compiled, every header included" nothing orphans
tap_details=

# --- do they find what is wrong? -----------------------------------------------------------------

# A copy with a fault in it: plant FILE LINE adds the line to the file.
plant() {
	rm -rf "$work/tree" && mkdir "$work/tree" || return 1
	cp -r --parents Makefile bpf include tools tests "$work/tree"
	printf '%s\n' "${@:2}" >>"$work/tree/$1"
}

# finds CHECK TEXT: in the copy the check finds one fault or more, and says TEXT of it.
finds() { (cd "$work/tree" && "$1") >"$work/found" 2>&1; grep -q -- "$2" "$work/found" || { sed 's/^/# /' "$work/found"; false; }; }

plant tools/lib/util/text.c '#include "model/model.h"'
ok "finds an include of a layer above" finds wrong_includes 'util/text.c includes model/model.h: .* does not let util use model'
plant tools/lib/report/text.c '#include "model/internal.h"'
ok "finds an include of another folder's internal.h" finds wrong_includes 'report/text.c includes model/internal.h, which is for model alone'
plant tools/lib/report/text.c '#include "commands.h"'
ok "finds an include of the command line in the library" finds wrong_includes 'includes commands.h, which is not in the library'
plant tools/lib/layers 'util:  model'
ok "finds a folder that stands twice" finds wrong_layers 'util stands twice'
sed -i 's/^util:/util: report/' "$work/tree/tools/lib/layers"
ok "finds a circle of folders" finds wrong_layers 'util may include report, which does not stand above it'
plant tools/sevtrace/top.c '#include "history/history.h"'
ok "finds a subcommand that includes another" finds wrong_subcommands 'top.c includes history/history.h'
plant tools/lib/util/text.h '#include "util/json.h"'
echo '#include "util/text.h"' >>"$work/tree/tools/lib/util/json.h"
ok "finds a circle of includes" finds circles 'a circle'
plant tools/lib/util/forgotten.h ''
mkdir -p "$work/tree/tools/lib/util/deep" && echo 'int x;' >"$work/tree/tools/lib/util/deep/lost.c"
ok "finds a header that nobody includes" finds orphans 'tools/lib/util/forgotten.h: nobody includes it'
ok "finds a C file that no rule compiles" finds orphans 'tools/lib/util/deep/lost.c: no rule compiles it'

echo 'int b(int); int a(int n) { return b(n); } int two(void) { return 2; }' >"$work/a.c"
echo 'int a(int); int b(int n) { return n ? a(n) : 0; } ' >"$work/b.c"
echo 'int two(void); int c(void) { return two(); }' >"$work/c.c"
(cd "$work" && cc -c a.c b.c c.c)
ok "finds a circle of calls" test -n "$(printf '%s\n' "$work"/[ab].o | symbol_circles)"
ok "and none where there is none" test -z "$(printf '%s\n' "$work"/[ac].o | symbol_circles)"
finish
