// SPDX-License-Identifier: GPL-2.0-only
/* Commands to launch SEV and SEV-ES guests: API chapter "Guest launch API". */
#include <openssl/crypto.h>
#include <string.h>

#include "handlers.h"
#include "memory.h"

/* Context bytes of the two MACs (API sections LAUNCH_MEASURE and LAUNCH_SECRET). */
#define MEASURE_CONTEXT 0x04
#define SECRET_CONTEXT 0x01

static uint32_t check_policy(const struct firmware *firmware, uint32_t policy)
{
	const struct platform *platform = &firmware->platform;
	uint32_t needed = POLICY_API_MAJOR(policy) << 8 | POLICY_API_MINOR(policy);

	if ((policy & POLICY_RESERVED) ||
	    needed > (uint32_t)(platform->api_major << 8 | platform->api_minor))
		return SEVTRACE_PSP_POLICY_FAILURE;
	if ((policy & POLICY_ES) && !firmware->es)
		return SEVTRACE_PSP_UNSUPPORTED;
	return SEVTRACE_PSP_SUCCESS;
}

/* Decrypts the transport keys in the owner's session data. */
static uint32_t unwrap_keys(const struct launch_session *session, const uint8_t kek[16],
			    const uint8_t kik[16], uint32_t policy, uint8_t tk[32])
{
	const struct crypto_piece wrapped = { session->wrap_tk, sizeof(session->wrap_tk) };
	const struct crypto_piece policy_piece = { &policy, sizeof(policy) };
	uint8_t mac[SHA256_SIZE];

	if (!crypto_hmac(kik, 16, &wrapped, 1, mac))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	if (!crypto_equal(mac, session->wrap_mac, sizeof(mac)))
		return SEVTRACE_PSP_BAD_MEASUREMENT;
	memcpy(tk, session->wrap_tk, sizeof(session->wrap_tk));
	if (!crypto_ctr(kek, session->wrap_iv, tk, sizeof(session->wrap_tk)) ||
	    !crypto_hmac(tk + 16, 16, &policy_piece, 1, mac))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	if (!crypto_equal(mac, session->policy_mac, sizeof(mac)))
		return SEVTRACE_PSP_BAD_MEASUREMENT;
	return SEVTRACE_PSP_SUCCESS;
}

/* Derives the shared secret, then KEK and KIK, as in API appendix "Key derivation". */
static uint32_t open_session(const struct firmware *firmware, const struct sev_cert *owner,
			     const struct launch_session *session, uint32_t policy, uint8_t tk[32])
{
	uint8_t shared[48], master[16], kek[16], kik[16];
	uint32_t status = SEVTRACE_PSP_HWSEV_RET_PLATFORM;

	if (owner->version != 1 || owner->usage != CERT_PDH ||
	    !ecc_shared_x(firmware->identity.pdh, &owner->key, shared))
		return SEVTRACE_PSP_INVALID_CERTIFICATE;
	if (crypto_kdf(shared, sizeof(shared), "sev-master-secret", session->nonce,
		       sizeof(session->nonce), master, sizeof(master)) &&
	    crypto_kdf(master, sizeof(master), "sev-kek", NULL, 0, kek, sizeof(kek)) &&
	    crypto_kdf(master, sizeof(master), "sev-kik", NULL, 0, kik, sizeof(kik)))
		status = unwrap_keys(session, kek, kik, policy, tk);
	OPENSSL_cleanse(shared, sizeof(shared));
	OPENSSL_cleanse(master, sizeof(master));
	OPENSSL_cleanse(kek, sizeof(kek));
	OPENSSL_cleanse(kik, sizeof(kik));
	return status;
}

static uint32_t read_session(const struct firmware *firmware, const struct buf_launch_start *buf,
			     uint8_t tk[32])
{
	struct launch_session session;
	struct sev_cert owner;

	if (buf->session_len != sizeof(session) || buf->dh_cert_len != sizeof(owner))
		return SEVTRACE_PSP_INVALID_LEN;
	if (!ram_read(firmware->ram, buf->session_address, &session, sizeof(session)) ||
	    !ram_read(firmware->ram, buf->dh_cert_address, &owner, sizeof(owner)))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	return open_session(firmware, &owner, &session, buf->policy, tk);
}

/* Checks the guest that a handle in LAUNCH_START names: the new guest is to share its key. */
static uint32_t check_sharing(const struct guest *with, uint32_t policy)
{
	if (!with)
		return SEVTRACE_PSP_INVALID_GUEST;
	if (with->policy != policy || (policy & POLICY_NOKS))
		return SEVTRACE_PSP_POLICY_FAILURE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_launch_start(struct firmware *firmware, struct command *command)
{
	const struct guest *shared = NULL;
	struct buf_launch_start buf;
	struct guest *guest;
	uint8_t tk[32];
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	if (buf.dh_cert_address) {
		status = read_session(firmware, &buf, tk);
		if (status)
			return status;
	}
	if (buf.handle) {
		shared = guest_by_handle(firmware, buf.handle);
		status = check_sharing(shared, buf.policy);
		if (status)
			return status;
	}
	status = check_policy(firmware, buf.policy);
	if (status)
		return status;
	guest = guest_new(firmware, GUEST_SEV);
	if (!guest)
		return SEVTRACE_PSP_RESOURCE_LIMIT;
	if (buf.dh_cert_address) {
		memcpy(guest->tek, tk, sizeof(guest->tek));
		memcpy(guest->tik, tk + sizeof(guest->tek), sizeof(guest->tik));
		OPENSSL_cleanse(tk, sizeof(tk));
	}
	if (shared)
		memcpy(guest->vek, shared->vek, sizeof(guest->vek));
	guest->policy = buf.policy;
	guest->state = GSTATE_LUPDATE;
	firmware->sev_state = PSTATE_WORKING;
	detail_guest(command, guest);
	buf.handle = guest->id;
	memcpy(command->bytes, &buf, sizeof(buf));
	return SEVTRACE_PSP_SUCCESS;
}

static uint32_t update(struct firmware *firmware, struct command *command, bool vmsa)
{
	struct buf_launch_update buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, buf.len);
	if (vmsa && buf.len != PSP_PAGE_SIZE)
		return SEVTRACE_PSP_INVALID_LEN;
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->state != GSTATE_LUPDATE)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (vmsa && !(guest->policy & POLICY_ES))
		return SEVTRACE_PSP_UNSUPPORTED;
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	if (buf.address % (vmsa ? PSP_PAGE_SIZE : 16))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (!buf.len || buf.len % 16)
		return SEVTRACE_PSP_INVALID_LEN;
	status = check_writable(firmware, buf.address, buf.len);
	if (status)
		return status;
	if (!memory_encrypt(firmware, guest, buf.address, buf.len, guest->sha))
		return SEVTRACE_PSP_HWSEV_RET_UNSAFE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_launch_update_data(struct firmware *firmware, struct command *command)
{
	return update(firmware, command, false);
}

uint32_t sev_launch_update_vmsa(struct firmware *firmware, struct command *command)
{
	return update(firmware, command, true);
}

static bool measure(const struct firmware *firmware, struct guest *guest,
		    struct launch_measurement *out)
{
	const uint8_t head[] = { MEASURE_CONTEXT, firmware->platform.api_major,
				 firmware->platform.api_minor, PSP_BUILD };
	uint32_t policy = (uint32_t)guest->policy;
	const struct crypto_piece piece[] = {
		{ head, sizeof(head) },
		{ &policy, sizeof(policy) },
		{ guest->digest, SHA256_SIZE },
		{ out->mnonce, sizeof(out->mnonce) },
	};

	if (!sha256_final(guest->sha, guest->digest) ||
	    !psp_guest_key(firmware->root, "mnonce", guest->id, out->mnonce, sizeof(out->mnonce)) ||
	    !crypto_hmac(guest->tik, sizeof(guest->tik), piece, sizeof(piece) / sizeof(piece[0]),
			 out->measure))
		return false;
	memcpy(guest->measure, out->measure, sizeof(guest->measure));
	return true;
}

static void detail_digest(struct command *command, const struct guest *guest)
{
	memcpy(command->detail.digest, guest->digest, SHA256_SIZE);
	command->detail.digest_len = SHA256_SIZE;
}

uint32_t sev_launch_measure(struct firmware *firmware, struct command *command)
{
	struct launch_measurement out;
	struct buf_launch_update buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->state != GSTATE_LUPDATE)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (buf.len < sizeof(out)) {
		buf.len = sizeof(out);
		memcpy(command->bytes, &buf, sizeof(buf));
		return SEVTRACE_PSP_INVALID_LEN;
	}
	status = check_writable(firmware, buf.address, buf.len);
	if (status)
		return status;
	if (!measure(firmware, guest, &out))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	write_out(firmware, buf.address, &out, sizeof(out));
	detail_digest(command, guest);
	guest->state = GSTATE_LSECRET;
	return SEVTRACE_PSP_SUCCESS;
}

/* Checks the packet's MAC and stores its decrypted data in guest memory. */
static uint32_t store_secret(struct firmware *firmware, struct guest *guest,
			     const struct buf_launch_secret *buf)
{
	uint8_t context = SECRET_CONTEXT, *data = firmware->scratch;
	struct packet_header header;
	const struct crypto_piece piece[] = {
		{ &context, sizeof(context) },
		{ &header.flags, sizeof(header.flags) },
		{ header.iv, sizeof(header.iv) },
		{ &buf->guest_len, sizeof(buf->guest_len) },
		{ &buf->trans_len, sizeof(buf->trans_len) },
		{ data, buf->trans_len },
		{ guest->measure, sizeof(guest->measure) },
	};
	uint8_t mac[SHA256_SIZE];

	if (!ram_read(firmware->ram, buf->hdr_address, &header, sizeof(header)) ||
	    !ram_read(firmware->ram, buf->trans_address, data, buf->trans_len))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (!crypto_hmac(guest->tik, sizeof(guest->tik), piece, sizeof(piece) / sizeof(piece[0]),
			 mac))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	if (!crypto_equal(mac, header.mac, sizeof(mac)))
		return SEVTRACE_PSP_BAD_MEASUREMENT;
	if (header.flags & PACKET_COMPRESSED)
		return SEVTRACE_PSP_UNSUPPORTED;
	if (!crypto_ctr(guest->tek, header.iv, data, buf->trans_len) ||
	    !memory_store(firmware, guest, buf->guest_address, data, buf->guest_len))
		return SEVTRACE_PSP_HWSEV_RET_UNSAFE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_launch_secret(struct firmware *firmware, struct command *command)
{
	struct buf_launch_secret buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.guest_address, buf.guest_len);
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (buf.guest_address % 16)
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (buf.hdr_len != sizeof(struct packet_header) || !buf.guest_len || buf.guest_len % 16 ||
	    buf.guest_len > LAUNCH_SECRET_MAX || buf.guest_len != buf.trans_len)
		return SEVTRACE_PSP_INVALID_LEN;
	if (guest->state != GSTATE_LSECRET)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	status = check_writable(firmware, buf.guest_address, buf.guest_len);
	return status ? status : store_secret(firmware, guest, &buf);
}

uint32_t sev_launch_finish(struct firmware *firmware, struct command *command)
{
	struct buf_handle buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->state != GSTATE_LSECRET)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	detail_digest(command, guest);
	OPENSSL_cleanse(guest->tek, sizeof(guest->tek));
	OPENSSL_cleanse(guest->tik, sizeof(guest->tik));
	guest->state = GSTATE_RUNNING;
	return SEVTRACE_PSP_SUCCESS;
}
