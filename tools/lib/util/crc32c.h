/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CRC32C_H
#define UTIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the CRC-32C (Castagnoli) of RFC 3720, appendix B.4. crc: the result for the preceding
 * bytes, 0 at the start.
 */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

#endif /* UTIL_CRC32C_H */
