/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual machine's RAM: the file that QEMU maps as its memory, addressed by guest-physical
 * address. The machine runs while the emulator reads, so data that decisions depend on must be
 * copied first.
 */
#ifndef PSP_RAM_H
#define PSP_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ram {
	uint8_t *base; /* NULL until ram_map() */
	uint64_t size;
	uint64_t below_4g; /* RAM starts at 0; what exceeds this starts at 4 GiB */
};

/*
 * Maps the file at @path. Returns -errno if the file cannot be opened or mapped, -EINVAL if it is
 * shorter than @size. @below_4g may exceed @size (then all RAM is below 4 GiB).
 */
int ram_map(struct ram *ram, const char *path, uint64_t size, uint64_t below_4g);
void ram_unmap(struct ram *ram);

/*
 * Returns a pointer to @len > 0 bytes at @gpa (C bit ignored), or NULL if one of them is not RAM.
 */
void *ram_at(const struct ram *ram, uint64_t gpa, uint64_t len);

/* Copies @len bytes. Returns false and copies nothing if one of them is not RAM. */
bool ram_read(const struct ram *ram, uint64_t gpa, void *to, size_t len);
bool ram_write(const struct ram *ram, uint64_t gpa, const void *from, size_t len);

#endif /* PSP_RAM_H */
