/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PSP's commands and status codes. All parts of sevtrace use these lists.
 *
 * The lists are the tool's own and do not come from the build host's <linux/psp-sev.h>: headers
 * near Linux 6.7 numbered the SNP page codes wrongly, and older ones lack newer codes. A code that
 * is in no list is printed as raw hexadecimal.
 *
 * Sources: SEV API specification rev. 3.24 tables 5 (commands) and 6 (status codes); SEV-SNP
 * firmware ABI rev. 1.57 tables "Command Identifiers" and "Status Codes"; Linux
 * include/uapi/linux/psp-sev.h.
 */
#ifndef SEVTRACE_PSP_H
#define SEVTRACE_PSP_H

/* Status of a command that was never sent to the PSP (SEV_RET_NO_FW_CALL in Linux). */
#define SEVTRACE_PSP_NO_FW_CALL 0xffffffffU

/* clang-format off */
/* X(code, name without SEV_RET_, meaning) */
#define SEVTRACE_PSP_STATUSES(X) \
	X(0x00, SUCCESS, "the command succeeded") \
	X(0x01, INVALID_PLATFORM_STATE, "the platform is in the wrong state for the command") \
	X(0x02, INVALID_GUEST_STATE, "the guest is in the wrong state for the command") \
	X(0x03, INVALID_CONFIG, "the BIOS, an MSR or the CPU is configured wrongly") \
	X(0x04, INVALID_LEN, "a buffer has the wrong length") \
	X(0x05, ALREADY_OWNED, "the platform already has an owner") \
	X(0x06, INVALID_CERTIFICATE, "a certificate is not valid") \
	X(0x07, POLICY_FAILURE, "the guest policy forbids it") \
	X(0x08, INACTIVE, "the guest has not been activated") \
	X(0x09, INVALID_ADDRESS, "an address is not valid") \
	X(0x0a, BAD_SIGNATURE, "a signature does not verify") \
	X(0x0b, BAD_MEASUREMENT, "a measurement does not match") \
	X(0x0c, ASID_OWNED, "the ASID belongs to another guest") \
	X(0x0d, INVALID_ASID, "the ASID is out of range") \
	X(0x0e, WBINVD_REQUIRED, "WBINVD has to run first") \
	X(0x0f, DFFLUSH_REQUIRED, "DF_FLUSH has to run first") \
	X(0x10, INVALID_GUEST, "the guest handle or context is not valid") \
	X(0x11, INVALID_COMMAND, "the firmware does not know the command") \
	X(0x12, ACTIVE, "the guest is still active") \
	X(0x13, HWSEV_RET_PLATFORM, "hardware error, safe to go on") \
	X(0x14, HWSEV_RET_UNSAFE, "hardware error, not safe to go on") \
	X(0x15, UNSUPPORTED, "the feature is not supported") \
	X(0x16, INVALID_PARAM, "a parameter is not valid (decimal 22, but not EINVAL)") \
	X(0x17, RESOURCE_LIMIT, "the firmware ran out of a resource") \
	X(0x18, SECURE_DATA_INVALID, "the non-volatile data failed its integrity check") \
	X(0x19, INVALID_PAGE_SIZE, "the RMP page size does not match") \
	X(0x1a, INVALID_PAGE_STATE, "the RMP page state does not match") \
	X(0x1b, INVALID_MDATA_ENTRY, "a swap metadata entry is not valid") \
	X(0x1c, INVALID_PAGE_OWNER, "the page belongs to another ASID in the RMP") \
	X(0x1d, AEAD_OFLOW, "the AEAD counter would overflow") \
	X(0x1f, EXIT_RING_BUFFER, "the ring buffer mode was left") \
	X(0x20, RMP_INIT_REQUIRED, "the RMP has to be initialised first") \
	X(0x21, BAD_SVN, "the security version is too low") \
	X(0x22, BAD_VERSION, "the version is not accepted") \
	X(0x23, SHUTDOWN_REQUIRED, "the platform has to be shut down first") \
	X(0x24, UPDATE_FAILED, "the firmware update failed") \
	X(0x25, RESTORE_REQUIRED, "the firmware has to be restored first") \
	X(0x26, RMP_INITIALIZATION_FAILED, "the RMP could not be initialised") \
	X(0x27, INVALID_KEY, "a key is not valid") \
	X(0x28, SHUTDOWN_INCOMPLETE, "the shutdown is not complete") \
	X(0x30, INCORRECT_BUFFER_LENGTH, "a buffer has the wrong length") \
	X(0x31, EXPAND_BUFFER_LENGTH_REQUEST, "a buffer has to grow") \
	X(0x32, SPDM_REQUEST, "the firmware asks for an SPDM exchange") \
	X(0x33, SPDM_ERROR, "the SPDM exchange failed") \
	X(0x35, ERR_IN_DEV_CONN, "the device connection failed") \
	X(0x36, INVALID_DEV_CTX, "the device context is not valid") \
	X(0x37, INVALID_TDI_CTX, "the TDI context is not valid") \
	X(0x38, INVALID_TDI, "the TDI is not valid") \
	X(0x39, RECLAIM_REQUIRED, "pages have to be reclaimed first") \
	X(0x3a, IN_USE, "the resource is in use") \
	X(0x3b, INVALID_DEV_STATE, "the device is in the wrong state") \
	X(0x3c, INVALID_TDI_STATE, "the TDI is in the wrong state") \
	X(0x3d, DEV_CERT_CHANGED, "the device certificate changed") \
	X(0x3e, RESYNC_REQ, "a resynchronisation is required") \
	X(0x3f, RESPONSE_TOO_LARGE, "the response is too large")

/* X(code, name without SEV_CMD_, what it does) */
#define SEVTRACE_PSP_COMMANDS(X) \
	X(0x001, INIT, "initialise the platform for SEV") \
	X(0x002, SHUTDOWN, "shut the SEV platform down") \
	X(0x003, FACTORY_RESET, "delete all persistent state") \
	X(0x004, PLATFORM_STATUS, "read the platform's state and version") \
	X(0x005, PEK_GEN, "make a new platform endorsement key") \
	X(0x006, PEK_CSR, "make a signing request for the PEK") \
	X(0x007, PEK_CERT_IMPORT, "import a signed PEK certificate") \
	X(0x008, PDH_CERT_EXPORT, "export the platform's Diffie-Hellman certificate") \
	X(0x009, PDH_GEN, "make a new platform Diffie-Hellman key") \
	X(0x00a, DF_FLUSH, "flush the data fabric, for ASID reuse") \
	X(0x00b, DOWNLOAD_FIRMWARE, "replace the firmware") \
	X(0x00c, GET_ID, "read the processor's id") \
	X(0x00d, INIT_EX, "initialise the platform, persistent data in a host buffer") \
	X(0x00e, NOP, "do nothing") \
	X(0x020, DECOMMISSION, "free a guest's firmware context") \
	X(0x021, ACTIVATE, "bind a guest to an ASID") \
	X(0x022, DEACTIVATE, "unbind a guest from its ASID") \
	X(0x023, GUEST_STATUS, "read a guest's state") \
	X(0x024, COPY, "copy an encrypted page") \
	X(0x025, ACTIVATE_EX, "bind a guest to an ASID on some core complexes") \
	X(0x030, LAUNCH_START, "make a guest's firmware context and keys") \
	X(0x031, LAUNCH_UPDATE_DATA, "measure and encrypt memory in place") \
	X(0x032, LAUNCH_UPDATE_VMSA, "measure and encrypt a vCPU's save area") \
	X(0x033, LAUNCH_MEASURE, "return the launch measurement") \
	X(0x034, LAUNCH_UPDATE_SECRET, "inject a secret") \
	X(0x035, LAUNCH_FINISH, "end the launch") \
	X(0x036, ATTESTATION_REPORT, "return a signed report") \
	X(0x040, SEND_START, "start to send a guest") \
	X(0x041, SEND_UPDATE_DATA, "send a page") \
	X(0x042, SEND_UPDATE_VMSA, "send a save area") \
	X(0x043, SEND_FINISH, "end sending") \
	X(0x044, SEND_CANCEL, "give up sending") \
	X(0x050, RECEIVE_START, "start to receive a guest") \
	X(0x051, RECEIVE_UPDATE_DATA, "receive a page") \
	X(0x052, RECEIVE_UPDATE_VMSA, "receive a save area") \
	X(0x053, RECEIVE_FINISH, "end receiving") \
	X(0x060, DBG_DECRYPT, "decrypt guest memory for a debugger") \
	X(0x061, DBG_ENCRYPT, "encrypt guest memory for a debugger") \
	X(0x081, SNP_INIT, "initialise the platform for SNP") \
	X(0x082, SNP_SHUTDOWN, "shut SNP down") \
	X(0x083, SNP_PLATFORM_STATUS, "read the SNP platform's state and version") \
	X(0x084, SNP_DF_FLUSH, "flush the data fabric, for ASID reuse") \
	X(0x085, SNP_INIT_EX, "initialise the platform for SNP, with options") \
	X(0x086, SNP_SHUTDOWN_EX, "shut SNP down, with options") \
	X(0x090, SNP_DECOMMISSION, "free an SNP guest's context") \
	X(0x091, SNP_ACTIVATE, "bind an SNP guest to an ASID") \
	X(0x092, SNP_GUEST_STATUS, "read an SNP guest's state") \
	X(0x093, SNP_GCTX_CREATE, "make an SNP guest context page") \
	X(0x094, SNP_GUEST_REQUEST, "pass a guest's message to the firmware") \
	X(0x095, SNP_ACTIVATE_EX, "bind an SNP guest to an ASID on some core complexes") \
	X(0x0a0, SNP_LAUNCH_START, "make an SNP guest's keys") \
	X(0x0a1, SNP_LAUNCH_UPDATE, "measure and encrypt one page of an SNP guest") \
	X(0x0a2, SNP_LAUNCH_FINISH, "end an SNP launch, check the id block") \
	X(0x0b0, SNP_DBG_DECRYPT, "decrypt an SNP guest's page for a debugger") \
	X(0x0b1, SNP_DBG_ENCRYPT, "encrypt an SNP guest's page for a debugger") \
	X(0x0b2, SNP_VERIFY_MITIGATION, "verify a mitigation") \
	X(0x0c0, SNP_PAGE_SWAP_OUT, "swap a guest page out") \
	X(0x0c1, SNP_PAGE_SWAP_IN, "swap a guest page in") \
	X(0x0c2, SNP_PAGE_MOVE, "move a guest page") \
	X(0x0c3, SNP_PAGE_MD_INIT, "make a metadata page") \
	X(0x0c6, SNP_PAGE_SET_STATE, "change the state of pages") \
	X(0x0c7, SNP_PAGE_RECLAIM, "take a page back from the firmware") \
	X(0x0c8, SNP_PAGE_UNSMASH, "join 4K pages to a 2M page") \
	X(0x0c9, SNP_CONFIG, "set the reported TCB") \
	X(0x0ca, SNP_DOWNLOAD_FIRMWARE_EX, "replace the firmware while guests run") \
	X(0x0cb, SNP_COMMIT, "commit the running firmware") \
	X(0x0cd, SNP_VLEK_LOAD, "load a versioned loaded endorsement key") \
	X(0x0ce, SNP_FEATURE_INFO, "read feature bits") \
	X(0x0d0, TIO_STATUS, "read the trusted I/O state") \
	X(0x0d1, TIO_INIT, "initialise trusted I/O") \
	X(0x0d2, TIO_DEV_CREATE, "make a device context") \
	X(0x0d3, TIO_DEV_RECLAIM, "take a device context back") \
	X(0x0d4, TIO_DEV_CONNECT, "connect a device") \
	X(0x0d5, TIO_DEV_DISCONNECT, "disconnect a device")

/*
 * X(name): the commands by which KVM gives something back, whether user space's request succeeded
 * or failed.
 */
#define SEVTRACE_PSP_CLEANUPS(X) \
	X(DEACTIVATE) \
	X(DECOMMISSION) \
	X(SNP_DECOMMISSION) \
	X(SNP_PAGE_RECLAIM)
/* clang-format on */

#define SEVTRACE_PSP_STATUS_ENUM(code, name, text) SEVTRACE_PSP_##name = (code),
enum sevtrace_psp_status { SEVTRACE_PSP_STATUSES(SEVTRACE_PSP_STATUS_ENUM) };
#undef SEVTRACE_PSP_STATUS_ENUM

#define SEVTRACE_PSP_COMMAND_ENUM(code, name, text) SEVTRACE_CMD_##name = (code),
enum sevtrace_psp_command { SEVTRACE_PSP_COMMANDS(SEVTRACE_PSP_COMMAND_ENUM) };
#undef SEVTRACE_PSP_COMMAND_ENUM

#define SEVTRACE_CASE_COMMAND(name) case SEVTRACE_CMD_##name:
static inline int sevtrace_is_cleanup(unsigned int cmd)
{
	switch (cmd) {
		SEVTRACE_PSP_CLEANUPS(SEVTRACE_CASE_COMMAND)
		return 1;
	default:
		return 0;
	}
}
#undef SEVTRACE_CASE_COMMAND

#endif /* SEVTRACE_PSP_H */
