# SPDX-License-Identifier: GPL-2.0-only
#
# The SEV leaf of CPUID for one program of the virtual SEV host. It goes into programs that were
# built elsewhere, so it is built without sanitizers.

$(O)/sev_leaf.so: tests/vm/sev_leaf/sev_leaf.c
	$(call msg,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(filter-out $(SAN_FLAGS),$(ALL_CFLAGS)) -fPIC -shared -o $@ $<

ALL += $(O)/sev_leaf.so
