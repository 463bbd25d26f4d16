#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The checks of the sources themselves, as TAP: format, static analysis, shell, licence, length.
set -u
export LC_ALL=C.UTF-8
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

mapfile -t c_files < <(git ls-files '*.c' '*.h')
# Code of the kernel's is for the kernel's own tools.
mapfile -t user_c < <(git ls-files '*.c' ':!bpf/' ':!tests/vm/host-module/')
mapfile -t shells < <(git grep -lE '^#!/bin/(ba)?sh' -- ':!*.patch')
include=(-Iinclude -Itools/lib -Itools/sevtrace -Itests/vm/psp -Itests/vm/launcher -Itests/unit -Ibuild/bpf -Ibuild/tools/lib/sev)
defines=(-std=c11 -D_GNU_SOURCE '-DSEVTRACE_VERSION="lint"')

number=0
failed=0
# check NAME COMMAND...: one TAP test; what the command prints on failure becomes diagnostics.
check() {
	local name=$1 output
	shift
	number=$((number + 1))
	if output=$("$@" 2>&1); then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		printf '%s\n' "$output" | head -n 60 | sed 's/^/# /'
		failed=1
	fi
}

no_lines() { ! grep .; }

spdx() {
	git ls-files |
		grep -vE '^tests/(golden|fuzz|bench)/.*\.(data|perf|log|txt|json|csv|tsv|gz|md|export\.[a-z]+)$|\.patch$|\.json$|^tools/lib/html/vendor/|/(series|steps|selftests|base)$|^LICENSE$' |
		while read -r file; do
			head -n 5 "$file" | grep -q SPDX-License-Identifier || echo "no SPDX line: $file"
		done | no_lines
}

short_files() {
	git ls-files '*.c' '*.h' '*.sh' '*.py' '*.js' '*.css' ':!tools/lib/html/vendor' |
		xargs wc -l | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines" }' | no_lines
}

narrow_comments() {
	git ls-files '*.c' '*.h' '*.S' '*.sh' '*.bash' '*.mk' tests/vm/run | while read -r file; do
		expand -t 8 "$file" | grep -nE '^ *(/\*|\* |# ).*' | grep -E '^[0-9]+:.{101,}' | sed "s|^|$file:|"
	done | no_lines
}

# Most of the time goes here, so what was found clean once is not looked at again: a proof is named
# after everything that goes into it, system headers included.
proofs=${SEVTRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sevtrace}/lint
flags="${include[*]} ${defines[*]}"
common=$(clang-tidy --version && cat .clang-tidy && echo "$flags")
export proofs flags common

# shellcheck disable=SC2086,SC2317 # flags are words; xargs calls it
tidy_file() {
	local inputs proof

	inputs=$(gcc -M $flags "$1" 2>/dev/null | sed 's/^[^:]*://; s/\\$//')
	proof=$proofs/$({ echo "$common" && cat $inputs; } | sha256sum | cut -c 1-24)
	[ -n "$inputs" ] && [ -e "$proof" ] && return
	clang-tidy --quiet "$1" -- $flags 2>/dev/null && : >"$proof"
}
export -f tidy_file

tidy() {
	mkdir -p "$proofs" && find "$proofs" -type f -mtime +60 -delete
	printf '%s\n' "${user_c[@]}" | xargs -P 2 -I '{}' bash -c 'tidy_file "{}"'
}

echo 1..7
check "clang-format" clang-format --dry-run -Werror "${c_files[@]}"
check "clang-tidy" tidy
# Half a megabyte of BPF programs as text is more than all that it has to look at.
check "cppcheck" cppcheck --quiet --std=c11 --enable=warning,performance,portability -j2 \
	--inline-suppr --suppressions-list=tests/repo/cppcheck.suppressions --error-exitcode=1 \
	"${include[@]/-Ibuild\/bpf/}" -D_GNU_SOURCE "${user_c[@]}"
check "shellcheck" shellcheck -x -S warning "${shells[@]}"
check "every file has a licence line" spdx
check "no file over 600 lines" short_files
check "no comment over 100 columns" narrow_comments
exit $failed
