// SPDX-License-Identifier: GPL-2.0-only
/*
 * The phases that only SEV and SEV-ES launches have: session, measurement, secret.
 */
#include <errno.h>
#include <string.h>

#include <sevtrace/psp.h>

#include "bytes.h"
#include "launch.h"

/* SEV API 6.2.1 */
#define POLICY_RESERVED_BIT (1U << 10)
#define POLICY_API_NEWEST (0xffffU << 16)
#define CERT_OFFSET_USAGE 0x008
#define CERT_USAGE_PEK 0x1002
#define SESSION_OFFSET_WRAP_MAC 0x40
#define SESSION_OFFSET_POLICY_MAC 0x60
#define SHORT_BYTES 16

#define CERT_CHAIN_BYTES (3U * SEV_CERT_BYTES) /* PEK, OCA, CEK */
#define GUEST_STATE_RUNNING 3 /* SEV API table 43, GSTATE */
#define UNALIGNED_SECRET_BYTES 20

static uint32_t policy_of(const struct launch *launch)
{
	uint32_t policy = (uint32_t)launch->options->policy;

	if (launch_mistaken(launch, MISTAKE_BAD_POLICY))
		policy |= POLICY_RESERVED_BIT;
	if (launch_mistaken(launch, MISTAKE_POLICY_VERSION))
		policy |= POLICY_API_NEWEST;
	if (launch_mistaken(launch, MISTAKE_POLICY_TYPE))
		policy ^= SEV_POLICY_ES;
	return policy;
}

/* Issues a platform command through /dev/sev. */
static int platform_command(struct launch *launch, enum op op, uint32_t id, void *data,
			    uint32_t *fw_error)
{
	struct sev_issue_cmd command;
	int ret;

	memset(&command, 0, sizeof(command));
	command.cmd = id;
	command.data = (uintptr_t)data;
	ret = launch_ioctl(launch, op, launch->sev, SEV_ISSUE_CMD, &command);
	*fw_error = command.error;
	return ret;
}

static int read_platform_status(struct launch *launch)
{
	struct sev_user_data_status status;
	uint32_t fw_error;
	int ret;

	memset(&status, 0, sizeof(status));
	ret = platform_command(launch, OP_PLATFORM_STATUS, SEV_PLATFORM_STATUS, &status, &fw_error);
	if (ret < 0)
		return launch_refused(launch, OP_PLATFORM_STATUS, ret, fw_error, NO_GFN);
	launch->measured = (struct sev_measured){
		.api_major = status.api_major,
		.api_minor = status.api_minor,
		.build = status.build,
		.policy = policy_of(launch),
	};
	return 0;
}

/* Reads the PDH certificate. Asks for the lengths first, as tools do: INVALID_LEN returns them. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes @pdh */
static int read_pdh(struct launch *launch, uint8_t *pdh)
{
	uint8_t chain[CERT_CHAIN_BYTES];
	struct sev_user_data_pdh_cert_export data;
	uint32_t fw_error;
	int ret;

	memset(&data, 0, sizeof(data));
	ret = platform_command(launch, OP_PDH_CERT_EXPORT, SEV_PDH_CERT_EXPORT, &data, &fw_error);
	if (ret >= 0 || fw_error != SEVTRACE_PSP_INVALID_LEN)
		return launch_refused(launch, OP_PDH_CERT_EXPORT, ret < 0 ? ret : -EPROTO, fw_error,
				      NO_GFN);
	if (data.pdh_cert_len != SEV_CERT_BYTES || data.cert_chain_len != CERT_CHAIN_BYTES)
		return launch_failed(launch, -EPROTO, "the platform's certificates have odd sizes");
	data.pdh_cert_address = (uintptr_t)pdh;
	data.cert_chain_address = (uintptr_t)chain;
	ret = platform_command(launch, OP_PDH_CERT_EXPORT, SEV_PDH_CERT_EXPORT, &data, &fw_error);
	if (ret < 0)
		return launch_refused(launch, OP_PDH_CERT_EXPORT, ret, fw_error, NO_GFN);
	return 0;
}

static void spoil_session(struct launch *launch)
{
	switch (launch->options->mistake) {
	case MISTAKE_BAD_CERTIFICATE:
		put_le32(launch->session.certificate + CERT_OFFSET_USAGE, CERT_USAGE_PEK);
		break;
	case MISTAKE_BAD_SESSION_MAC:
		launch->session.data[SESSION_OFFSET_WRAP_MAC] ^= 1;
		break;
	case MISTAKE_BAD_POLICY_MAC:
		launch->session.data[SESSION_OFFSET_POLICY_MAC] ^= 1;
		break;
	default:
		break;
	}
}

int phase_session(struct launch *launch)
{
	uint8_t pdh[SEV_CERT_BYTES];
	int ret;

	if (!launch->options->session)
		return 0;
	ret = read_platform_status(launch);
	if (!ret)
		ret = read_pdh(launch, pdh);
	if (ret)
		return ret;
	ret = sev_session_open(&launch->session, pdh, policy_of(launch));
	if (ret)
		return launch_failed(launch, ret, "cannot open a session with the platform");
	launch->session_open = true;
	spoil_session(launch);
	return 0;
}

int phase_sev_start(struct launch *launch)
{
	struct kvm_sev_launch_start start;
	int sev_fd = launch_mistaken(launch, MISTAKE_BAD_FD) ? -1 : launch->sev;
	int ret;

	memset(&start, 0, sizeof(start));
	start.policy = policy_of(launch);
	if (launch->session_open) {
		start.dh_uaddr = (uintptr_t)launch->session.certificate;
		start.dh_len = SEV_CERT_BYTES;
		start.session_uaddr = (uintptr_t)launch->session.data;
		start.session_len = launch_mistaken(launch, MISTAKE_SHORT_SESSION) ?
					    SHORT_BYTES :
					    SEV_SESSION_BYTES;
	}
	ret = launch_do_command(launch, OP_START, sev_fd, &start);
	launch->handle = start.handle;
	return ret;
}

int phase_vmsa(struct launch *launch)
{
	int ret = launch_do_command(launch, OP_UPDATE_VMSA, launch->sev, NULL);

	if (!ret)
		launch->result->pages[SNP_PAGE_VMSA] += launch->vcpu_count;
	return ret;
}

int phase_measure(struct launch *launch)
{
	struct kvm_sev_launch_measure measure;
	uint32_t fw_error;
	int ret;

	memset(&measure, 0, sizeof(measure));
	ret = launch_command(launch, OP_MEASURE, launch->sev, &measure, &fw_error);
	if (ret >= 0 || fw_error != SEVTRACE_PSP_INVALID_LEN)
		return launch_refused(launch, OP_MEASURE, ret < 0 ? ret : -EPROTO, fw_error,
				      NO_GFN);
	if (measure.len != sizeof(launch->measurement))
		return launch_failed(launch, -EPROTO, "the measurement has an odd size");
	measure.uaddr = (uintptr_t)launch->measurement;
	if (launch_mistaken(launch, MISTAKE_SHORT_MEASURE))
		measure.len = SHORT_BYTES;
	return launch_do_command(launch, OP_MEASURE, launch->sev, &measure);
}

void secret_make(const struct launch *launch, uint8_t *secret, size_t bytes)
{
	fill_pattern(secret, bytes, ~launch->plan.seed, plan_spare_gfn(&launch->plan));
}

int phase_secret(struct launch *launch)
{
	uint8_t header[SEV_PACKET_HEADER_BYTES];
	uint8_t secret[SECRET_BYTES];
	uint8_t packet[SECRET_BYTES];
	size_t bytes = launch_mistaken(launch, MISTAKE_UNALIGNED_SECRET) ? UNALIGNED_SECRET_BYTES :
									   SECRET_BYTES;
	struct kvm_sev_launch_secret params;
	int ret;

	if (!launch->options->secret)
		return 0;
	secret_make(launch, secret, bytes);
	ret = sev_secret_packet(&launch->session, launch->measurement, secret, bytes, packet,
				header);
	if (ret)
		return launch_failed(launch, ret, "cannot encrypt the secret");
	if (launch_mistaken(launch, MISTAKE_BAD_SECRET_MAC))
		header[sizeof(header) - 1] ^= 1;
	memset(&params, 0, sizeof(params));
	params.hdr_uaddr = (uintptr_t)header;
	params.hdr_len = sizeof(header);
	params.guest_uaddr = (uintptr_t)plan_spare_memory(&launch->plan);
	params.guest_len = (uint32_t)bytes;
	params.trans_uaddr = (uintptr_t)packet;
	params.trans_len = (uint32_t)bytes;
	ret = launch_do_command(launch, OP_SECRET, launch->sev, &params);
	if (!ret)
		launch->result->pages[SNP_PAGE_SECRETS]++;
	return ret;
}

int phase_sev_finish(struct launch *launch)
{
	int ret = launch_do_command(launch, OP_FINISH, launch->sev, NULL);

	if (!ret)
		launch->finished = true;
	return ret;
}

int phase_status(struct launch *launch)
{
	struct kvm_sev_guest_status status;
	int ret;

	if (launch->options->type == GUEST_SNP)
		return 0; /* KVM has no such command for SNP guests */
	memset(&status, 0, sizeof(status));
	ret = launch_do_command(launch, OP_STATUS, launch->sev, &status);
	if (ret)
		return ret;
	if (status.state != GUEST_STATE_RUNNING || status.policy != policy_of(launch))
		return launch_failed(launch, -EPROTO, "GUEST_STATUS tells of another guest");
	return 0;
}
