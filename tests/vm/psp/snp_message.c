// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_GUEST_REQUEST: messages from a guest to the firmware (ABI chapter 7). Only MSG_REPORT_REQ is
 * implemented.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "handlers.h"
#include "identity.h"

#define REPORT_VERSION 2
#define KEY_SEL_VLEK 2U
#define KEY_SEL_VCEK 1U
#define REPORT_FLAG_AUTHOR (1U << 0)
#define REPORT_FLAG_MASK_KEY (1U << 1)
#define REPORT_SIGNED_VCEK (0U << 2)
#define REPORT_SIGNED_VLEK (1U << 2)
#define REPORT_SIGNED_NONE (7U << 2)
#define PLATFORM_INFO_SMT (1ULL << 0)

/* A message that is being handled. @payload is plaintext. */
struct message {
	struct snp_msg_header header;
	uint8_t payload[SNP_MSG_PAYLOAD_MAX];
};

/* Makes the initialisation vector from the sequence number (ABI section "Message encryption"). */
static void message_iv(uint64_t seqno, uint8_t iv[12])
{
	memset(iv, 0, 12);
	memcpy(iv, &seqno, sizeof(seqno));
}

static struct crypto_gcm message_gcm(const struct guest *guest, const struct snp_msg_header *header,
				     const uint8_t iv[12])
{
	return (struct crypto_gcm){
		.key = guest->vmpck[header->vmpck],
		.iv = iv,
		.aad = &header->algo,
		.aad_len = sizeof(*header) - offsetof(struct snp_msg_header, algo),
	};
}

static uint32_t open_message(const struct guest *guest, struct message *message)
{
	struct snp_msg_header *header = &message->header;
	uint8_t plain[SNP_MSG_PAYLOAD_MAX] = { 0 }, iv[12];
	struct crypto_gcm gcm;

	if (header->algo != SNP_MSG_ALGO_AES_256_GCM || header->hdr_version != 1 ||
	    header->hdr_size != sizeof(*header) || header->msg_version != 1 || header->vmpck >= 4 ||
	    header->msg_size > SNP_MSG_PAYLOAD_MAX || header->reserved2)
		return SEVTRACE_PSP_INVALID_PARAM;
	if (guest->msg_count[header->vmpck] > UINT64_MAX - 2)
		return SEVTRACE_PSP_AEAD_OFLOW;
	if (header->seqno != guest->msg_count[header->vmpck] + 1)
		return SEVTRACE_PSP_INVALID_PARAM;
	message_iv(header->seqno, iv);
	gcm = message_gcm(guest, header, iv);
	if (!crypto_gcm_open(&gcm, message->payload, header->msg_size, plain, header->authtag))
		return SEVTRACE_PSP_BAD_MEASUREMENT;
	memcpy(message->payload, plain, sizeof(plain));
	OPENSSL_cleanse(plain, sizeof(plain));
	return SEVTRACE_PSP_SUCCESS;
}

static uint32_t choose_key(const struct firmware *firmware, const struct guest *guest,
			   const struct snp_report_req *req, uint32_t *signer)
{
	bool vlek = firmware->snp_flags & SNP_STATUS_VLEK;
	bool masked = firmware->snp_flags & SNP_STATUS_MASK_CHIP_KEY;

	if (req->key_sel > KEY_SEL_VLEK || (req->key_sel == KEY_SEL_VLEK && !vlek) ||
	    (guest->vcek_disabled && (req->key_sel == KEY_SEL_VCEK || !vlek)))
		return SEVTRACE_PSP_INVALID_KEY;
	if (vlek && req->key_sel != KEY_SEL_VCEK)
		*signer = REPORT_SIGNED_VLEK;
	else
		*signer = masked ? REPORT_SIGNED_NONE : REPORT_SIGNED_VCEK;
	return SEVTRACE_PSP_SUCCESS;
}

static bool sign_report(const struct firmware *firmware, uint32_t signer, struct snp_report *report)
{
	struct ecc_key *key;
	uint8_t secret[48];
	bool ok;

	if (signer == REPORT_SIGNED_NONE)
		return true;
	if (signer == REPORT_SIGNED_VLEK)
		memcpy(secret, firmware->vlek, sizeof(secret));
	else if (!psp_guest_key(firmware->root, "vcek", 0, secret, sizeof(secret)))
		return false;
	key = ecc_key_new(secret);
	ok = key && ecc_sign(key, true, report, offsetof(struct snp_report, signature),
			     &report->signature);
	ecc_key_free(key);
	OPENSSL_cleanse(secret, sizeof(secret));
	return ok;
}

static bool fill_report(const struct firmware *firmware, const struct guest *guest,
			const struct snp_report_req *req, struct snp_report *report)
{
	const uint8_t version[] = { PSP_BUILD, firmware->platform.api_minor,
				    firmware->platform.api_major, 0 };

	report->version = REPORT_VERSION;
	report->guest_svn = guest->id_block.guest_svn;
	report->policy = guest->policy;
	memcpy(report->family_id, guest->id_block.family_id, sizeof(report->family_id));
	memcpy(report->image_id, guest->id_block.image_id, sizeof(report->image_id));
	report->vmpl = req->vmpl;
	report->sig_algo = SNP_ALGO_ECDSA_P384_SHA384;
	report->current_tcb = PSP_TCB;
	report->platform_info = PLATFORM_INFO_SMT;
	report->flags = guest->author_key_en ? REPORT_FLAG_AUTHOR : 0;
	if (firmware->snp_flags & SNP_STATUS_MASK_CHIP_KEY)
		report->flags |= REPORT_FLAG_MASK_KEY;
	memcpy(report->report_data, req->report_data, sizeof(report->report_data));
	memcpy(report->measurement, guest->digest, sizeof(report->measurement));
	memcpy(report->host_data, guest->host_data, sizeof(report->host_data));
	memcpy(report->id_key_digest, guest->id_key_digest, sizeof(report->id_key_digest));
	memcpy(report->author_key_digest, guest->author_key_digest,
	       sizeof(report->author_key_digest));
	memcpy(report->report_id, guest->report_id, sizeof(report->report_id));
	memset(report->report_id_ma, 0xff, sizeof(report->report_id_ma));
	report->reported_tcb = firmware->reported_tcb;
	report->committed_tcb = PSP_TCB;
	report->launch_tcb = PSP_TCB;
	memcpy(report->current_version, version, sizeof(version));
	memcpy(report->committed_version, version, sizeof(version));
	return (firmware->snp_flags & SNP_STATUS_MASK_CHIP_ID) ||
	       psp_guest_key(firmware->root, "chip-id", 0, report->chip_id,
			     sizeof(report->chip_id));
}

/*
 * Makes a report. The status goes into the answer, as errors in the request concern only the guest.
 */
static uint32_t make_report(const struct firmware *firmware, const struct guest *guest,
			    const struct message *request, struct snp_report_rsp *rsp)
{
	static const uint8_t zero[sizeof(((struct snp_report_req *)0)->reserved)];
	struct snp_report_req req;
	uint32_t signer;

	memcpy(&req, request->payload, sizeof(req));
	rsp->report_size = sizeof(rsp->report);
	if (request->header.msg_size != sizeof(req) || req.vmpl > 3 ||
	    req.vmpl < request->header.vmpck || memcmp(req.reserved, zero, sizeof(zero)) != 0) {
		rsp->status = SEVTRACE_PSP_INVALID_PARAM;
		return SEVTRACE_PSP_SUCCESS;
	}
	rsp->status = choose_key(firmware, guest, &req, &signer);
	if (rsp->status)
		return SEVTRACE_PSP_SUCCESS;
	if (!fill_report(firmware, guest, &req, &rsp->report))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	rsp->report.flags |= signer;
	return sign_report(firmware, signer, &rsp->report) ? SEVTRACE_PSP_SUCCESS :
							     SEVTRACE_PSP_HWSEV_RET_PLATFORM;
}

static uint32_t send_answer(struct firmware *firmware, struct guest *guest, uint64_t to,
			    const struct snp_msg_header *request, const struct snp_report_rsp *rsp)
{
	struct message answer = {
		.header = {
			.seqno = request->seqno + 1,
			.algo = SNP_MSG_ALGO_AES_256_GCM,
			.hdr_version = 1,
			.hdr_size = sizeof(answer.header),
			.msg_type = SNP_MSG_REPORT_RSP,
			.msg_version = 1,
			.msg_size = sizeof(*rsp),
			.vmpck = request->vmpck,
		},
	};
	struct crypto_gcm gcm;
	uint8_t iv[12];

	message_iv(answer.header.seqno, iv);
	gcm = message_gcm(guest, &answer.header, iv);
	if (!crypto_gcm_seal(&gcm, rsp, sizeof(*rsp), answer.payload, answer.header.authtag))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	guest->msg_count[request->vmpck] += 2;
	return write_out(firmware, to, &answer, sizeof(answer.header) + sizeof(*rsp));
}

uint32_t snp_guest_request(struct firmware *firmware, struct command *command)
{
	struct snp_report_rsp rsp = { 0 };
	struct buf_snp_guest_request buf;
	struct message request;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.request, PSP_PAGE_SIZE);
	guest = guest_by_context(firmware, buf.gctx);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (!ram_read(firmware->ram, buf.request, &request, sizeof(request)))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	status = check_writable(firmware, buf.response, PSP_PAGE_SIZE);
	if (status)
		return status;
	if (guest->state != SNP_GSTATE_RUNNING)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	status = open_message(guest, &request);
	if (status)
		return status;
	if (request.header.msg_type != SNP_MSG_REPORT_REQ)
		return SEVTRACE_PSP_INVALID_PARAM;
	status = make_report(firmware, guest, &request, &rsp);
	return status ? status : send_answer(firmware, guest, buf.response, &request.header, &rsp);
}
