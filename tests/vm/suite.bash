# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of any suite of Debian, fetched and unpacked beside the machine; sourced. Nothing is
# installed, and neither this machine's lists of packages nor its cache are touched: apt gets a
# configuration of its own, with nothing in it as installed. The archive is the one that this
# machine takes its own packages from.
#
#   suite_configure FOLDER            FOLDER gets a configuration for apt; its input is added to it
#   suite_sources FOLDER SUITE...     and these suites; one of security updates is left out where
#                                     this machine has no source of it
#   suite_apt FOLDER COMMAND...       runs apt-get with it; FOLDER/log has what it said
#   suite_open FOLDER SUITE [BASE]    all of it: FOLDER, an empty one, gets the lists of SUITE; of a
#                                     suite of backports, BASE, too
#   suite_unpack FOLDER TO NAME...    unpacks packages and all that they depend on into TO
#   suite_versions FOLDER             what was unpacked: package and version, a line each
#
# They say why they fail, on stderr, and return SUITE_NO_NETWORK if the archive cannot be reached,
# else 1.

# shellcheck disable=SC2034 # who sources this compares with it
SUITE_NO_NETWORK=69

suite_say() { echo "${me:-suite}: $*" >&2; }

# suite_apt FOLDER COMMAND [ARGUMENT]...: with its output in FOLDER/log
suite_apt() {
	local folder=$1
	shift
	APT_CONFIG=$folder/apt.conf "$@" >>"$folder/log" 2>&1 </dev/null && return
	tail -n 5 "$folder/log" >&2
	suite_say "'$*' failed; its last words are above"
	! grep -qE 'Could not (resolve|connect)|Unable to connect|Temporary failure|Network is unreachable|Connection (refused|timed out)' \
		"$folder/log" || return $SUITE_NO_NETWORK
	return 1
}

# The suite that this machine's own packages are of.
suite_own() { (. /etc/os-release && echo "${VERSION_CODENAME:-sid}"); }

suite_configure() {
	local folder=$1

	mkdir -p "$folder"/{lists/partial,cache/archives/partial,state,none} || return 1
	: >"$folder/status"
	cat - >"$folder/apt.conf" <<-END
		Dir::State "$folder/state";
		Dir::State::lists "$folder/lists";
		Dir::State::status "$folder/status";
		Dir::Cache "$folder/cache";
		Dir::Etc::sourcelist "$folder/sources.list";
		Dir::Etc::sourceparts "$folder/none";
		Dir::Etc::preferences "$folder/none/preferences";
		Dir::Etc::preferencesparts "$folder/none";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "30";
		$(cat)
	END
}

suite_sources() {
	local folder=$1 own places main security name signed=
	shift

	own=$(suite_own)
	# shellcheck disable=SC2016 # apt's own variables
	places=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null || true)
	main=$(awk -v suite="$own" '$1 == suite && $3 == "main" { print $2; exit }' <<<"$places")
	security=$(awk -v suite="$own-security" '$1 == suite && $3 == "main" { print $2; exit }' <<<"$places")
	[ -n "$main" ] || {
		suite_say "apt on this machine has no source with Debian's suite $own and its component main; add one to" \
			"/etc/apt/sources.list"
		return 1
	}
	[ ! -r /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
	for name in "$@"; do
		case $name in
		*-security) [ -z "$security" ] || echo "deb $signed $security $name main" ;;
		*) echo "deb $signed $main $name main" ;;
		esac
	done >"$folder/sources.list"
}

suite_open() {
	local folder=$1 suite=$2 base=${3:-}

	suite_configure "$folder" <<-END || return
		APT::Default-Release "$suite";
		APT::Update::Error-Mode "any";
	END
	suite_sources "$folder" "$suite" ${base:+"$base" "$base-updates"} || return
	suite_apt "$folder" apt-get update
}

suite_unpack() {
	local folder=$1 to=$2 package
	shift 2

	suite_apt "$folder" apt-get install -y --download-only "$@" || return
	mkdir -p "$to" || return 1
	for package in "$folder"/cache/archives/*.deb; do
		dpkg -x "$package" "$to" || {
			suite_say "$(basename "$package") could not be unpacked into $to; is there room?"
			return 1
		}
	done
}

suite_versions() {
	local package

	for package in "$1"/cache/archives/*.deb; do
		dpkg-deb -f "$package" Package Version | sed 's/^[^:]*: //' | paste -sd ' '
	done
}
