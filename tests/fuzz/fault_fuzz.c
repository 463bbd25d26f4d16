// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes what the PSP emulator reads from a file of faults, and which of them apply. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../vm/psp/faultfile.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct fault_file file = { 0 };
	struct spec_error error = { "" };
	char path[32];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file.path = path;
	limits_begin();
	if (fault_file_refresh(&file, &error) < 0) {
		/* Every refusal has its reason, and changes nothing. */
		if (!*error.text || !memchr(error.text, '\0', sizeof(error.text)) ||
		    file.faults.count)
			abort();
	}
	for (uint64_t gfn = 0; gfn < 16; gfn++)
		for (uint32_t command = 0; command < PSP_COMMANDS; command += 0x10)
			fault_match(&file.faults, command, gfn % 2 ? &gfn : NULL);
	fault_file_free(&file);
	limits_end(size);
	close(fd);
	return 0;
}
