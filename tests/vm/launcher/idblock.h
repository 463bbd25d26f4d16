/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ID block of an SNP launch: it has the launch digest that the firmware compares with its own.
 */
#ifndef LAUNCHER_IDBLOCK_H
#define LAUNCHER_IDBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

#define ID_BLOCK_BYTES 96
#define ID_AUTH_BYTES 4096

/* Chooses the part of the ID block that is broken on purpose. */
enum id_block_break { ID_BLOCK_GOOD, ID_BLOCK_BREAK_SIGNATURE, ID_BLOCK_BREAK_AUTHOR };

struct id_block {
	uint8_t block[ID_BLOCK_BYTES];
	uint8_t auth[ID_AUTH_BYTES];
	bool author; /* an author key signs the ID key */
};

/*
 * Fills @id for @digest and @policy, signed by a new ID key; if @author, a new author key signs
 * that key. Returns 0 or -EIO.
 */
int id_block_make(struct id_block *id, const struct snp_digest *digest, uint64_t policy,
		  bool author, enum id_block_break how);

#endif /* LAUNCHER_IDBLOCK_H */
