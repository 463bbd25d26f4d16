// SPDX-License-Identifier: GPL-2.0-only
#include "util/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "util/array.h"

#define CHUNK (64U << 10)
#define ALWAYS_UNPACKED (64ULL << 20) /* bytes, whatever the ratio */

/* A copy that is being made. */
struct copy {
	int in;
	FILE *out;
	size_t got; /* bytes in `from` */
	uint64_t read, written;
	unsigned char from[CHUNK];
	unsigned char to[CHUNK];
};

/* Reads more behind what is in `from`. Returns 1, 0 at the end, or a negative errno. */
static int refill(struct copy *c)
{
	ssize_t n;

	do {
		n = read(c->in, c->from + c->got, sizeof(c->from) - c->got);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	c->got += (size_t)n;
	c->read += (size_t)n;
	return n > 0;
}

static int put(struct copy *c, const unsigned char *data, size_t size, bool packed)
{
	c->written += size;
	if (packed && c->written > ALWAYS_UNPACKED && c->written / INFILE_MAX_RATIO > c->read)
		return -EFBIG;
	return fwrite(data, 1, size, c->out) == size ? 0 : -errno;
}

/* Hands all that comes to put_chunk, which writes what is in `from`. */
static int copy_chunks(struct copy *c, int (*put_chunk)(struct copy *c, void *ctx), void *ctx)
{
	int more = 1, err = 0;

	while (!err && more > 0) {
		err = put_chunk(c, ctx);
		c->got = 0;
		more = err ? 0 : refill(c);
	}
	return err ? err : more;
}

static int plain_chunk(struct copy *c, void *ctx)
{
	(void)ctx;
	return put(c, c->from, c->got, false);
}

static int copy_plain(struct copy *c)
{
	return copy_chunks(c, plain_chunk, NULL);
}

/* A file may have several members of gzip. */
static int gzip_chunk(struct copy *c, void *ctx)
{
	z_stream *z = ctx;
	int ret = Z_OK, err = 0;

	z->next_in = c->from;
	z->avail_in = (uInt)c->got;
	do {
		if (ret == Z_STREAM_END && inflateReset(z) != Z_OK)
			return -EBADMSG;
		z->next_out = c->to;
		z->avail_out = sizeof(c->to);
		ret = inflate(z, Z_NO_FLUSH);
		if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR)
			return ret == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		err = put(c, c->to, sizeof(c->to) - z->avail_out, true);
	} while (!err && (z->avail_in || !z->avail_out));
	return !err && ret == Z_STREAM_END && inflateReset(z) != Z_OK ? -EBADMSG : err;
}

static int copy_gzip(struct copy *c)
{
	z_stream z = { 0 };
	int err;

	/* zlib.h: 16 more than the window's bits for gzip's header. */
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	err = copy_chunks(c, gzip_chunk, &z);
	inflateEnd(&z);
	return err;
}

static int zstd_chunk(struct copy *c, void *ctx)
{
	ZSTD_inBuffer in = { c->from, c->got, 0 };
	ZSTD_outBuffer out;
	int err = 0;

	do {
		size_t ret;

		out = (ZSTD_outBuffer){ c->to, sizeof(c->to), 0 };
		ret = ZSTD_decompressStream(ctx, &out, &in);
		if (ZSTD_isError(ret))
			return ZSTD_getErrorCode(ret) == ZSTD_error_memory_allocation ? -ENOMEM :
											-EBADMSG;
		err = put(c, c->to, out.pos, true);
	} while (!err && (in.pos < in.size || out.pos == out.size));
	return err;
}

static int copy_zstd(struct copy *c)
{
	ZSTD_DStream *zstd = ZSTD_createDStream();
	int err = zstd ? copy_chunks(c, zstd_chunk, zstd) : -ENOMEM;

	ZSTD_freeDStream(zstd);
	return err;
}

#define XZ_MEMORY (256ULL << 20) /* bytes that unpacking may take: xz -9 needs 65 MiB */

static int xz_chunk(struct copy *c, void *ctx)
{
	lzma_stream *xz = ctx;
	int err = 0;

	xz->next_in = c->from;
	xz->avail_in = c->got;
	do {
		lzma_ret ret;

		xz->next_out = c->to;
		xz->avail_out = sizeof(c->to);
		ret = lzma_code(xz, LZMA_RUN);
		if (ret != LZMA_OK && ret != LZMA_STREAM_END && ret != LZMA_BUF_ERROR)
			return ret == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
		err = put(c, c->to, sizeof(c->to) - xz->avail_out, true);
		if (ret != LZMA_OK)
			break;
	} while (!err && (xz->avail_in || !xz->avail_out));
	return err;
}

static int copy_xz(struct copy *c)
{
	lzma_stream xz = LZMA_STREAM_INIT;
	int err;

	if (lzma_stream_decoder(&xz, XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK)
		return -ENOMEM;
	err = copy_chunks(c, xz_chunk, &xz);
	lzma_end(&xz);
	return err;
}

static const struct packer {
	/* RFC 1952, section 2.3.1; RFC 8878, section 3.1.1; the .xz file format, section 2.1.1.1 */
	unsigned char magic[6];
	size_t size;
	int (*copy)(struct copy *c);
} packers[] = {
	{ { 0x1f, 0x8b }, 2, copy_gzip },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, copy_zstd },
	{ { 0xfd, '7', 'z', 'X', 'Z', 0x00 }, 6, copy_xz },
};

static const struct packer *packer_of(const unsigned char *head, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++)
		if (size >= packers[i].size && !memcmp(head, packers[i].magic, packers[i].size))
			return &packers[i];
	return NULL;
}

/* Copies all of it to an unnamed file, unpacked. */
static int copy_all(int in, FILE **out)
{
	struct copy *c = calloc(1, sizeof(*c));
	const struct packer *packer;
	int more = 1, err = 0;

	if (!c)
		return -ENOMEM;
	c->in = in;
	c->out = tmpfile();
	if (!c->out) {
		err = -errno;
		goto free;
	}
	while (more > 0 && c->got < sizeof(packers[0].magic))
		more = refill(c);
	packer = packer_of(c->from, c->got);
	err = more < 0 ? more : packer ? packer->copy(c) : copy_plain(c);
	if (!err && (fflush(c->out) || fseek(c->out, 0, SEEK_SET)))
		err = -errno;
	if (err)
		fclose(c->out);
	else
		*out = c->out;
free:
	free(c);
	return err;
}

int infile_open(const char *path, FILE **out)
{
	unsigned char head[sizeof(packers[0].magic)];
	struct stat st;
	ssize_t n = 0;
	int fd, err;

	fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) :
				      fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || (S_ISREG(st.st_mode) && (n = pread(fd, head, sizeof(head), 0)) < 0)) {
		err = -errno;
		goto close;
	}
	if (S_ISDIR(st.st_mode)) {
		err = -EISDIR;
		goto close;
	}
	/* A device may have no end. */
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || packer_of(head, (size_t)n)) {
		err = copy_all(fd, out);
		goto close;
	}
	*out = fdopen(fd, "rb");
	if (*out)
		return 0;
	err = -errno;
close:
	close(fd);
	return err;
}

void infile_explain(int err, char *why, size_t size)
{
	if (err == -EFBIG)
		snprintf(why, size, "unpacks to more than %d times its size", INFILE_MAX_RATIO);
	else if (err == -EBADMSG)
		snprintf(why, size, "cannot be unpacked: it is damaged");
	else
		snprintf(why, size, "cannot be opened: %s", strerror(-err));
}
