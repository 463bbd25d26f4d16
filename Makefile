# SPDX-License-Identifier: GPL-2.0-only
#
# make            build the tool, the BPF programs, the PSP emulator and the launcher
# make help       this list

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

SAN ?= 0
ifeq ($(SAN),1)
O ?= build-san
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
O ?= build
SAN_FLAGS :=
endif

CC ?= cc
CLANG ?= clang-19
LLVM_STRIP ?= llvm-strip-19
BPFTOOL ?= $(firstword $(shell command -v bpftool 2>/dev/null) /usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
INSTALL ?= install
PREFIX ?= /usr/local

VERSION := 0.2.0-dev

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) $(SAN_FLAGS) -Iinclude -MMD -MP

ifeq ($(V),1)
Q :=
msg :=
else
Q := @
msg = @printf '  %-8s %s\n' '$(1)' '$(patsubst $(CURDIR)/%,%,$(2))';
endif

# Each fragment adds its products to ALL and its cmocka programs to UNIT_TESTS.
ALL :=
UNIT_TESTS :=

include tests/vm/psp/psp.mk
include tests/vm/launcher/launcher.mk
include tests/vm/sev_leaf/sev_leaf.mk
include bpf/bpf.mk
include tools/tools.mk
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/mutants/mutants.mk
include tests/bench/bench.mk
include tools/perf/perf.mk
include tools/install/install.mk
include tools/install/packages.mk

all: $(ALL)

# An object of the plain kind: C file in the tree, object under $(O).
$(O)/%.o: %.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -c -o $@ $<

include tests/check.mk

clean:
	$(Q)rm -rf build build-san

.PHONY: all clean

-include $(shell [ -d $(O) ] && find $(O) \( -path $(O)/deb -o -path $(O)/static \) -prune -o -type f -name '*.d' -print)
