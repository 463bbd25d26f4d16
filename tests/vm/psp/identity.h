/* SPDX-License-Identifier: GPL-2.0-only */
/* The platform's identity: OCA, PEK, PDH and CEK, their certificates, and their storage. */
#ifndef PSP_IDENTITY_H
#define PSP_IDENTITY_H

#include "firmware.h"

/*
 * TCB version of the firmware: boot loader 3, TEE 0, SNP 20, microcode 209 (ABI table TCB_VERSION).
 */
#define PSP_TCB 0xd114000000000003ULL

/* Makes the keys of a new platform. Returns false if libcrypto fails. */
bool identity_init(struct firmware *firmware);
void identity_free(struct identity *identity);

/*
 * For PEK_GEN (makes a new OCA, PEK and PDH), PDH_GEN and FACTORY_RESET. Return false if libcrypto
 * fails.
 */
bool identity_new_pek(struct firmware *firmware);
bool identity_new_pdh(struct firmware *firmware);

/* Takes over certificates signed by @oca's owner. Returns a status. */
uint32_t identity_import(struct firmware *firmware, const struct sev_cert *pek,
			 const struct sev_cert *oca);

/* Makes the certificate of the chip's key. As on hardware, it lacks AMD's signature. */
void identity_cek_cert(const struct firmware *firmware, struct sev_cert *cert);

/* Makes a certificate request: the PEK certificate without its signatures. */
void identity_csr(const struct firmware *firmware, struct sev_cert *cert);

/*
 * Loads the identity from the NV buffer of INIT_EX, or writes it there; does nothing if @nv_address
 * is 0. A blank buffer makes a new platform. Status: SECURE_DATA_INVALID if the buffer fails its
 * integrity check; the buffer is then erased.
 */
uint32_t identity_load(struct firmware *firmware);
uint32_t identity_save(struct firmware *firmware);

#endif /* PSP_IDENTITY_H */
