# SPDX-License-Identifier: GPL-2.0-only
#
# The launcher: a VMM's part of a confidential-guest launch.

LAUNCHER_DIR := tests/vm/launcher
LAUNCHER_LIBS := -lcrypto -ljansson -pthread

LAUNCHER_COMMON := digest eckey session idblock vmsa ops mistakes cmdline plan psplog spoil race_plan
LAUNCHER_SOURCES := $(LAUNCHER_COMMON) launch vm vcpu run act update layout interrupt sev verify snp report round main \
	guest frames trial trial_launch trial_context trial_refused trial_access race race_ops race_report

LAUNCHER_OBJECTS := $(LAUNCHER_SOURCES:%=$(O)/$(LAUNCHER_DIR)/%.o)
LAUNCHER_COMMON_OBJECTS := $(LAUNCHER_COMMON:%=$(O)/$(LAUNCHER_DIR)/%.o)

# What is encrypted can only be told by who knows how.
LAUNCHER_OBJECTS += $(O)/tests/vm/psp/transform.o $(O)/tests/vm/psp/crypto.o

$(O)/launcher: $(LAUNCHER_OBJECTS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LAUNCHER_LIBS)

ALL += $(O)/launcher

LAUNCHER_TESTS := digest session idblock vmsa cmdline plan psplog race
LAUNCHER_TEST_PROGRAMS := $(LAUNCHER_TESTS:%=$(O)/tests/unit/launcher/test_%)

$(O)/tests/unit/launcher/%.o: EXTRA_CFLAGS += -I$(LAUNCHER_DIR)

$(LAUNCHER_TEST_PROGRAMS): %: %.o $(LAUNCHER_COMMON_OBJECTS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LAUNCHER_LIBS)

UNIT_TESTS += $(LAUNCHER_TEST_PROGRAMS)
