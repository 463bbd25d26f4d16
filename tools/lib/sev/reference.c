// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources: Linux 6.12 arch/x86/kvm/svm/sev.c, drivers/crypto/ccp/sev-dev.c and
 * Documentation/virt/kvm/x86/amd-memory-encryption.rst; SEV API specification (AMD 55766) rev.
 * 3.24, chapters 5 to 7; SEV-SNP firmware ABI (AMD 56860) rev. 1.57, chapter 8: the commands' own
 * sections.
 */
#include "sev/reference.h"
#include "util/array.h"

#include <stdbool.h>

#include <linux/types.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>

#define STEP(id) (1U << SEVTRACE_STEP_##id)
#define POPULATE                                                                                 \
	(STEP(GET_PAGE) | STEP(CHECK_ATTRS) | STEP(RMP_LOOKUP) | STEP(COPY) | STEP(RMP_UPDATE) | \
	 STEP(PSP) | STEP(RECLAIM) | STEP(RELEASE))

/* clang-format off */
static const struct ioctl_fact ioctl_facts[] = {
	{ SEVTRACE_KVM_SEV_INIT, 0, "make a default VM a SEV guest: take an ASID, initialise the platform", { 0 } },
	{ SEVTRACE_KVM_SEV_ES_INIT, 0, "make a default VM a SEV-ES guest: take an ASID, initialise the platform", { 0 } },
	{ SEVTRACE_KVM_SEV_LAUNCH_START, 0, "make the guest's context in the firmware and bind it to its ASID",
	  { SEVTRACE_CMD_LAUNCH_START, SEVTRACE_CMD_ACTIVATE } },
	{ SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, STEP(ATTRIBUTES) | STEP(PIN) | STEP(GET_PAGE) | STEP(COPY) | STEP(CLFLUSH) | STEP(PSP) | STEP(RELEASE) | STEP(UNPIN), "measure and encrypt memory of the guest",
	  { SEVTRACE_CMD_LAUNCH_UPDATE_DATA } },
	{ SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, STEP(VMSA_SYNC) | STEP(CLFLUSH) | STEP(PSP), "measure and encrypt the save area of every vCPU", { SEVTRACE_CMD_LAUNCH_UPDATE_VMSA } },
	{ SEVTRACE_KVM_SEV_LAUNCH_SECRET, STEP(PIN) | STEP(CLFLUSH) | STEP(PSP) | STEP(UNPIN), "put the guest owner's secret into the guest", { SEVTRACE_CMD_LAUNCH_UPDATE_SECRET } },
	{ SEVTRACE_KVM_SEV_LAUNCH_MEASURE, 0, "get the launch measurement", { SEVTRACE_CMD_LAUNCH_MEASURE } },
	{ SEVTRACE_KVM_SEV_LAUNCH_FINISH, 0, "end the launch: the guest can run", { SEVTRACE_CMD_LAUNCH_FINISH } },
	{ SEVTRACE_KVM_SEV_SEND_START, 0, "start to send the guest to another host", { SEVTRACE_CMD_SEND_START } },
	{ SEVTRACE_KVM_SEV_SEND_UPDATE_DATA, STEP(PIN) | STEP(UNPIN), "send a page", { SEVTRACE_CMD_SEND_UPDATE_DATA } },
	{ SEVTRACE_KVM_SEV_SEND_UPDATE_VMSA, 0, "send a save area (not in Linux)", { SEVTRACE_CMD_SEND_UPDATE_VMSA } },
	{ SEVTRACE_KVM_SEV_SEND_FINISH, 0, "end sending", { SEVTRACE_CMD_SEND_FINISH } },
	{ SEVTRACE_KVM_SEV_RECEIVE_START, 0, "start to receive a guest",
	  { SEVTRACE_CMD_RECEIVE_START, SEVTRACE_CMD_ACTIVATE } },
	{ SEVTRACE_KVM_SEV_RECEIVE_UPDATE_DATA, STEP(PIN) | STEP(CLFLUSH) | STEP(UNPIN), "receive a page",
	  { SEVTRACE_CMD_RECEIVE_UPDATE_DATA } },
	{ SEVTRACE_KVM_SEV_RECEIVE_UPDATE_VMSA, 0, "receive a save area (not in Linux)",
	  { SEVTRACE_CMD_RECEIVE_UPDATE_VMSA } },
	{ SEVTRACE_KVM_SEV_RECEIVE_FINISH, 0, "end receiving", { SEVTRACE_CMD_RECEIVE_FINISH } },
	{ SEVTRACE_KVM_SEV_GUEST_STATUS, 0, "read the guest's state", { SEVTRACE_CMD_GUEST_STATUS } },
	{ SEVTRACE_KVM_SEV_DBG_DECRYPT, STEP(PIN) | STEP(UNPIN), "decrypt guest memory for a debugger",
	  { SEVTRACE_CMD_DBG_DECRYPT } },
	{ SEVTRACE_KVM_SEV_DBG_ENCRYPT, STEP(PIN) | STEP(UNPIN), "encrypt guest memory for a debugger",
	  { SEVTRACE_CMD_DBG_ENCRYPT } },
	{ SEVTRACE_KVM_SEV_CERT_EXPORT, 0, "export certificates (not in Linux)", { 0 } },
	{ SEVTRACE_KVM_SEV_GET_ATTESTATION_REPORT, 0, "get a signed report on the guest",
	  { SEVTRACE_CMD_ATTESTATION_REPORT } },
	{ SEVTRACE_KVM_SEV_SEND_CANCEL, 0, "give up sending", { SEVTRACE_CMD_SEND_CANCEL } },
	{ SEVTRACE_KVM_SEV_INIT2, 0, "make a VM of a SEV type a guest: take an ASID, initialise the platform", { 0 } },
	{ SEVTRACE_KVM_SEV_SNP_LAUNCH_START, 0, "make the SNP guest's context in the firmware and bind it to its ASID",
	  { SEVTRACE_CMD_SNP_GCTX_CREATE, SEVTRACE_CMD_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_ACTIVATE } },
	{ SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, POPULATE, "fill, measure and encrypt private pages, one command each", { SEVTRACE_CMD_SNP_LAUNCH_UPDATE, SEVTRACE_CMD_SNP_PAGE_RECLAIM } },
	{ SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, STEP(VMSA_SYNC) | STEP(RMP_UPDATE) | STEP(PSP) | STEP(RECLAIM), "measure every vCPU's save area, check the ID block, end the launch",
	  { SEVTRACE_CMD_SNP_LAUNCH_UPDATE, SEVTRACE_CMD_SNP_LAUNCH_FINISH } },
	{ SEVTRACE_KVM_SEV_SNP_ENABLE_REQ_CERTS, 0, "have KVM ask the VMM for certificates when the guest asks for a report", { 0 } },
	{ SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION, STEP(PIN) | STEP(CLFLUSH), "pin guest memory, as SEV and SEV-ES guests need it", { 0 } },
	{ SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION, STEP(WRITEBACK) | STEP(UNPIN), "write caches back and unpin guest memory", { 0 } },
	{ SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, STEP(ATTRIBUTES), "mark guest pages private or shared", { 0 } },
	{ SEVTRACE_KVM_CREATE_VM, 0, "create a VM of a SEV type; recorded when KVM refuses it", { 0 } },
	{ SEVTRACE_KVM_SET_USER_MEMORY_REGION, 0, "set a memory slot of the VM; recorded when KVM refuses it", { 0 } },
	{ SEVTRACE_KVM_SET_USER_MEMORY_REGION2, 0, "set a memory slot, with guest_memfd behind it; recorded when KVM refuses it", { 0 } },
};

#define CHECK(command, status, text) { SEVTRACE_CMD_##command, SEVTRACE_PSP_##status, text },
#define GUEST_CHECKS(command) \
	CHECK(command, INVALID_PLATFORM_STATE, "the platform is not initialised, or has no guests") \
	CHECK(command, INVALID_GUEST, "no guest has this handle")
#define SNP_CHECKS(command) \
	CHECK(command, INVALID_PARAM, "a reserved bit is set") \
	CHECK(command, INVALID_PLATFORM_STATE, "SNP is not initialised") \
	CHECK(command, INVALID_GUEST, "no guest has this context page")

const struct check_fact check_facts[] = {
	CHECK(INIT, INVALID_PLATFORM_STATE, "the platform is initialised already")
	CHECK(INIT, INVALID_CONFIG, "BIOS and processors are not configured alike")
	CHECK(INIT, INVALID_LEN, "the area for SEV-ES (TMR) has a wrong length")
	CHECK(INIT, INVALID_ADDRESS, "the area for SEV-ES (TMR) is not aligned")
	CHECK(INIT, SECURE_DATA_INVALID, "the persistent data is damaged")
	CHECK(INIT, WBINVD_REQUIRED, "caches have not been written back")
	CHECK(INIT_EX, INVALID_PLATFORM_STATE, "the platform is initialised already")
	CHECK(INIT_EX, INVALID_CONFIG, "BIOS and processors are not configured alike")
	CHECK(INIT_EX, INVALID_LEN, "a buffer has a wrong length")
	CHECK(INIT_EX, INVALID_ADDRESS, "a buffer is not aligned")
	CHECK(INIT_EX, SECURE_DATA_INVALID, "the persistent data in the buffer is damaged")
	CHECK(FACTORY_RESET, INVALID_PLATFORM_STATE, "the platform is initialised")
	CHECK(PLATFORM_STATUS, INVALID_ADDRESS, "the buffer is not in memory")
	CHECK(PEK_GEN, INVALID_PLATFORM_STATE, "guests are running, or the platform is not initialised")
	CHECK(PEK_CSR, INVALID_PLATFORM_STATE, "the platform is not initialised")
	CHECK(PEK_CSR, INVALID_LEN, "the buffer is too small")
	CHECK(PEK_CERT_IMPORT, INVALID_PLATFORM_STATE, "guests are running, or the platform is not initialised")
	CHECK(PEK_CERT_IMPORT, ALREADY_OWNED, "the platform has an owner already")
	CHECK(PEK_CERT_IMPORT, INVALID_CERTIFICATE, "the certificate is not well formed")
	CHECK(PEK_CERT_IMPORT, BAD_SIGNATURE, "the owner's key did not sign the certificate")
	CHECK(PDH_CERT_EXPORT, INVALID_LEN, "a buffer is too small")
	CHECK(DF_FLUSH, WBINVD_REQUIRED, "a processor has not written back its caches since an ASID was given up")
	CHECK(DOWNLOAD_FIRMWARE, INVALID_PLATFORM_STATE, "the platform is initialised")
	CHECK(DOWNLOAD_FIRMWARE, BAD_SIGNATURE, "AMD did not sign the image")
	CHECK(DOWNLOAD_FIRMWARE, BAD_SVN, "the image is older than allowed")
	CHECK(DOWNLOAD_FIRMWARE, BAD_VERSION, "the version may not follow the running one")
	CHECK(DOWNLOAD_FIRMWARE, UPDATE_FAILED, "the image could not be loaded")
	CHECK(GET_ID, INVALID_LEN, "the buffer is too small")

	GUEST_CHECKS(DECOMMISSION)
	CHECK(DECOMMISSION, ACTIVE, "the guest is bound to an ASID")
	GUEST_CHECKS(ACTIVATE)
	CHECK(ACTIVATE, INVALID_ASID, "the ASID is not one for this type of guest")
	CHECK(ACTIVATE, ASID_OWNED, "another guest has the ASID")
	CHECK(ACTIVATE, ACTIVE, "the guest has an ASID already")
	CHECK(ACTIVATE, DFFLUSH_REQUIRED, "the ASID was used before and DF_FLUSH has not run since")
	GUEST_CHECKS(DEACTIVATE)
	CHECK(DEACTIVATE, INACTIVE, "the guest has no ASID")
	CHECK(LAUNCH_START, INVALID_PLATFORM_STATE, "the platform is not initialised")
	CHECK(LAUNCH_START, INVALID_GUEST, "no guest has the handle to share keys with")
	CHECK(LAUNCH_START, POLICY_FAILURE, "the policy needs a newer firmware, forbids sharing keys, or differs from that of the guest to share keys with")
	CHECK(LAUNCH_START, UNSUPPORTED, "the policy needs SEV-ES and the platform was initialised without it")
	CHECK(LAUNCH_START, INVALID_LEN, "session or certificate have a wrong length")
	CHECK(LAUNCH_START, INVALID_CERTIFICATE, "the guest owner's certificate is not well formed")
	CHECK(LAUNCH_START, BAD_MEASUREMENT, "session or policy do not match their MACs: made for another host, certificate or policy")
	CHECK(LAUNCH_START, RESOURCE_LIMIT, "no room for another guest")
	GUEST_CHECKS(LAUNCH_UPDATE_DATA)
	CHECK(LAUNCH_UPDATE_DATA, INVALID_GUEST_STATE, "the launch was not started, or was measured already")
	CHECK(LAUNCH_UPDATE_DATA, INACTIVE, "the guest has no ASID")
	CHECK(LAUNCH_UPDATE_DATA, INVALID_LEN, "not a multiple of 16 bytes")
	CHECK(LAUNCH_UPDATE_DATA, INVALID_ADDRESS, "not aligned to 16 bytes, or no memory")
	GUEST_CHECKS(LAUNCH_UPDATE_VMSA)
	CHECK(LAUNCH_UPDATE_VMSA, INVALID_GUEST_STATE, "the launch was not started, or was measured already")
	CHECK(LAUNCH_UPDATE_VMSA, INACTIVE, "the guest has no ASID")
	CHECK(LAUNCH_UPDATE_VMSA, UNSUPPORTED, "the guest's policy is not one of SEV-ES")
	CHECK(LAUNCH_UPDATE_VMSA, INVALID_LEN, "not 4096 bytes")
	CHECK(LAUNCH_UPDATE_VMSA, INVALID_ADDRESS, "not aligned to a page, or no memory")
	GUEST_CHECKS(LAUNCH_MEASURE)
	CHECK(LAUNCH_MEASURE, INVALID_GUEST_STATE, "the launch was not started, or was measured already")
	CHECK(LAUNCH_MEASURE, INVALID_LEN, "the buffer is too small: VMMs ask so for the length")
	GUEST_CHECKS(LAUNCH_UPDATE_SECRET)
	CHECK(LAUNCH_UPDATE_SECRET, INVALID_GUEST_STATE, "the launch was not measured, or is finished")
	CHECK(LAUNCH_UPDATE_SECRET, INACTIVE, "the guest has no ASID")
	CHECK(LAUNCH_UPDATE_SECRET, INVALID_LEN, "not a multiple of 16 bytes, or over 16 KiB")
	CHECK(LAUNCH_UPDATE_SECRET, INVALID_ADDRESS, "not aligned, or no memory")
	CHECK(LAUNCH_UPDATE_SECRET, BAD_MEASUREMENT, "the packet was made for another measurement or session")
	GUEST_CHECKS(LAUNCH_FINISH)
	CHECK(LAUNCH_FINISH, INVALID_GUEST_STATE, "the launch was not measured, or is finished")
	GUEST_CHECKS(ATTESTATION_REPORT)
	CHECK(ATTESTATION_REPORT, INVALID_GUEST_STATE, "the launch was not measured")
	CHECK(ATTESTATION_REPORT, INVALID_LEN, "the buffer is too small: VMMs ask so for the length")
	GUEST_CHECKS(DBG_DECRYPT)
	CHECK(DBG_DECRYPT, POLICY_FAILURE, "the guest's policy forbids debugging")
	CHECK(DBG_DECRYPT, INACTIVE, "the guest has no ASID")
	CHECK(DBG_DECRYPT, INVALID_LEN, "not a multiple of 16 bytes")
	CHECK(DBG_DECRYPT, INVALID_ADDRESS, "not aligned, or no memory")
	GUEST_CHECKS(DBG_ENCRYPT)
	CHECK(DBG_ENCRYPT, POLICY_FAILURE, "the guest's policy forbids debugging")
	CHECK(DBG_ENCRYPT, INACTIVE, "the guest has no ASID")
	CHECK(DBG_ENCRYPT, INVALID_LEN, "not a multiple of 16 bytes")
	CHECK(DBG_ENCRYPT, INVALID_ADDRESS, "not aligned, or no memory")
	GUEST_CHECKS(SEND_START)
	CHECK(SEND_START, INVALID_GUEST_STATE, "the guest is not running")
	CHECK(SEND_START, POLICY_FAILURE, "the guest's policy forbids sending it there")
	CHECK(SEND_START, INVALID_CERTIFICATE, "a certificate of the target is not valid")
	CHECK(SEND_START, BAD_SIGNATURE, "a certificate of the target does not verify")
	CHECK(RECEIVE_START, BAD_MEASUREMENT, "the session was made for another host")
	CHECK(RECEIVE_START, POLICY_FAILURE, "the policy needs a newer firmware, or forbids sharing keys")
	CHECK(RECEIVE_START, RESOURCE_LIMIT, "no room for another guest")
	CHECK(RECEIVE_UPDATE_DATA, BAD_MEASUREMENT, "the packet is damaged or out of order")
	CHECK(RECEIVE_FINISH, BAD_MEASUREMENT, "a packet is missing")

	CHECK(SNP_INIT, INVALID_PLATFORM_STATE, "SEV or SNP is initialised already")
	CHECK(SNP_INIT, INVALID_CONFIG, "SNP is not enabled alike on every processor and IOMMU, or the RMP is not set up")
	CHECK(SNP_INIT_EX, INVALID_PARAM, "a reserved bit is set, or the list of ranges is not valid")
	CHECK(SNP_INIT_EX, INVALID_PLATFORM_STATE, "SEV or SNP is initialised already")
	CHECK(SNP_INIT_EX, INVALID_CONFIG, "SNP is not enabled alike on every processor and IOMMU, or the RMP is not set up")
	CHECK(SNP_INIT_EX, RMP_INIT_REQUIRED, "the RMP was not to be set up, and is not")
	CHECK(SNP_INIT_EX, RMP_INITIALIZATION_FAILED, "the RMP could not be set up")
	CHECK(SNP_INIT_EX, INVALID_ADDRESS, "a range is not aligned to pages")
	CHECK(SNP_SHUTDOWN_EX, DFFLUSH_REQUIRED, "SNP_DF_FLUSH has not run since the last guest ended")
	CHECK(SNP_SHUTDOWN_EX, SHUTDOWN_INCOMPLETE, "a processor or IOMMU has not left SNP yet")
	CHECK(SNP_DF_FLUSH, WBINVD_REQUIRED, "a processor has not written back its caches since an ASID was given up")
	CHECK(SNP_PLATFORM_STATUS, INVALID_ADDRESS, "the buffer is not in memory")
	CHECK(SNP_GCTX_CREATE, INVALID_PARAM, "a reserved bit is set")
	CHECK(SNP_GCTX_CREATE, INVALID_PLATFORM_STATE, "SNP is not initialised")
	CHECK(SNP_GCTX_CREATE, INVALID_ADDRESS, "the page is not in memory")
	CHECK(SNP_GCTX_CREATE, INVALID_PAGE_STATE, "the page is not the firmware's in the RMP")
	CHECK(SNP_GCTX_CREATE, INVALID_PAGE_SIZE, "the page is part of a 2M page in the RMP")
	CHECK(SNP_GCTX_CREATE, RESOURCE_LIMIT, "no room for another guest")
	SNP_CHECKS(SNP_DECOMMISSION)
	SNP_CHECKS(SNP_ACTIVATE)
	CHECK(SNP_ACTIVATE, INVALID_GUEST_STATE, "the guest is neither launching nor running")
	CHECK(SNP_ACTIVATE, INVALID_CONFIG, "a page in the RMP still has the ASID")
	CHECK(SNP_ACTIVATE, INVALID_ASID, "the ASID is not one for SEV-ES and SNP")
	CHECK(SNP_ACTIVATE, ASID_OWNED, "another guest has the ASID")
	CHECK(SNP_ACTIVATE, ACTIVE, "the guest has an ASID already")
	CHECK(SNP_ACTIVATE, DFFLUSH_REQUIRED, "the ASID was used before and SNP_DF_FLUSH has not run since")
	SNP_CHECKS(SNP_LAUNCH_START)
	CHECK(SNP_LAUNCH_START, INVALID_GUEST_STATE, "the launch was started already")
	CHECK(SNP_LAUNCH_START, POLICY_FAILURE, "the policy needs a newer firmware, forbids SMT while it is on, or has a reserved bit")
	SNP_CHECKS(SNP_LAUNCH_UPDATE)
	CHECK(SNP_LAUNCH_UPDATE, INVALID_PAGE_STATE, "the page is not in the pre-guest state in the RMP")
	CHECK(SNP_LAUNCH_UPDATE, INVALID_PAGE_SIZE, "the page's size in the RMP is not the command's")
	CHECK(SNP_LAUNCH_UPDATE, INVALID_ADDRESS, "a 2M page is not aligned")
	CHECK(SNP_LAUNCH_UPDATE, INVALID_PARAM, "the page type is not known")
	CHECK(SNP_LAUNCH_UPDATE, INVALID_GUEST_STATE, "the guest is not launching")
	CHECK(SNP_LAUNCH_UPDATE, INACTIVE, "the guest has no ASID")
	CHECK(SNP_LAUNCH_UPDATE, INVALID_PAGE_OWNER, "the page has another ASID in the RMP")
	CHECK(SNP_LAUNCH_UPDATE, INVALID_PARAM, "CPUID page: a value is not allowed; the firmware leaves the page unencrypted, with what it allows")
	SNP_CHECKS(SNP_LAUNCH_FINISH)
	CHECK(SNP_LAUNCH_FINISH, INVALID_GUEST_STATE, "the guest is not launching")
	CHECK(SNP_LAUNCH_FINISH, INACTIVE, "the guest has no ASID")
	CHECK(SNP_LAUNCH_FINISH, BAD_MEASUREMENT, "the launch digest is not the ID block's")
	CHECK(SNP_LAUNCH_FINISH, POLICY_FAILURE, "the guest's policy is not the ID block's")
	CHECK(SNP_LAUNCH_FINISH, INVALID_PARAM, "a key's algorithm is not ECDSA P-384 with SHA-384")
	CHECK(SNP_LAUNCH_FINISH, BAD_SIGNATURE, "the ID block or the ID key is not signed by the key given")
	SNP_CHECKS(SNP_GUEST_STATUS)
	SNP_CHECKS(SNP_GUEST_REQUEST)
	CHECK(SNP_GUEST_REQUEST, INVALID_GUEST_STATE, "the guest is not running")
	CHECK(SNP_GUEST_REQUEST, BAD_MEASUREMENT, "the message does not authenticate")
	CHECK(SNP_GUEST_REQUEST, AEAD_OFLOW, "the guest's message numbers are used up")
	CHECK(SNP_GUEST_REQUEST, INVALID_KEY, "the message asks for a key that the firmware does not have")
	SNP_CHECKS(SNP_DBG_DECRYPT)
	CHECK(SNP_DBG_DECRYPT, POLICY_FAILURE, "the guest's policy forbids debugging")
	CHECK(SNP_DBG_DECRYPT, INVALID_PAGE_OWNER, "the page has another ASID in the RMP")
	SNP_CHECKS(SNP_DBG_ENCRYPT)
	CHECK(SNP_DBG_ENCRYPT, POLICY_FAILURE, "the guest's policy forbids debugging")
	CHECK(SNP_DBG_ENCRYPT, INVALID_PAGE_OWNER, "the page has another ASID in the RMP")
	CHECK(SNP_PAGE_RECLAIM, INVALID_PARAM, "a reserved bit is set")
	CHECK(SNP_PAGE_RECLAIM, INVALID_PLATFORM_STATE, "SNP is not initialised")
	CHECK(SNP_PAGE_RECLAIM, INVALID_ADDRESS, "the page is not aligned, or no memory")
	CHECK(SNP_PAGE_RECLAIM, INVALID_PAGE_STATE, "the page is not in a state that can be taken back")
	CHECK(SNP_PAGE_RECLAIM, INVALID_PAGE_SIZE, "the page's size in the RMP is not the command's")
	CHECK(SNP_PAGE_SWAP_IN, INVALID_MDATA_ENTRY, "the metadata entry was used up or belongs to another page")
	CHECK(SNP_CONFIG, INVALID_PARAM, "the TCB is above the running one, or a reserved bit is set")
	CHECK(SNP_DOWNLOAD_FIRMWARE_EX, BAD_SIGNATURE, "AMD did not sign the image")
	CHECK(SNP_DOWNLOAD_FIRMWARE_EX, BAD_SVN, "the image is older than the committed one")
	CHECK(SNP_DOWNLOAD_FIRMWARE_EX, BAD_VERSION, "the version may not follow the running one")
	CHECK(SNP_DOWNLOAD_FIRMWARE_EX, SHUTDOWN_REQUIRED, "the image needs SEV and SNP shut down")
	CHECK(SNP_DOWNLOAD_FIRMWARE_EX, UPDATE_FAILED, "the image could not be loaded; the old one goes on")
	CHECK(SNP_DOWNLOAD_FIRMWARE_EX, RESTORE_REQUIRED, "the image could not be loaded; the old one has to be loaded again")
	CHECK(SNP_COMMIT, INVALID_PARAM, "the buffer has a wrong length")
	CHECK(SNP_VLEK_LOAD, INVALID_PARAM, "the buffer has a wrong length or version")
	CHECK(SNP_VLEK_LOAD, BAD_MEASUREMENT, "the key was wrapped for another processor")
};

/* Who issues the commands that no KVM ioctl issues. */
static const struct {
	uint16_t first, last;
	const char *text;
} issuers[] = {
	{ SEVTRACE_CMD_INIT, SEVTRACE_CMD_SHUTDOWN, "ccp, when kvm_amd loads or the first SEV guest is made, and unloads" },
	{ SEVTRACE_CMD_FACTORY_RESET, SEVTRACE_CMD_PDH_GEN, "programs by /dev/sev, such as sevctl" },
	{ SEVTRACE_CMD_DF_FLUSH, SEVTRACE_CMD_DF_FLUSH, "ccp after INIT, and KVM when the free ASIDs are used up" },
	{ SEVTRACE_CMD_DOWNLOAD_FIRMWARE, SEVTRACE_CMD_DOWNLOAD_FIRMWARE, "ccp when it loads, with an image of linux-firmware" },
	{ SEVTRACE_CMD_GET_ID, SEVTRACE_CMD_GET_ID, "programs by /dev/sev, such as sevctl and QEMU" },
	{ SEVTRACE_CMD_INIT_EX, SEVTRACE_CMD_INIT_EX, "ccp in place of INIT, when its parameter init_ex_path is set" },
	{ SEVTRACE_CMD_DECOMMISSION, SEVTRACE_CMD_DECOMMISSION, "KVM when a guest ends or its launch fails" },
	{ SEVTRACE_CMD_DEACTIVATE, SEVTRACE_CMD_DEACTIVATE, "KVM when a guest ends or its launch fails" },
	{ SEVTRACE_CMD_SNP_INIT, SEVTRACE_CMD_SNP_INIT, "ccp when kvm_amd loads, with firmware before 1.52" },
	{ SEVTRACE_CMD_SNP_PLATFORM_STATUS, SEVTRACE_CMD_SNP_PLATFORM_STATUS, "KVM when it loads, programs by /dev/sev" },
	{ SEVTRACE_CMD_SNP_DF_FLUSH, SEVTRACE_CMD_SNP_DF_FLUSH, "ccp after SNP_INIT_EX, and KVM when the free ASIDs are used up" },
	{ SEVTRACE_CMD_SNP_INIT_EX, SEVTRACE_CMD_SNP_SHUTDOWN_EX, "ccp when kvm_amd loads, and unloads" },
	{ SEVTRACE_CMD_SNP_DECOMMISSION, SEVTRACE_CMD_SNP_DECOMMISSION, "KVM when a guest ends or its launch fails" },
	{ SEVTRACE_CMD_SNP_GUEST_REQUEST, SEVTRACE_CMD_SNP_GUEST_REQUEST, "KVM for a running guest" },
	{ SEVTRACE_CMD_SNP_CONFIG, SEVTRACE_CMD_SNP_CONFIG, "programs by /dev/sev, such as snphost" },
	{ SEVTRACE_CMD_SNP_COMMIT, SEVTRACE_CMD_SNP_VLEK_LOAD, "programs by /dev/sev, such as snphost" },
};
/* clang-format on */

const size_t nr_check_facts = ARRAY_SIZE(check_facts);

const struct ioctl_fact *ioctl_fact(uint32_t ioctl)
{
	for (size_t i = 0; i < ARRAY_SIZE(ioctl_facts); i++)
		if (ioctl_facts[i].ioctl == ioctl)
			return &ioctl_facts[i];
	return NULL;
}

const char *psp_command_document(uint32_t command)
{
	if (command >= SEVTRACE_CMD_TIO_STATUS)
		return "SEV-TIO firmware interface specification (AMD 58271)";
	if (command >= SEVTRACE_CMD_SNP_INIT)
		return "SEV-SNP firmware ABI specification (AMD 56860), chapter 8";
	if (command >= SEVTRACE_CMD_DBG_DECRYPT)
		return "SEV API specification (AMD 55766), chapter 7";
	if (command >= SEVTRACE_CMD_DECOMMISSION)
		return "SEV API specification (AMD 55766), chapter 6";
	return "SEV API specification (AMD 55766), chapter 5";
}

const char *psp_command_issuer(uint32_t command)
{
	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++)
		if (command >= issuers[i].first && command <= issuers[i].last)
			return issuers[i].text;
	return NULL;
}

size_t facts_commands_answering(uint32_t status, uint32_t *commands, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < nr_check_facts && count < max; i++) {
		if (check_facts[i].status != status)
			continue;
		/* all rows of a command stand together */
		if (!count || commands[count - 1] != check_facts[i].command)
			commands[count++] = check_facts[i].command;
	}
	return count;
}

static bool issues(const struct ioctl_fact *fact, uint32_t command)
{
	for (size_t i = 0; i < FACT_COMMANDS && fact->commands[i]; i++)
		if (fact->commands[i] == command)
			return true;
	return false;
}

size_t facts_ioctls_issuing(uint32_t command, uint32_t *ioctls, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ioctl_facts) && count < max; i++)
		if (issues(&ioctl_facts[i], command))
			ioctls[count++] = ioctl_facts[i].ioctl;
	return count;
}

size_t facts_ioctls_taking(uint32_t step, uint32_t *ioctls, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ioctl_facts) && count < max; i++)
		if (ioctl_facts[i].steps & (1U << step))
			ioctls[count++] = ioctl_facts[i].ioctl;
	return count;
}
