// SPDX-License-Identifier: GPL-2.0-only
/* Access to the virtual machine's RAM, see ram.h. */
#include "ram.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"

#define FOUR_GIB (1ULL << 32)

int ram_map(struct ram *ram, const char *path, uint64_t size, uint64_t below_4g)
{
	struct stat st;
	void *base;
	int fd, ret = 0;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		ret = -errno;
		goto out;
	}
	if ((uint64_t)st.st_size < size) {
		ret = -EINVAL;
		goto out;
	}
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		ret = -errno;
		goto out;
	}
	*ram = (struct ram){ .base = base, .size = size, .below_4g = below_4g };
out:
	close(fd);
	return ret;
}

void ram_unmap(struct ram *ram)
{
	if (ram->base)
		munmap(ram->base, ram->size);
	ram->base = NULL;
}

void *ram_at(const struct ram *ram, uint64_t gpa, uint64_t len)
{
	uint64_t low = ram->below_4g < ram->size ? ram->below_4g : ram->size;

	gpa &= PSP_ADDRESS_MASK;
	if (!ram->base || !len || len > ram->size)
		return NULL;
	if (gpa < low)
		return len <= low - gpa ? ram->base + gpa : NULL;
	if (gpa < FOUR_GIB || gpa - FOUR_GIB >= ram->size - low)
		return NULL;
	gpa -= FOUR_GIB;
	return len <= ram->size - low - gpa ? ram->base + low + gpa : NULL;
}

bool ram_read(const struct ram *ram, uint64_t gpa, void *to, size_t len)
{
	const void *from = ram_at(ram, gpa, len);

	if (from)
		memcpy(to, from, len);
	return from;
}

bool ram_write(const struct ram *ram, uint64_t gpa, const void *from, size_t len)
{
	void *to = ram_at(ram, gpa, len);

	if (to)
		memcpy(to, from, len);
	return to;
}
