/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware: its state, and the execution of one command. This code knows neither the mailbox
 * nor time, so tests can call it directly.
 */
#ifndef PSP_FIRMWARE_H
#define PSP_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sevtrace/psp.h>

#include "abi.h"
#include "crypto.h"
#include "log.h"
#include "ram.h"
#include "rmp.h"
#include "spec.h"
#include "transform.h"

#define PSP_BUILD 40
#define GUESTS_MAX 1024
#define ASIDS_MAX 1024
#define SCRATCH_SIZE 0x10000U

enum guest_kind { GUEST_SEV, GUEST_SNP };

struct guest {
	enum guest_kind kind;
	uint32_t id; /* SEV: the handle; never used twice */
	uint32_t asid; /* 0: not active */
	uint8_t state; /* enum psp_guest_state, or enum psp_snp_guest_state */
	uint64_t policy;
	uint8_t vek[PSP_VEK_SIZE];

	/* SEV */
	uint8_t tek[16];
	uint8_t tik[16];
	struct sha256 *sha; /* hash of what was measured so far */
	uint8_t measure[32];

	/* SNP */
	uint64_t gctx; /* address of the guest context page */
	bool imi;
	bool vcek_disabled;
	uint32_t tsc_khz;
	uint8_t gosvw[16];
	uint8_t vmpck[4][32];
	uint64_t msg_count[4];
	uint8_t report_id[32];
	uint8_t host_data[32];
	uint8_t imd[SHA384_SIZE];
	struct snp_id_block id_block;
	bool author_key_en;
	uint8_t id_key_digest[SHA384_SIZE];
	uint8_t author_key_digest[SHA384_SIZE];

	uint8_t digest[SHA384_SIZE]; /* launch digest; SEV uses the first 32 bytes */
};

/* Keys and certificates of the platform. The counters determine the keys, see identity.c. */
struct identity {
	uint32_t oca_generation, pek_generation, pdh_generation;
	bool owned;
	struct ecc_key *oca, *pek, *pdh, *cek; /* oca is unused once owned */
	struct sev_cert oca_cert, pek_cert, pdh_cert;
};

enum asid_state { ASID_CLEAN, ASID_DIRTY, ASID_USED };

struct firmware {
	struct ram *ram;
	struct rmp rmp;
	struct platform platform;
	uint8_t root[PSP_ROOT_SIZE];

	enum psp_platform_state sev_state;
	enum psp_platform_state snp_state;
	bool es; /* INIT had CONFIG.ES */
	bool rmp_initialized;
	uint64_t nv_address; /* from INIT_EX; 0: the firmware uses its own storage */
	struct identity identity;

	struct guest *guests[GUESTS_MAX]; /* NULL: free */
	uint32_t last_id;
	enum asid_state asids[ASIDS_MAX];

	uint64_t reported_tcb;
	uint32_t snp_flags; /* SNP_STATUS_MASK_… and SNP_STATUS_VLEK */
	uint8_t vlek[384];

	uint8_t scratch[SCRATCH_SIZE];
};

/*
 * Initialises the firmware. @firmware is large: allocate it. Returns -ENOMEM, or -EIO if libcrypto
 * fails.
 */
int firmware_init(struct firmware *firmware, struct ram *ram, const struct rmp *rmp,
		  const struct platform *platform, uint64_t seed);
void firmware_free(struct firmware *firmware);

#define COMMAND_BUFFER_MAX 64

/* A command that is being executed. */
struct command {
	const struct command_type *type;
	uint64_t buffer; /* address of the buffer */
	union {
		uint8_t bytes[COMMAND_BUFFER_MAX]; /* copy of the buffer */
		uint64_t align;
	};
	struct log_detail detail;
};

/* The platform states in which a command is accepted. */
enum {
	IN_UNINIT = 1 << PSTATE_UNINIT,
	IN_INIT = 1 << PSTATE_INIT,
	IN_WORKING = 1 << PSTATE_WORKING,
	IN_ANY = IN_UNINIT | IN_INIT | IN_WORKING,
};

/* A part of a command buffer that must be zero: the bits in @mask of @words 32-bit words. */
struct reserved {
	uint16_t offset;
	uint16_t words;
	uint32_t mask;
};

#define RESERVED_MAX 6

struct command_type {
	uint32_t code;
	uint8_t len; /* length of the buffer; 0: none */
	bool snp; /* the states are those of SNP */
	bool writes; /* the command writes output to the buffer */
	uint8_t states;
	uint16_t since; /* API version, major << 8 | minor */
	uint64_t latency_ns; /* default */
	struct reserved reserved[RESERVED_MAX]; /* words 0 ends the list */
	uint32_t (*run)(struct firmware *firmware, struct command *command);
};

/* The table of commands (commands.c). */
extern const struct command_type command_types[];
extern const size_t command_types_count;
const struct command_type *command_type(uint32_t code);
void latencies_default(struct latencies *latencies);

/*
 * Executes command @code with the buffer at @buffer and returns its status (enum
 * sevtrace_psp_status). @detail tells what it worked on.
 */
uint32_t firmware_execute(struct firmware *firmware, uint32_t code, uint64_t buffer,
			  struct log_detail *detail);

/*
 * Fills the details that the buffer alone shows, for faults by guest frame and for commands that
 * are not executed.
 */
void firmware_peek(struct firmware *firmware, uint32_t code, uint64_t buffer,
		   struct log_detail *detail);

/* Functions for the handlers. */

/* Returns the guest with a handle, or NULL. */
struct guest *guest_by_handle(struct firmware *firmware, uint32_t handle);
/* Returns the guest with a context page, or NULL. Also checks the page's state. */
struct guest *guest_by_context(struct firmware *firmware, uint64_t gctx);
/* Makes a guest with a new id and new keys. Returns NULL if there is no room or no memory. */
struct guest *guest_new(struct firmware *firmware, enum guest_kind kind);
void guest_free(struct firmware *firmware, struct guest *guest);
uint32_t guest_count(const struct firmware *firmware, enum guest_kind kind);
uint32_t guest_activate(struct firmware *firmware, struct guest *guest, uint32_t asid);
void guest_deactivate(struct firmware *firmware, struct guest *guest);
/* Drops all guests of a kind, as a shutdown does. */
void guests_drop(struct firmware *firmware, enum guest_kind kind);
void asids_mark_dirty(struct firmware *firmware);
void asids_flush(struct firmware *firmware);

void detail_range(struct command *command, uint64_t paddr, uint64_t len);
void detail_guest(struct command *command, const struct guest *guest);
/* Fills the page's address and, from the RMP, its guest frame. */
void detail_page(const struct firmware *firmware, struct log_detail *detail, uint64_t paddr,
		 uint64_t len);

/* Returns SUCCESS if the bytes are RAM that firmware may write now, else the status to return. */
uint32_t check_writable(const struct firmware *firmware, uint64_t paddr, uint64_t len);
/* Copies output to the machine after check_writable(). */
uint32_t write_out(const struct firmware *firmware, uint64_t paddr, const void *data, size_t len);

#endif /* PSP_FIRMWARE_H */
