# SPDX-License-Identifier: GPL-2.0-only
#
# The command line tool, the golden traces' generator and the reader's fuzzer link against one
# library; only the collector needs libbpf, so only the tool links it.

TOOL_LIBS := libbpf libdw libelf libzstd jansson zlib sqlite3 libmicrohttpd yaml-0.1 libcrypt

TOOL_OBJS := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tools/lib/*.c tools/sevtrace/*.c)))

# What the readers are made of: no privilege, no kernel.
READER_SRCS := $(sort $(wildcard tools/lib/export.c tools/lib/export_*.c tools/lib/compare*.c)) $(addprefix tools/lib/,columns_pack.c columns_unpack.c \
	crc32c.c explain.c facts.c hist.c json_value.c metrics.c metrics_text.c model.c model_failure.c model_query.c model_record.c names.c \
	ranktest.c record_fields.c render_failure.c render_json.c render_tables.c render_text.c text.c thread_table.c tracefile_pool.c \
	tracefile_read.c tracefile_write.c)
READER_OBJS := $(READER_SRCS:%.c=$(O)/%.o)

$(O)/tools/%.o: EXTRA_CFLAGS += -Itools/lib -Itools/sevtrace -I$(O)/bpf \
	-DSEVTRACE_VERSION='"$(VERSION)"'

# The dashboard's page without its data, as part of the tool.
PAGE_DIR := tools/dashboards
PAGE_PARTS := $(addprefix $(O)/page/,head.html tail.html)
$(PAGE_PARTS) &: $(PAGE_DIR)/make_page.py $(wildcard $(PAGE_DIR)/page/* $(PAGE_DIR)/vendor/*)
	$(call msg,PAGE,$(O)/page)
	$(Q)mkdir -p $(O)/page
	$(Q)$(PAGE_DIR)/make_page.py $(O)/page

$(O)/tools/lib/dashboard_page_text.o: tools/lib/dashboard_page_text.S $(PAGE_PARTS)
	$(call msg,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -Wa,-I$(O)/page -o $@ $<

$(O)/sevtrace: $(TOOL_OBJS) $(O)/tools/lib/dashboard_page_text.o
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(TOOL_LIBS)) -lm

ALL += $(O)/sevtrace

# Their loops over columns are what a vectoriser is for.
$(O)/tools/lib/columns_pack.o $(O)/tools/lib/columns_unpack.o: EXTRA_CFLAGS += -O3
