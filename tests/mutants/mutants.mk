# SPDX-License-Identifier: GPL-2.0-only
#
# make mutants    change operators of the library one by one: is a test red? MUTANTS=N FOLDERS=...
# (25 of each of the folders whose share is stated in mutants.py)
mutants:
	$(Q)$(MAKE) --no-print-directory SAN=1 unit-programs build-san/make_trace build-san/make_history build-san/sevtrace
	$(Q)$(MAKE) --no-print-directory SAN=1 run-mutants

run-mutants: export MUTANT_CC = $(CC) $(ALL_CFLAGS) -O0 -Itools/lib -Itools/sevtrace -I$(O)/bpf \
	-DSEVTRACE_VERSION='$(VERSION)'
run-mutants: export MUTANT_LINK = $(TOOL_LINK)
run-mutants:
	$(Q)tests/mutants/mutants.py $(O) $(or $(MUTANTS),25) $(FOLDERS)

.PHONY: mutants run-mutants
