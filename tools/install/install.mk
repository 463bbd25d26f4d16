# SPDX-License-Identifier: GPL-2.0-only
#
# make install    the tool, its man pages, completion, perf's script, documents: DESTDIR=, PREFIX=
# make uninstall  remove what install put there, with the same DESTDIR and PREFIX
#
# This list is what the Debian package holds, too.

# perf looks for scripts nowhere else than in its own folder.
PERF_EXEC_PATH ?= $(or $(shell perf --exec-path 2>/dev/null),$(PREFIX)/lib/perf-core)
PERF_SCRIPTS := $(PERF_EXEC_PATH)/scripts/python
SHARE := $(PREFIX)/share
DOC := $(SHARE)/doc/sevtrace
LIBEXEC := $(PREFIX)/libexec/sevtrace

# What builds the modules of the kernel series: the scripts, and of each series what they read.
MODULE_SCRIPTS := $(wildcard tools/modules/*.bash)
SERIES := $(wildcard $(foreach name,series changed-symbols *.patch,kernel-patches/*/$(name)))

COMPLETIONS := $(addprefix $(O)/completion/,sevtrace.bash _sevtrace sevtrace.fish)
$(COMPLETIONS) &: $(O)/sevtrace tools/install/completions
	$(call msg,GEN,$(O)/completion)
	$(Q)tools/install/completions $(O)/sevtrace $(O)/completion
ALL += $(COMPLETIONS)

# What is installed, as source:target; nothing else is, and nothing else is removed.
PROGRAMS := $(O)/sevtrace:$(PREFIX)/bin/sevtrace \
	$(foreach name,sevtrace-record sevtrace-report,tools/perf/$(name):$(PERF_SCRIPTS)/bin/$(name)) \
	tools/modules/modules:$(LIBEXEC)/modules/modules
DATA := $(O)/completion/sevtrace.bash:$(SHARE)/bash-completion/completions/sevtrace \
	$(O)/completion/_sevtrace:$(SHARE)/zsh/site-functions/_sevtrace \
	$(O)/completion/sevtrace.fish:$(SHARE)/fish/vendor_completions.d/sevtrace.fish \
	$(O)/perf/sevtrace.py:$(PERF_SCRIPTS)/sevtrace.py \
	$(foreach page,$(wildcard docs/man/*.[1-8]),$(page):$(SHARE)/man/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page))) \
	tools/lib/exporter/deploy/sevtrace-exporter.service:$(PREFIX)/lib/systemd/system/sevtrace-exporter.service \
	$(foreach file,sevtrace.rules.yml sevtrace.grafana.json,tools/lib/exporter/deploy/$(file):$(SHARE)/sevtrace/$(file)) \
	$(foreach file,$(MODULE_SCRIPTS),$(file):$(LIBEXEC)/modules/$(notdir $(file))) \
	$(foreach file,$(SERIES),$(file):$(SHARE)/sevtrace/$(file)) \
	$(foreach doc,README.md $(wildcard docs/*.md docs/schema/*),$(doc):$(DOC)/$(doc))

source_of = $(firstword $(subst :, ,$(1)))
target_of = $(DESTDIR)$(lastword $(subst :, ,$(1)))

define install_as
	$(Q)$(INSTALL) -D -m $(2) $(call source_of,$(1)) $(call target_of,$(1))

endef

install: $(foreach file,$(PROGRAMS) $(DATA),$(call source_of,$(file)))
	$(foreach file,$(PROGRAMS),$(call install_as,$(file),755))
	$(foreach file,$(DATA),$(call install_as,$(file),644))

installed: $(foreach file,$(PROGRAMS) $(DATA),$(call source_of,$(file)))

# The same scripts and series as source of DKMS, whose version DKMS_VERSION is.
DKMS_VERSION ?= $(VERSION)
DKMS := $(PREFIX)/src/sevtrace-$(DKMS_VERSION)
install-dkms:
	$(call install_as,tools/modules/modules:$(DKMS)/modules,755)
	$(foreach file,$(MODULE_SCRIPTS),$(call install_as,$(file):$(DKMS)/$(notdir $(file)),644))
	$(foreach file,$(SERIES),$(call install_as,$(file):$(DKMS)/$(file),644))
	$(Q)sed 's/#MODULE_VERSION#/$(DKMS_VERSION)/' tools/modules/dkms.conf >$(DESTDIR)$(DKMS)/dkms.conf
	$(Q)chmod 644 $(DESTDIR)$(DKMS)/dkms.conf
	$(call install_as,tools/modules/dkms.force:$(SHARE)/dkms/modules_to_force_install/sevtrace,644)

uninstall:
	$(Q)rm -f $(foreach file,$(PROGRAMS) $(DATA),$(call target_of,$(file)))
	$(Q)for dir in $(DOC) $(LIBEXEC) $(SHARE)/sevtrace; do \
		[ ! -d $(DESTDIR)$$dir ] || find $(DESTDIR)$$dir -depth -type d -empty -delete; done

.PHONY: install installed install-dkms uninstall
