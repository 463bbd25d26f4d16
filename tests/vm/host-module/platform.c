// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does after boot what the kernel's boot code does on a host with SEV-SNP. That code is __init and
 * gone:
 *
 *   snp_probe_rmptable_info(), snp_rmptable_init()  find the RMP
 *   iommu_snp_enable()                              makes the IOMMU check it
 *   bsp_determine_snp()                             makes the kernel a host of SNP guests
 *
 * Also tells the PSP emulator, which sees only memory, where the IOMMU has the buffers that the
 * firmware takes at SNP_INIT.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "host.h"

#if HOST_HAS_SNP

#include <linux/cc_platform.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/page.h>

#include "offsets.h" /* field offsets in the kernel's private structures, from its BTF */

#define ENTRY_SIZE 16

static void *rmp;

/*
 * --- the IOMMU's buffers, in the RMP's bookkeeping area, which software does not use ------------
 */

struct iommu_record {
	u64 magic;
	u64 count;
	struct {
		u64 base; /* physical, bytes */
		u64 size;
	} range[64];
};

#define IOMMU_MAGIC 0x554d4d4f49564553ULL /* "SEVIOMMU" */
#define IOMMU_LOG_SIZE 8192 /* for kernels that have no variable for it */

static struct list_head *amd_iommu_list;
static bool *amd_iommu_snp_en;
static int *evtlog_size, *pprlog_size;

static void record_buffer(struct iommu_record *record, const void *iommu, size_t field, size_t size)
{
	void *va = *(void **)(iommu + field);

	if (!va || record->count >= ARRAY_SIZE(record->range))
		return;
	record->range[record->count].base = virt_to_phys(va);
	record->range[record->count].size = PAGE_ALIGN(size);
	record->count++;
}

static int record_iommus(struct iommu_record *record)
{
	struct list_head *at;

	list_for_each(at, amd_iommu_list) {
		const void *iommu = (void *)at - AMD_IOMMU_LIST;

		record_buffer(record, iommu, AMD_IOMMU_EVT_BUF,
			      evtlog_size ? *evtlog_size : IOMMU_LOG_SIZE);
		record_buffer(record, iommu, AMD_IOMMU_PPR_LOG,
			      pprlog_size ? *pprlog_size : IOMMU_LOG_SIZE);
		record_buffer(record, iommu, AMD_IOMMU_CMD_SEM, PAGE_SIZE);
	}
	record->magic = IOMMU_MAGIC;
	if (!record->count)
		pr_err("the machine has no AMD IOMMU in use, which SEV-SNP needs\n");
	return record->count ? 0 : -ENODEV;
}

/*
 * --- how the kernel describes the RMP -----------------------------------------------------------
 */

static u64 *probed_rmp_base, *probed_rmp_size;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
static void **rmptable;
static u64 *rmptable_max_pfn;

#define RMP_SYMBOLS                                   \
	{ "rmptable", &rmptable },                    \
	{                                             \
		"rmptable_max_pfn", &rmptable_max_pfn \
	}

static int prepare_description(void)
{
	return 0;
}

static void describe(void)
{
	VSH_SET(rmptable_max_pfn, (vsh.rmp_size - RMP_BOOKKEEPING) / ENTRY_SIZE - 1);
	VSH_SET(rmptable, rmp + RMP_BOOKKEEPING);
}

static void forget_description(void)
{
}
#else
/*
 * Describes the table as a single segment. Since 7.1, SNP_INIT clears the table and the bookkeeping
 * area at run time (snp_prepare()). The record for the PSP emulator must stay, so the kernel gets
 * the address of another bookkeeping area.
 */
#define ONE_SEGMENT_SHIFT 52

struct segment {
	void *entries;
	u64 max_index;
	u64 size;
};

static unsigned int *rst_max_index, *segment_shift;
static u64 *segment_size, *segment_mask;
static struct segment ***segment_table;
static void **rmp_bookkeeping;

#define RMP_SYMBOLS                                                                           \
	{ "rst_max_index", &rst_max_index }, { "rmp_segment_shift", &segment_shift },         \
		{ "rmp_segment_size", &segment_size }, { "rmp_segment_mask", &segment_mask }, \
		{ "rmp_segment_table", &segment_table },                                      \
	{                                                                                     \
		"rmp_bookkeeping", &rmp_bookkeeping, .optional = true                         \
	}

static struct segment *segment, **segments;
static void *bookkeeping;

static void forget_description(void)
{
	kfree(segment);
	kfree(segments);
	kfree(bookkeeping);
}

static int prepare_description(void)
{
	segment = kzalloc(sizeof(*segment), GFP_KERNEL);
	segments = kzalloc(PAGE_SIZE, GFP_KERNEL);
	bookkeeping = kzalloc(RMP_BOOKKEEPING, GFP_KERNEL);
	if (segment && segments && bookkeeping)
		return 0;
	forget_description();
	return -ENOMEM;
}

static void describe(void)
{
	segment->entries = rmp + RMP_BOOKKEEPING;
	segment->size = vsh.rmp_size - RMP_BOOKKEEPING;
	segment->max_index = segment->size / ENTRY_SIZE;
	segments[0] = segment;
	VSH_SET(rst_max_index, 1U);
	VSH_SET(segment_shift, (unsigned int)ONE_SEGMENT_SHIFT);
	VSH_SET(segment_size, 1ULL << ONE_SEGMENT_SHIFT);
	VSH_SET(segment_mask, (1ULL << ONE_SEGMENT_SHIFT) - 1);
	VSH_SET(segment_table, segments);
	if (rmp_bookkeeping)
		VSH_SET(rmp_bookkeeping, bookkeeping);
}
#endif

/*
 * --- all together -------------------------------------------------------------------------------
 */

static void (*platform_set)(enum cc_attr attr);
static unsigned long *last_pfn;

static int find_all(void)
{
	static const struct vsh_symbol symbols[] = {
		{ "cc_platform_set", &platform_set },
		{ "max_pfn", &last_pfn },
		{ "amd_iommu_list", &amd_iommu_list },
		{ "amd_iommu_snp_en", &amd_iommu_snp_en },
		{ "amd_iommu_evtlog_size", &evtlog_size, .optional = true },
		{ "amd_iommu_pprlog_size", &pprlog_size, .optional = true },
		{ "probed_rmp_base", &probed_rmp_base },
		{ "probed_rmp_size", &probed_rmp_size },
		RMP_SYMBOLS,
	};

	return vsh_find_symbols(symbols, ARRAY_SIZE(symbols));
}

int vsh_platform_prepare(void)
{
	int ret;

	if (!vsh.snp)
		return 0;
	ret = find_all();
	if (ret)
		return ret;
	if (vsh.rmp_size <= RMP_BOOKKEEPING ||
	    (vsh.rmp_size - RMP_BOOKKEEPING) / ENTRY_SIZE < *last_pfn) {
		pr_err("rmp=BASE,SIZE does not cover the memory (%lu pages)\n", *last_pfn);
		return -EINVAL;
	}
	rmp = memremap(vsh.rmp_base, vsh.rmp_size, MEMREMAP_WB);
	if (!rmp)
		return -ENOMEM;
	memset(rmp, 0, vsh.rmp_size);
	ret = record_iommus(rmp) ?: prepare_description();
	if (ret)
		memunmap(rmp);
	return ret;
}

void vsh_platform_undo(void)
{
	if (!vsh.snp)
		return;
	forget_description();
	memunmap(rmp);
}

void vsh_platform_commit(void)
{
	if (!vsh.snp)
		return;
	vsh_rmp_init(rmp + RMP_BOOKKEEPING, (vsh.rmp_size - RMP_BOOKKEEPING) / ENTRY_SIZE - 1);
	VSH_SET(probed_rmp_base, vsh.rmp_base);
	VSH_SET(probed_rmp_size, vsh.rmp_size);
	describe();
	VSH_SET(amd_iommu_snp_en, (bool)true);
	platform_set(CC_ATTR_HOST_SEV_SNP);
	/* What the kernel says of these at boot, for who reads its log. */
	printk(KERN_INFO "SEV-SNP: RMP table physical range [0x%016llx - 0x%016llx]\n",
	       vsh.rmp_base, vsh.rmp_base + vsh.rmp_size - 1);
	printk(KERN_INFO "AMD-Vi: IOMMU SNP support enabled.\n");
}

#else

int vsh_platform_prepare(void)
{
	return 0;
}

void vsh_platform_undo(void)
{
}

void vsh_platform_commit(void)
{
}

#endif
