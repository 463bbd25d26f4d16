# SPDX-License-Identifier: GPL-2.0-only
#
# The PSP emulator and its unit tests.

PSP_DIR := tests/vm/psp
PSP_LIB_SRCS := $(filter-out $(PSP_DIR)/main.c,$(wildcard $(PSP_DIR)/*.c))
PSP_LIB_OBJS := $(PSP_LIB_SRCS:%.c=$(O)/%.o)
PSP_LIBS := -lcrypto

PSP_TESTS := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/psp/test_*.c))
PSP_TEST_COMMON := $(O)/tests/unit/psp/host.o $(O)/tests/unit/psp/snp.o

$(O)/psp: $(O)/$(PSP_DIR)/main.o $(PSP_LIB_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(PSP_LIBS)

$(O)/tests/unit/psp/%.o: EXTRA_CFLAGS += -I$(PSP_DIR)

$(PSP_TESTS): $(O)/%: $(O)/%.o $(PSP_TEST_COMMON) $(PSP_LIB_OBJS)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) -lcmocka -ljansson $(PSP_LIBS)

ALL += $(O)/psp
UNIT_TESTS += $(PSP_TESTS)
