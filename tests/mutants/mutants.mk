# SPDX-License-Identifier: GPL-2.0-only
#
# make mutants    change operators of the library one by one: is a test red?
# (25 of each folder whose share is stated in mutants.py; MUTANTS=N SEED=N FOLDERS=...,
# MUTANTS_OPTIONS: see mutants.py --help)
mutants:
	$(Q)$(MAKE) --no-print-directory SAN=1 unit-programs build-san/make_trace build-san/make_history build-san/sevtrace
	$(Q)$(MAKE) --no-print-directory SAN=1 run-mutants

run-mutants: export MUTANT_CC = $(CC) $(ALL_CFLAGS) -O0 -Itools/lib -Itools/sevtrace -I$(O)/bpf -I$(O)/tools/lib/sev \
	-DSEVTRACE_VERSION='$(VERSION)'
run-mutants: export MUTANT_LINK = $(TOOL_LINK)
run-mutants:
	$(Q)tests/mutants/mutants.py $(MUTANTS:%=--number %) $(SEED:%=--seed %) $(MUTANTS_OPTIONS) $(O) $(FOLDERS)

.PHONY: mutants run-mutants
