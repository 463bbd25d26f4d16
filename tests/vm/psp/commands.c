// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands. This firmware (API 1.55 without TIO) answers INVALID_COMMAND to a command
 * of <sevtrace/psp.h> that is not in the table.
 *
 * The latencies are guesses, except that of SNP_LAUNCH_UPDATE (published: about 1.0 ms a 4 KiB
 * page). They keep the order of magnitude between commands and a module load below one second.
 */
#include "firmware.h"
#include "handlers.h"

#define US 1000ULL
#define MS 1000000ULL
#define API(major, minor) ((major) << 8 | (minor))

#define ALL 0xffffffffU
#define LOW_12 0xfffU /* reserved bits in the address of a page */

/* clang-format off */
const struct command_type command_types[] = {
	{ .code = SEVTRACE_CMD_INIT, .len = sizeof(struct buf_init), .states = IN_UNINIT,
	  .latency_ns = 100 * MS, .reserved = { { 4, 1, ALL } }, .run = sev_init },
	{ .code = SEVTRACE_CMD_SHUTDOWN, .states = IN_ANY,
	  .latency_ns = 10 * MS, .run = sev_shutdown },
	{ .code = SEVTRACE_CMD_FACTORY_RESET, .states = IN_UNINIT,
	  .latency_ns = 50 * MS, .run = sev_factory_reset },
	{ .code = SEVTRACE_CMD_PLATFORM_STATUS, .len = sizeof(struct buf_platform_status),
	  .states = IN_ANY, .writes = true, .latency_ns = 100 * US, .run = sev_platform_status },
	{ .code = SEVTRACE_CMD_PEK_GEN, .states = IN_INIT,
	  .latency_ns = 30 * MS, .run = sev_pek_gen },
	{ .code = SEVTRACE_CMD_PEK_CSR, .len = sizeof(struct buf_region),
	  .states = IN_INIT | IN_WORKING, .writes = true, .latency_ns = 1 * MS,
	  .run = sev_pek_csr },
	{ .code = SEVTRACE_CMD_PEK_CERT_IMPORT, .len = sizeof(struct buf_two_regions),
	  .states = IN_INIT, .latency_ns = 30 * MS, .reserved = { { 12, 1, ALL } },
	  .run = sev_pek_cert_import },
	{ .code = SEVTRACE_CMD_PDH_CERT_EXPORT, .len = sizeof(struct buf_two_regions),
	  .states = IN_INIT | IN_WORKING, .writes = true, .latency_ns = 1 * MS,
	  .reserved = { { 12, 1, ALL } }, .run = sev_pdh_cert_export },
	{ .code = SEVTRACE_CMD_PDH_GEN, .states = IN_INIT | IN_WORKING,
	  .latency_ns = 20 * MS, .run = sev_pdh_gen },
	{ .code = SEVTRACE_CMD_DF_FLUSH, .states = IN_INIT | IN_WORKING,
	  .latency_ns = 1 * MS, .run = sev_df_flush },
	{ .code = SEVTRACE_CMD_DOWNLOAD_FIRMWARE, .len = sizeof(struct buf_region),
	  .states = IN_UNINIT, .since = API(0, 15), .latency_ns = 50 * MS,
	  .run = sev_download_firmware },
	{ .code = SEVTRACE_CMD_GET_ID, .len = sizeof(struct buf_region), .states = IN_ANY,
	  .writes = true, .since = API(0, 16), .latency_ns = 100 * US, .run = sev_get_id },
	{ .code = SEVTRACE_CMD_INIT_EX, .len = sizeof(struct buf_init_ex), .states = IN_UNINIT,
	  .since = API(1, 49), .latency_ns = 100 * MS, .reserved = { { 20, 1, ALL } },
	  .run = sev_init_ex },
	{ .code = SEVTRACE_CMD_NOP, .states = IN_ANY, .latency_ns = 20 * US, .run = sev_nop },

	{ .code = SEVTRACE_CMD_DECOMMISSION, .len = sizeof(struct buf_handle),
	  .states = IN_WORKING, .latency_ns = 200 * US, .run = sev_decommission },
	{ .code = SEVTRACE_CMD_ACTIVATE, .len = sizeof(struct buf_activate), .states = IN_WORKING,
	  .latency_ns = 300 * US, .run = sev_activate },
	{ .code = SEVTRACE_CMD_DEACTIVATE, .len = sizeof(struct buf_handle), .states = IN_WORKING,
	  .latency_ns = 200 * US, .run = sev_deactivate },
	{ .code = SEVTRACE_CMD_GUEST_STATUS, .len = sizeof(struct buf_guest_status),
	  .states = IN_INIT | IN_WORKING, .writes = true, .latency_ns = 100 * US,
	  .run = sev_guest_status },

	{ .code = SEVTRACE_CMD_LAUNCH_START, .len = sizeof(struct buf_launch_start),
	  .states = IN_INIT | IN_WORKING, .writes = true, .latency_ns = 8 * MS,
	  .reserved = { { 20, 1, ALL } }, .run = sev_launch_start },
	{ .code = SEVTRACE_CMD_LAUNCH_UPDATE_DATA, .len = sizeof(struct buf_launch_update),
	  .states = IN_WORKING, .latency_ns = 1 * MS, .reserved = { { 4, 1, ALL } },
	  .run = sev_launch_update_data },
	{ .code = SEVTRACE_CMD_LAUNCH_UPDATE_VMSA, .len = sizeof(struct buf_launch_update),
	  .states = IN_WORKING, .latency_ns = 1 * MS, .reserved = { { 4, 1, ALL } },
	  .run = sev_launch_update_vmsa },
	{ .code = SEVTRACE_CMD_LAUNCH_MEASURE, .len = sizeof(struct buf_launch_update),
	  .states = IN_WORKING, .writes = true, .latency_ns = 500 * US,
	  .reserved = { { 4, 1, ALL } }, .run = sev_launch_measure },
	{ .code = SEVTRACE_CMD_LAUNCH_UPDATE_SECRET, .len = sizeof(struct buf_launch_secret),
	  .states = IN_WORKING, .latency_ns = 500 * US,
	  .reserved = { { 4, 1, ALL }, { 20, 1, ALL }, { 36, 1, ALL } },
	  .run = sev_launch_secret },
	{ .code = SEVTRACE_CMD_LAUNCH_FINISH, .len = sizeof(struct buf_handle),
	  .states = IN_WORKING, .latency_ns = 500 * US, .run = sev_launch_finish },
	{ .code = SEVTRACE_CMD_ATTESTATION_REPORT, .len = sizeof(struct buf_attestation),
	  .states = IN_WORKING, .writes = true, .since = API(0, 22), .latency_ns = 5 * MS,
	  .reserved = { { 4, 1, ALL } }, .run = sev_attestation_report },

	{ .code = SEVTRACE_CMD_SEND_START, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SEND_UPDATE_DATA, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SEND_UPDATE_VMSA, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SEND_FINISH, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SEND_CANCEL, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_RECEIVE_START, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_RECEIVE_UPDATE_DATA, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_RECEIVE_UPDATE_VMSA, .states = IN_ANY, .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_RECEIVE_FINISH, .states = IN_ANY, .run = sev_unsupported },

	{ .code = SEVTRACE_CMD_DBG_DECRYPT, .len = sizeof(struct buf_dbg), .states = IN_WORKING,
	  .latency_ns = 200 * US, .reserved = { { 4, 1, ALL } }, .run = sev_dbg_decrypt },
	{ .code = SEVTRACE_CMD_DBG_ENCRYPT, .len = sizeof(struct buf_dbg), .states = IN_WORKING,
	  .latency_ns = 200 * US, .reserved = { { 4, 1, ALL } }, .run = sev_dbg_encrypt },

	{ .code = SEVTRACE_CMD_SNP_INIT, .snp = true, .states = IN_UNINIT, .since = API(1, 51),
	  .latency_ns = 200 * MS, .run = snp_init },
	{ .code = SEVTRACE_CMD_SNP_SHUTDOWN, .snp = true, .states = IN_ANY, .since = API(1, 51),
	  .latency_ns = 20 * MS, .run = snp_shutdown },
	{ .code = SEVTRACE_CMD_SNP_PLATFORM_STATUS, .len = sizeof(struct buf_snp_addr),
	  .snp = true, .states = IN_ANY, .since = API(1, 51), .latency_ns = 100 * US,
	  .run = snp_platform_status },
	{ .code = SEVTRACE_CMD_SNP_DF_FLUSH, .snp = true, .states = IN_INIT, .since = API(1, 51),
	  .latency_ns = 1 * MS, .run = sev_df_flush },
	{ .code = SEVTRACE_CMD_SNP_INIT_EX, .len = sizeof(struct buf_snp_init_ex), .snp = true,
	  .states = IN_UNINIT, .since = API(1, 52), .latency_ns = 200 * MS,
	  .reserved = { { 0, 1, ~(SNP_INIT_RMP | SNP_INIT_LIST) }, { 4, 1, ALL }, { 16, 12, ALL } },
	  .run = snp_init_ex },
	{ .code = SEVTRACE_CMD_SNP_SHUTDOWN_EX, .len = sizeof(struct buf_snp_shutdown_ex),
	  .snp = true, .states = IN_ANY, .since = API(1, 51), .latency_ns = 20 * MS,
	  .run = snp_shutdown_ex },

	{ .code = SEVTRACE_CMD_SNP_DECOMMISSION, .len = sizeof(struct buf_snp_addr), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 300 * US,
	  .reserved = { { 0, 1, LOW_12 } }, .run = snp_decommission },
	{ .code = SEVTRACE_CMD_SNP_ACTIVATE, .len = sizeof(struct buf_snp_activate), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 2 * MS,
	  .reserved = { { 0, 1, LOW_12 } }, .run = snp_activate },
	{ .code = SEVTRACE_CMD_SNP_GUEST_STATUS, .len = sizeof(struct buf_snp_guest_status),
	  .snp = true, .states = IN_INIT, .since = API(1, 51), .latency_ns = 100 * US,
	  .reserved = { { 0, 1, LOW_12 } }, .run = snp_guest_status },
	{ .code = SEVTRACE_CMD_SNP_GCTX_CREATE, .len = sizeof(struct buf_snp_addr), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 300 * US,
	  .reserved = { { 0, 1, LOW_12 } }, .run = snp_gctx_create },
	{ .code = SEVTRACE_CMD_SNP_GUEST_REQUEST, .len = sizeof(struct buf_snp_guest_request),
	  .snp = true, .states = IN_INIT, .since = API(1, 51), .latency_ns = 5 * MS,
	  .reserved = { { 0, 1, LOW_12 }, { 8, 1, LOW_12 }, { 16, 1, LOW_12 } },
	  .run = snp_guest_request },
	{ .code = SEVTRACE_CMD_SNP_ACTIVATE_EX, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },

	{ .code = SEVTRACE_CMD_SNP_LAUNCH_START, .len = sizeof(struct buf_snp_launch_start),
	  .snp = true, .states = IN_INIT, .since = API(1, 51), .latency_ns = 8 * MS,
	  .reserved = { { 0, 1, LOW_12 }, { 16, 1, LOW_12 },
			{ 24, 1, ~(SNP_START_MA | SNP_START_IMI) } },
	  .run = snp_launch_start },
	{ .code = SEVTRACE_CMD_SNP_LAUNCH_UPDATE, .len = sizeof(struct buf_snp_launch_update),
	  .snp = true, .states = IN_INIT, .since = API(1, 51), .latency_ns = 1 * MS,
	  .reserved = { { 0, 1, LOW_12 }, { 8, 1, 0xffffffe0U }, { 12, 1, ALL },
			{ 16, 1, LOW_12 }, { 24, 1, 0xff }, { 28, 1, ALL } },
	  .run = snp_launch_update },
	{ .code = SEVTRACE_CMD_SNP_LAUNCH_FINISH, .len = sizeof(struct buf_snp_launch_finish),
	  .snp = true, .states = IN_INIT, .since = API(1, 51), .latency_ns = 3 * MS,
	  .reserved = { { 0, 1, LOW_12 }, { 24, 1, 0xfffffff8U }, { 28, 1, ALL } },
	  .run = snp_launch_finish },

	{ .code = SEVTRACE_CMD_SNP_DBG_DECRYPT, .len = sizeof(struct buf_snp_dbg), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 200 * US,
	  .reserved = { { 0, 1, LOW_12 }, { 8, 1, LOW_12 }, { 16, 1, LOW_12 } },
	  .run = snp_dbg_decrypt },
	{ .code = SEVTRACE_CMD_SNP_DBG_ENCRYPT, .len = sizeof(struct buf_snp_dbg), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 200 * US,
	  .reserved = { { 0, 1, LOW_12 }, { 8, 1, LOW_12 }, { 16, 1, LOW_12 } },
	  .run = snp_dbg_encrypt },
	{ .code = SEVTRACE_CMD_SNP_PAGE_SWAP_OUT, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_PAGE_SWAP_IN, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_PAGE_MOVE, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_PAGE_MD_INIT, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_PAGE_SET_STATE, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_PAGE_RECLAIM, .len = sizeof(struct buf_snp_addr), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 20 * US,
	  .reserved = { { 0, 1, 0xffe } }, .run = snp_page_reclaim },
	{ .code = SEVTRACE_CMD_SNP_PAGE_UNSMASH, .snp = true, .states = IN_ANY,
	  .since = API(1, 51), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_CONFIG, .len = sizeof(struct buf_snp_config), .snp = true,
	  .states = IN_INIT, .since = API(1, 51), .latency_ns = 200 * US,
	  .reserved = { { 8, 1, 0xfffffffcU }, { 12, 13, ALL } }, .run = snp_config },
	{ .code = SEVTRACE_CMD_SNP_DOWNLOAD_FIRMWARE_EX, .snp = true, .states = IN_ANY,
	  .since = API(1, 54), .run = sev_unsupported },
	{ .code = SEVTRACE_CMD_SNP_COMMIT, .len = sizeof(struct buf_snp_commit), .snp = true,
	  .states = IN_ANY, .since = API(1, 54), .latency_ns = 10 * MS, .run = snp_commit },
	{ .code = SEVTRACE_CMD_SNP_VLEK_LOAD, .len = sizeof(struct buf_snp_vlek_load),
	  .snp = true, .states = IN_INIT, .since = API(1, 54), .latency_ns = 2 * MS,
	  .reserved = { { 4, 1, 0xffffff00U } }, .run = snp_vlek_load },
};
/* clang-format on */

const size_t command_types_count = sizeof(command_types) / sizeof(command_types[0]);

const struct command_type *command_type(uint32_t code)
{
	for (size_t i = 0; i < command_types_count; i++)
		if (command_types[i].code == code)
			return &command_types[i];
	return NULL;
}

void latencies_default(struct latencies *latencies)
{
	*latencies = (struct latencies){ 0 };
	for (size_t i = 0; i < command_types_count; i++)
		latencies->ns[command_types[i].code] = command_types[i].latency_ns;
}
