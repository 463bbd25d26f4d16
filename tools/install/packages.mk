# SPDX-License-Identifier: GPL-2.0-only
#
# make deb        Debian packages in build/deb: sevtrace and sevtrace-dkms
# make static     build/static/sevtrace, which needs no shared library
# make sbom       what the tool is made of, as SPDX: build/sevtrace.spdx.json

# The moment that made files bear: that of the last commit, or of the changelog.
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),$(shell stat -c %Y docs/CHANGELOG.md))
export SOURCE_DATE_EPOCH

DEB_VERSION := $(subst -,~,$(VERSION))
DEB_SOURCE := $(O)/deb/sevtrace-$(DEB_VERSION)
DEB_PARTS := $(filter-out tools/install/deb/control,$(wildcard tools/install/deb/*))
# What the packages are built of: this tree, without what was built in it.
DEB_TREE := Makefile LICENSE README.md bpf docs include kernel-patches tools tests
# Packages of the part [tool] are what builds it.
BUILD_DEPENDS = $(shell sed -n '/^\[tool]/,/^\[host]/{/^[a-z]/s/ .*//p}' tools/install/packages)

comma := ,
empty :=
space := $(empty) $(empty)

deb:
	$(Q)tools/install/install-packages tool packages
	$(Q)rm -rf $(O)/deb && mkdir -p $(DEB_SOURCE)/debian/source
	$(Q)cp -r $(DEB_TREE) $(DEB_SOURCE)
	$(Q)cp $(DEB_PARTS) $(DEB_SOURCE)/debian
	$(Q)cp tools/modules/dkms.conf $(DEB_SOURCE)/debian/sevtrace-dkms.dkms
	$(Q)echo '3.0 (native)' >$(DEB_SOURCE)/debian/source/format
	$(Q)sed 's/@BUILD_DEPENDS@/$(subst $(space),$(comma) ,$(strip $(BUILD_DEPENDS)))/' \
		tools/install/deb/control >$(DEB_SOURCE)/debian/control
	$(Q)printf 'sevtrace (%s) unstable; urgency=medium\n\n  * See docs/CHANGELOG.md.\n\n -- %s  %s\n' '$(DEB_VERSION)' \
		'Sevtrace Developers <sevtrace-devel@example.org>' "$$(date -u -R -d @$(SOURCE_DATE_EPOCH))" >$(DEB_SOURCE)/debian/changelog
	$(call msg,DEB,$(O)/deb)
	$(Q)cd $(DEB_SOURCE) && env -u MAKEFLAGS -u MAKELEVEL DEB_BUILD_OPTIONS="nocheck parallel=$$(nproc)" \
		dpkg-buildpackage -b -us -uc >../build.log 2>&1 || { tail -n 20 ../build.log; exit 1; }

# All but the web server of `sevtrace exporter`: libraries that it needs are not there as archives.
STATIC_LIBS := $(filter-out libmicrohttpd,$(TOOL_LIBS))
static:
	$(Q)tools/install/install-packages tool
	$(Q)$(MAKE) $(JOBS) --no-print-directory O=$(O)/static STATIC=1 $(O)/static/sevtrace

SBOM_LIBS = $(if $(STATIC),$(STATIC_LIBS),$(TOOL_LIBS))
$(O)/sevtrace.spdx.json: $(O)/sevtrace tools/install/sbom
	$(call msg,SBOM,$@)
	$(Q)tools/install/sbom $(VERSION) $(O)/sevtrace $(SBOM_LIBS) >$@

sbom: $(O)/sevtrace.spdx.json

.PHONY: deb static sbom
