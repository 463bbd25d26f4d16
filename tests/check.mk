# SPDX-License-Identifier: GPL-2.0-only
#
# Demo, tests and the checks of the code itself. Everything here installs what is missing first.

# Every test speaks TAP, so prove runs them all: unit tests (cmocka, built with sanitizers), replay
# of recorded traces, the reader's fuzzer for a bounded time, the checks of the sources, of the
# kernel series, and the tests that boot the virtual SEV host. The long ones come first, so that the
# last to end is a short one.
TAP_TESTS := $(wildcard kernel-patches/check) tests/repo/lint.sh $(sort $(wildcard tests/vm/boots/*/*.sh)) \
	$(filter-out %/lint.sh,$(sort $(wildcard $(addsuffix /*.sh,$(addprefix tests/,browser exporter fuzz golden repo)))))

# As many tests at once as there are CPUs, but of those that boot a machine of 2 GiB not too many.
TEST_JOBS ?= $(shell nproc | awk '{ print $$1 < 4 ? $$1 : 4 }')

# On every CPU, unless make was told how many jobs.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile tests/check.mk tests/fuzz/fuzz.mk tests/mutants/mutants.mk tools/install/install.mk tools/install/packages.mk

deps:
	$(Q)tools/install/install-packages

# make demo       launch a SEV and an SNP guest under sevtrace and print the reports
demo:
	$(Q)tools/install/install-packages tool host
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)tools/install/demo

# make check      every test, or those in TESTS='tests/repo/lint.sh ...'
check: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)$(MAKE) $(JOBS) --no-print-directory SAN=1 unit-programs
	$(Q)$(MAKE) $(JOBS) --no-print-directory fuzzers
	$(Q)tests/vm/kernel-image >/dev/null
	$(Q)rm -rf $(O)/failures
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove --timer --exec tests/run-one --jobs $(TEST_JOBS) \
		$(or $(TESTS),$(TAP_TESTS) $(addprefix build-san/,$(UNIT_PROGRAMS))) || { tests/run-one --failures; exit 1; }

# make unit       the unit tests alone
unit:
	$(Q)$(MAKE) $(JOBS) --no-print-directory SAN=1 unit-programs
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove --jobs $(TEST_JOBS) $(addprefix build-san/,$(UNIT_PROGRAMS))

UNIT_PROGRAMS = $(patsubst $(O)/%,%,$(UNIT_TESTS))
unit-programs: $(UNIT_TESTS)

# make check-kernels  by which functions of several kernels it records; writes docs/functions.md
KERNELS ?= 6.1 6.12 6.16 6.17 6.18 7.2 newest
check-kernels: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)UPDATE=1 prove --timer --merge tests/vm/boots/kernels/kernels.sh :: $(KERNELS)

# make check-debug-kernel  the tests that launch guests, on a kernel with KASAN and lockdep
check-debug-kernel: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)prove --timer --merge tests/vm/check-debug-kernel

# make stress-debug-kernel  races of guests on it, 2 x 30 minutes; RACE_SECONDS=N
RACE_SECONDS ?= 1800
stress-debug-kernel: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)SEVTRACE_RACE_SECONDS=$(RACE_SECONDS) prove --timer --merge tests/vm/check-debug-kernel :: tests/vm/boots/races/races.sh

# make stress-boots  200 boots in a row, 20 more beside load: an hour or two; BOOTS='20 4'
BOOTS ?= 200 20
stress-boots: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)prove --timer --merge tests/vm/stress-boots :: $(BOOTS)

# make soak       half an hour beside hostile VMMs and failing launches; SOAK_SECONDS=N
SOAK_SECONDS ?= 1800
soak: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)prove --timer --merge tests/vm/soak/soak :: $(SOAK_SECONDS)

# make check-predictions  sevtrace predict against launches at once, half an hour
check-predictions: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)prove --timer --merge tests/vm/predictions/predictions

# make check-packages  the packages in roots of Debian 11 to 13, an update of the kernel by DKMS
check-packages: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory all
	$(Q)prove --timer --merge tests/vm/packages/packages

# make lint       clang-format, clang-tidy, cppcheck, shellcheck
lint:
	$(Q)prove tests/repo/lint.sh

.PHONY: help deps demo check check-kernels check-debug-kernel stress-debug-kernel stress-boots soak check-packages check-predictions unit unit-programs lint
