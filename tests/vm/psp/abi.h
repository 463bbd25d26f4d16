/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts of the data that firmware shares with its caller.
 *
 * "API" is the Secure Encrypted Virtualization API specification rev. 3.24, "ABI" the SEV-SNP
 * firmware ABI specification rev. 1.57. All fields are little endian.
 */
#ifndef PSP_ABI_H
#define PSP_ABI_H

#include <stdint.h>

#define PSP_PAGE_SIZE 0x1000ULL
#define PSP_PAGE_SIZE_2M 0x200000ULL
#define PSP_PAGE_MASK (~(PSP_PAGE_SIZE - 1))
#define PSP_PAGES_PER_2M 512U

/* The C bit of system physical addresses (CPUID 0x8000001F EBX[5:0]); firmware ignores it. */
#define PSP_C_BIT 51
#define PSP_ADDRESS_MASK (~(1ULL << PSP_C_BIT))

/* API table "PLATFORM_STATUS"; SNP has only the first two states. */
enum psp_platform_state { PSTATE_UNINIT = 0, PSTATE_INIT = 1, PSTATE_WORKING = 2 };

/* API table "Guest states" */
enum psp_guest_state {
	GSTATE_UNINIT = 0,
	GSTATE_LUPDATE = 1,
	GSTATE_LSECRET = 2,
	GSTATE_RUNNING = 3,
};

/* ABI table "Guest states" */
enum psp_snp_guest_state {
	SNP_GSTATE_INIT = 0,
	SNP_GSTATE_LAUNCH = 1,
	SNP_GSTATE_RUNNING = 2,
};

/* API table "Guest policy" */
#define POLICY_NODBG (1U << 0)
#define POLICY_NOKS (1U << 1)
#define POLICY_ES (1U << 2)
#define POLICY_RESERVED 0x0000ffc0U
#define POLICY_API_MAJOR(p) (((p) >> 16) & 0xff)
#define POLICY_API_MINOR(p) (((p) >> 24) & 0xff)

/* ABI table "Guest policy" */
#define SNP_POLICY_MINOR(p) ((p)&0xff)
#define SNP_POLICY_MAJOR(p) (((p) >> 8) & 0xff)
#define SNP_POLICY_SMT (1ULL << 16)
#define SNP_POLICY_MUST_BE_ONE (1ULL << 17)
#define SNP_POLICY_MIGRATE_MA (1ULL << 18)
#define SNP_POLICY_DEBUG (1ULL << 19)
#define SNP_POLICY_RESERVED (~((1ULL << 26) - 1))

/* API tables "CMDBUF_…": the command buffers of SEV and SEV-ES. */
#define CONFIG_ES (1U << 0)
/* Position of CONFIG.ES in the flags of PLATFORM_STATUS. */
#define PLATFORM_FLAG_ES (1U << 8)
#define PLATFORM_FLAG_OWNED (1U << 0)

#define TMR_SIZE 0x100000U
#define TMR_SIZE_SNP 0x200000U
#define NV_SIZE 0x8000U
#define CHIP_ID_SIZE 64U
#define LAUNCH_SECRET_MAX 0x4000U

struct buf_init {
	uint32_t flags;
	uint32_t reserved;
	uint64_t tmr_address;
	uint32_t tmr_len;
} __attribute__((packed));

struct buf_init_ex {
	uint32_t length;
	uint32_t flags;
	uint64_t tmr_address;
	uint32_t tmr_len;
	uint32_t reserved;
	uint64_t nv_address;
	uint32_t nv_len;
} __attribute__((packed));

struct buf_platform_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint32_t flags;
	uint8_t build;
	uint32_t guest_count;
} __attribute__((packed));

/* PEK_CSR, GET_ID, DOWNLOAD_FIRMWARE */
struct buf_region {
	uint64_t address;
	uint32_t len;
} __attribute__((packed));

struct buf_two_regions { /* PEK_CERT_IMPORT: PEK, OCA. PDH_CERT_EXPORT: PDH, chain. */
	uint64_t address1;
	uint32_t len1;
	uint32_t reserved;
	uint64_t address2;
	uint32_t len2;
} __attribute__((packed));

struct buf_handle { /* DECOMMISSION, DEACTIVATE, LAUNCH_FINISH */
	uint32_t handle;
} __attribute__((packed));

struct buf_activate {
	uint32_t handle;
	uint32_t asid;
} __attribute__((packed));

struct buf_guest_status {
	uint32_t handle;
	uint32_t policy;
	uint32_t asid;
	uint8_t state;
} __attribute__((packed));

struct buf_launch_start {
	uint32_t handle;
	uint32_t policy;
	uint64_t dh_cert_address;
	uint32_t dh_cert_len;
	uint32_t reserved;
	uint64_t session_address;
	uint32_t session_len;
} __attribute__((packed));

struct buf_launch_update { /* LAUNCH_UPDATE_DATA, LAUNCH_UPDATE_VMSA, LAUNCH_MEASURE */
	uint32_t handle;
	uint32_t reserved;
	uint64_t address;
	uint32_t len;
} __attribute__((packed));

struct buf_launch_secret {
	uint32_t handle;
	uint32_t reserved1;
	uint64_t hdr_address;
	uint32_t hdr_len;
	uint32_t reserved2;
	uint64_t guest_address;
	uint32_t guest_len;
	uint32_t reserved3;
	uint64_t trans_address;
	uint32_t trans_len;
} __attribute__((packed));

struct buf_attestation {
	uint32_t handle;
	uint32_t reserved;
	uint64_t address;
	uint8_t mnonce[16];
	uint32_t len;
} __attribute__((packed));

struct buf_dbg {
	uint32_t handle;
	uint32_t reserved;
	uint64_t src_address;
	uint64_t dst_address;
	uint32_t len;
} __attribute__((packed));

/* API table "Session data" */
struct launch_session {
	uint8_t nonce[16];
	uint8_t wrap_tk[32]; /* TEK, then TIK */
	uint8_t wrap_iv[16];
	uint8_t wrap_mac[32];
	uint8_t policy_mac[32];
} __attribute__((packed));

/* API table "LAUNCH_MEASURE measurement buffer" */
struct launch_measurement {
	uint8_t measure[32];
	uint8_t mnonce[16];
} __attribute__((packed));

/* API table "Packet header" */
struct packet_header {
	uint32_t flags;
	uint8_t iv[16];
	uint8_t mac[32];
} __attribute__((packed));

#define PACKET_COMPRESSED (1U << 0)

/* API table "ATTESTATION report" */
struct attestation_report {
	uint8_t mnonce[16];
	uint8_t launch_digest[32];
	uint32_t policy;
	uint32_t sig_usage;
	uint32_t sig_algo;
	uint32_t reserved;
	uint8_t signature[144];
} __attribute__((packed));

/* ABI chapter 8: command buffers of SNP. */
struct buf_snp_init_ex {
	uint32_t flags;
	uint32_t reserved1;
	uint64_t list_paddr;
	uint8_t reserved2[48];
} __attribute__((packed));

#define SNP_INIT_RMP (1U << 0)
#define SNP_INIT_LIST (1U << 1)

struct snp_range {
	uint64_t base;
	uint32_t page_count;
	uint32_t reserved;
} __attribute__((packed));

struct snp_range_list {
	uint32_t count;
	uint32_t reserved;
} __attribute__((packed));

struct buf_snp_shutdown_ex {
	uint32_t len;
	uint32_t flags;
} __attribute__((packed));

#define SNP_SHUTDOWN_IOMMU (1U << 0)

struct buf_snp_addr { /* SNP_GCTX_CREATE, SNP_DECOMMISSION, SNP_PLATFORM_STATUS, PAGE_RECLAIM */
	uint64_t address;
} __attribute__((packed));

struct buf_snp_activate {
	uint64_t gctx;
	uint32_t asid;
} __attribute__((packed));

struct buf_snp_guest_status {
	uint64_t gctx;
	uint64_t address;
} __attribute__((packed));

struct buf_snp_guest_request {
	uint64_t gctx;
	uint64_t request;
	uint64_t response;
} __attribute__((packed));

struct buf_snp_launch_start {
	uint64_t gctx;
	uint64_t policy;
	uint64_t ma_gctx;
	uint32_t flags;
	uint32_t desired_tsc_khz;
	uint8_t gosvw[16];
} __attribute__((packed));

#define SNP_START_MA (1U << 0)
#define SNP_START_IMI (1U << 1)

struct buf_snp_launch_update {
	uint64_t gctx;
	uint32_t flags; /* page size [0], page type [3:1], IMI [4] */
	uint32_t reserved2;
	uint64_t address;
	uint8_t reserved3;
	uint8_t vmpl1_perms;
	uint8_t vmpl2_perms;
	uint8_t vmpl3_perms;
	uint32_t reserved4;
} __attribute__((packed));

#define SNP_UPDATE_HUGE (1U << 0)
#define SNP_UPDATE_TYPE(flags) (((flags) >> 1) & 7)
#define SNP_UPDATE_IMI (1U << 4)

/* ABI table "Encodings for the PAGE_TYPE field" */
enum snp_page_type {
	SNP_PAGE_NORMAL = 1,
	SNP_PAGE_VMSA = 2,
	SNP_PAGE_ZERO = 3,
	SNP_PAGE_UNMEASURED = 4,
	SNP_PAGE_SECRETS = 5,
	SNP_PAGE_CPUID = 6,
};

/* ABI table "PAGE_INFO" */
struct snp_page_info {
	uint8_t digest_cur[48];
	uint8_t contents[48];
	uint16_t length;
	uint8_t page_type;
	uint8_t imi_page;
	uint8_t vmpl3_perms;
	uint8_t vmpl2_perms;
	uint8_t vmpl1_perms;
	uint8_t reserved;
	uint64_t gpa;
} __attribute__((packed));

struct buf_snp_launch_finish {
	uint64_t gctx;
	uint64_t id_block;
	uint64_t id_auth;
	uint64_t flags;
	uint8_t host_data[32];
} __attribute__((packed));

#define SNP_FINISH_ID_BLOCK (1ULL << 0)
#define SNP_FINISH_AUTHOR_KEY (1ULL << 1)
#define SNP_FINISH_VCEK_DISABLED (1ULL << 2)

/* ABI table "ID block" */
struct snp_id_block {
	uint8_t ld[48];
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
} __attribute__((packed));

/* ABI table "ECDSA P-384 public key" and "ECDSA signature" (chapter "Digital signatures") */
#define ECC_FIELD_SIZE 72U
#define ECC_CURVE_P384 2U

struct ecc_pubkey {
	uint32_t curve;
	uint8_t qx[ECC_FIELD_SIZE];
	uint8_t qy[ECC_FIELD_SIZE];
	uint8_t reserved[880];
} __attribute__((packed));

struct ecc_signature {
	uint8_t r[ECC_FIELD_SIZE];
	uint8_t s[ECC_FIELD_SIZE];
	uint8_t reserved[368];
} __attribute__((packed));

#define SNP_ALGO_ECDSA_P384_SHA384 1U

/* ABI table "ID authentication information structure" */
struct snp_id_auth {
	uint32_t id_key_algo;
	uint32_t auth_key_algo;
	uint8_t reserved1[56];
	struct ecc_signature id_block_sig;
	struct ecc_pubkey id_key;
	uint8_t reserved2[60];
	struct ecc_signature id_key_sig;
	struct ecc_pubkey author_key;
	uint8_t reserved3[892];
} __attribute__((packed));

struct buf_snp_dbg {
	uint64_t gctx;
	uint64_t src_address;
	uint64_t dst_address;
} __attribute__((packed));

struct snp_platform_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint8_t is_rmp_init;
	uint32_t build;
	uint32_t flags;
	uint32_t guest_count;
	uint64_t current_tcb;
	uint64_t reported_tcb;
} __attribute__((packed));

#define SNP_STATUS_MASK_CHIP_ID (1U << 0)
#define SNP_STATUS_MASK_CHIP_KEY (1U << 1)
#define SNP_STATUS_VLEK (1U << 2)

struct snp_guest_status {
	uint64_t policy;
	uint32_t asid;
	uint8_t state;
	uint8_t vcek_disabled;
	uint8_t reserved[18];
} __attribute__((packed));

struct buf_snp_config {
	uint64_t reported_tcb;
	uint32_t flags;
	uint8_t reserved[52];
} __attribute__((packed));

struct buf_snp_commit {
	uint32_t len;
} __attribute__((packed));

struct buf_snp_vlek_load {
	uint32_t len;
	uint8_t version;
	uint8_t reserved[3];
	uint64_t address;
} __attribute__((packed));

/* ABI table "Wrapped VLEK hashstick" */
struct snp_wrapped_vlek {
	uint8_t iv[12];
	uint8_t reserved1[4];
	uint8_t vlek[384];
	uint64_t tcb;
	uint64_t reserved2;
	uint8_t tag[16];
} __attribute__((packed));

/* ABI table "CPUID_FUNCTION" and "CPUID page" */
#define SNP_CPUID_MAX 64U

struct snp_cpuid_function {
	uint32_t eax_in;
	uint32_t ecx_in;
	uint64_t xcr0_in;
	uint64_t xss_in;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
	uint64_t reserved;
} __attribute__((packed));

struct snp_cpuid_page {
	uint32_t count;
	uint32_t reserved1;
	uint64_t reserved2;
	struct snp_cpuid_function function[SNP_CPUID_MAX];
	uint8_t unused[1008];
} __attribute__((packed));

/* ABI table "Secrets page" */
struct snp_secrets_page {
	uint32_t version;
	uint32_t imi_en;
	uint32_t fms;
	uint32_t reserved1;
	uint8_t gosvw[16];
	uint8_t vmpck[4][32];
	uint8_t guest_reserved[96];
	uint8_t vmsa_tweak_bitmap[64];
	uint8_t guest_reserved2[32];
	uint32_t tsc_factor;
	uint8_t unused[3740];
} __attribute__((packed));

/* VMSA fields that are not measured (ABI section SNP_LAUNCH_UPDATE; APM vol. 2 table B-4). */
#define VMSA_TSC_SCALE 0x2f0
#define VMSA_TSC_SIZE 16 /* GUEST_TSC_SCALE and GUEST_TSC_OFFSET */

/* ABI table "Message header format" */
struct snp_msg_header {
	uint8_t authtag[32];
	uint64_t seqno;
	uint64_t reserved1;
	uint8_t algo; /* start of the additional authenticated data */
	uint8_t hdr_version;
	uint16_t hdr_size;
	uint8_t msg_type;
	uint8_t msg_version;
	uint16_t msg_size;
	uint32_t reserved2;
	uint8_t vmpck;
	uint8_t reserved3[35];
} __attribute__((packed));

#define SNP_MSG_PAYLOAD_MAX (PSP_PAGE_SIZE - sizeof(struct snp_msg_header))

#define SNP_MSG_ALGO_AES_256_GCM 1
#define SNP_MSG_REPORT_REQ 5
#define SNP_MSG_REPORT_RSP 6

/* ABI tables "MSG_REPORT_REQ", "ATTESTATION_REPORT" and "MSG_REPORT_RSP" */
struct snp_report_req {
	uint8_t report_data[64];
	uint32_t vmpl;
	uint32_t key_sel; /* 0: VLEK if loaded, else VCEK; 1: VCEK; 2: VLEK */
	uint8_t reserved[24];
} __attribute__((packed));

struct snp_report {
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t sig_algo;
	uint64_t current_tcb;
	uint64_t platform_info;
	uint32_t flags; /* author key [0], mask chip key [1], signing key [4:2] */
	uint32_t reserved1;
	uint8_t report_data[64];
	uint8_t measurement[48];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint64_t reported_tcb;
	uint8_t reserved2[24];
	uint8_t chip_id[64];
	uint64_t committed_tcb;
	uint8_t current_version[4]; /* build, minor, major, 0 */
	uint8_t committed_version[4];
	uint64_t launch_tcb;
	uint8_t reserved3[168];
	struct ecc_signature signature;
} __attribute__((packed));

struct snp_report_rsp {
	uint32_t status;
	uint32_t report_size;
	uint8_t reserved[24];
	struct snp_report report;
} __attribute__((packed));

/* API appendix C: SEV certificate */
struct sev_cert {
	uint32_t version;
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t reserved[2];
	uint32_t usage;
	uint32_t algo;
	struct ecc_pubkey key;
	uint32_t sig1_usage;
	uint32_t sig1_algo;
	struct ecc_signature sig1;
	uint32_t sig2_usage;
	uint32_t sig2_algo;
	struct ecc_signature sig2;
} __attribute__((packed));

enum sev_cert_usage {
	CERT_INVALID = 0x1000,
	CERT_OCA = 0x1001,
	CERT_PEK = 0x1002,
	CERT_PDH = 0x1003,
	CERT_CEK = 0x1004,
};

enum sev_cert_algo {
	CERT_ALGO_NONE = 0,
	CERT_ALGO_ECDSA_SHA256 = 2,
	CERT_ALGO_ECDH_SHA256 = 3,
};

_Static_assert(sizeof(struct buf_platform_status) == 12, "PLATFORM_STATUS");
_Static_assert(sizeof(struct buf_launch_secret) == 52, "LAUNCH_SECRET");
_Static_assert(sizeof(struct buf_attestation) == 36, "ATTESTATION");
_Static_assert(sizeof(struct launch_session) == 128, "session data");
_Static_assert(sizeof(struct packet_header) == 52, "packet header");
_Static_assert(sizeof(struct attestation_report) == 0xd0, "attestation report");
_Static_assert(sizeof(struct sev_cert) == 0x824, "SEV certificate");
_Static_assert(sizeof(struct snp_page_info) == 0x70, "PAGE_INFO");
_Static_assert(sizeof(struct buf_snp_launch_update) == 32, "SNP_LAUNCH_UPDATE");
_Static_assert(sizeof(struct buf_snp_launch_finish) == 64, "SNP_LAUNCH_FINISH");
_Static_assert(sizeof(struct buf_snp_init_ex) == 64, "SNP_INIT_EX");
_Static_assert(sizeof(struct snp_id_block) == 96, "ID block");
_Static_assert(sizeof(struct snp_id_auth) == 4096, "ID authentication information");
_Static_assert(sizeof(struct snp_cpuid_page) == 4096, "CPUID page");
_Static_assert(sizeof(struct snp_secrets_page) == 4096, "secrets page");
_Static_assert(sizeof(struct snp_msg_header) == 0x60, "guest message header");
_Static_assert(sizeof(struct snp_report_req) == 0x60, "report request");
_Static_assert(sizeof(struct snp_report) == 0x4a0, "attestation report");
_Static_assert(sizeof(struct snp_wrapped_vlek) == 432, "wrapped VLEK");

#endif /* PSP_ABI_H */
