/* SPDX-License-Identifier: GPL-2.0-only */
/* One function for each command, grouped by file. All return a status. */
#ifndef PSP_HANDLERS_H
#define PSP_HANDLERS_H

#include "firmware.h"

#define HANDLER(name) uint32_t name(struct firmware *firmware, struct command *command)

/* cmd_platform.c */
HANDLER(sev_init);
HANDLER(sev_init_ex);
HANDLER(sev_shutdown);
HANDLER(sev_factory_reset);
HANDLER(sev_platform_status);
HANDLER(sev_df_flush);
HANDLER(sev_download_firmware);
HANDLER(sev_get_id);
HANDLER(sev_nop);
HANDLER(sev_unsupported);

/* cmd_cert.c */
HANDLER(sev_pek_gen);
HANDLER(sev_pek_csr);
HANDLER(sev_pek_cert_import);
HANDLER(sev_pdh_gen);
HANDLER(sev_pdh_cert_export);

/* cmd_guest.c */
HANDLER(sev_decommission);
HANDLER(sev_activate);
HANDLER(sev_deactivate);
HANDLER(sev_guest_status);
HANDLER(sev_dbg_decrypt);
HANDLER(sev_dbg_encrypt);
HANDLER(sev_attestation_report);

/* cmd_launch.c */
HANDLER(sev_launch_start);
HANDLER(sev_launch_update_data);
HANDLER(sev_launch_update_vmsa);
HANDLER(sev_launch_measure);
HANDLER(sev_launch_secret);
HANDLER(sev_launch_finish);

/* snp_platform.c */
HANDLER(snp_init);
HANDLER(snp_init_ex);
HANDLER(snp_shutdown);
HANDLER(snp_shutdown_ex);
HANDLER(snp_platform_status);
HANDLER(snp_config);
HANDLER(snp_commit);
HANDLER(snp_vlek_load);
HANDLER(snp_page_reclaim);

/* snp_guest.c */
HANDLER(snp_gctx_create);
HANDLER(snp_decommission);
HANDLER(snp_activate);
HANDLER(snp_guest_status);
HANDLER(snp_dbg_decrypt);
HANDLER(snp_dbg_encrypt);

/* snp_message.c */
HANDLER(snp_guest_request);

/* snp_launch.c */
HANDLER(snp_launch_start);
HANDLER(snp_launch_update);

/* snp_finish.c */
HANDLER(snp_launch_finish);

#undef HANDLER

/*
 * Checks the CPUID page that the hypervisor has prepared for a guest, and replaces in @page the
 * values that the platform would not report (snp_cpuid.c). Returns SUCCESS, or INVALID_PARAM if it
 * has replaced something.
 */
uint32_t snp_cpuid_check(struct snp_cpuid_page *page);

#endif /* PSP_HANDLERS_H */
