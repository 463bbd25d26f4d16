/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace files (sevtrace.data): the collector writes them, everything else reads them.
 * sevtrace.data(5) describes the format.
 *
 * Every function returns 0 or a negative errno unless its comment says otherwise.
 */
#ifndef TRACEFILE_TRACEFILE_H
#define TRACEFILE_TRACEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>
#include <sevtrace/record.h>

#define TRACEFILE_MAJOR 2
#define TRACEFILE_MINOR 0

#define TRACEFILE_LOSS_NAME_LEN 32

/*
 * A fact about the host or the recording, as text. host_keys.h lists the keys; other keys are kept.
 */
struct tracefile_pair {
	const char *key;
	const char *value;
};

struct tracefile_host {
	const struct tracefile_pair *pairs;
	size_t nr;
};

/* Records of one CPU: emitted = recorded + dropped. */
struct tracefile_cpu_drops {
	__u32 cpu;
	__u32 pad;
	__u64 emitted;
	__u64 recorded;
	__u64 dropped;
};

/* Dropped records of one launch; launch 0: records of no launch. */
struct tracefile_launch_drops {
	__u32 launch;
	__u32 pad;
	__u64 dropped;
};

/* Another loss, such as samples while the histogram map was full. */
struct tracefile_loss {
	char name[TRACEFILE_LOSS_NAME_LEN]; /* ends with NUL */
	__u64 count;
};

struct tracefile_drops {
	const struct tracefile_cpu_drops *cpus;
	size_t nr_cpus;
	const struct tracefile_loss *losses;
	size_t nr_losses;
};

/* The name of one address of a stack; pid 0: a kernel address. */
struct tracefile_symbol {
	__u64 addr;
	__u32 pid;
	const char *name; /* such as "kvm_vm_ioctl+0x1a3" or "main+0x20 (/usr/bin/qemu)" */
};

/*
 * Writing. The writer copies what it is given. It collects records and histograms into blocks of
 * a MiB before compression. Only flushed data survives a killed recorder, so a recorder calls
 * tracefile_flush() now and then. After an error the file stays readable up to its last complete
 * block. Memory does not grow with the file.
 */
struct tracefile_writer;

/*
 * Creates path. Only its owner can read it: it holds kernel addresses. A file of that name stays
 * until the first block of the new one is written; then it becomes path.old. A link is replaced,
 * not followed.
 */
int tracefile_create(const char *path, struct tracefile_writer **out);

/* Creates path in the same way; -EEXIST if something of that name exists. */
int tracefile_create_new(const char *path, struct tracefile_writer **out);

/*
 * Keeps every bit of the times of pages, for a writer that has nothing else of them: without it,
 * the times of pages that did not fail are rounded, by less than a 64th, the time at which one
 * ended by a 256th of what it took, and a page takes half the room.
 */
void tracefile_keep_times(struct tracefile_writer *w);
int tracefile_write_host(struct tracefile_writer *w, const struct tracefile_host *host);

/* Writes nr whole records of `bytes` bytes together. -EINVAL: the sizes do not add up. */
int tracefile_write_records(struct tracefile_writer *w, const void *recs, size_t bytes,
			    uint64_t nr);

/* Writes a histogram's current state; a later one of the same key replaces it. */
int tracefile_write_hist(struct tracefile_writer *w, const struct sevtrace_hist_key *key,
			 const struct sevtrace_hist *hist);

/* Write the current counts; later ones replace them. */
int tracefile_write_drops(struct tracefile_writer *w, const struct tracefile_drops *drops);
int tracefile_write_launch_drops(struct tracefile_writer *w,
				 const struct tracefile_launch_drops *drops);
int tracefile_write_symbols(struct tracefile_writer *w, const struct tracefile_symbol *symbols,
			    size_t nr);

/* Writes everything passed in so far to the file. */
int tracefile_flush(struct tracefile_writer *w);

/*
 * Flushes, writes the final block and marks the file complete. Nothing can be written after that.
 */
int tracefile_finish(struct tracefile_writer *w);

/*
 * Frees the writer. The file stays marked incomplete unless tracefile_finish() was called before.
 */
void tracefile_close(struct tracefile_writer *w);

/* Frees the writer. If nothing was flushed, no file is left, and one of that name stays. */
void tracefile_abandon(struct tracefile_writer *w);

/* Returns the bytes written to the file so far. */
uint64_t tracefile_written(const struct tracefile_writer *w);

/*
 * Reading. A few blocks are in memory at a time; several threads decode them if the file is large.
 * The calling thread hands out everything, in the file's order.
 */

/*
 * Callbacks for each item in the file's order; NULL: not wanted. Pointers are valid during the
 * call. If a callback returns a value other than 0, the reading ends and returns it.
 */
struct tracefile_visitor {
	int (*host)(void *ctx, const char *key, const char *value);
	int (*record)(void *ctx, const union sevtrace_record *rec);
	int (*hist)(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist);
	int (*cpu_drops)(void *ctx, const struct tracefile_cpu_drops *drops);
	int (*launch_drops)(void *ctx, const struct tracefile_launch_drops *drops);
	int (*loss)(void *ctx, const struct tracefile_loss *loss);
	int (*symbol)(void *ctx, const struct tracefile_symbol *symbol);
};

/* The result of a read. */
struct tracefile_state {
	bool complete; /* the recorder finished the file and all of it was read */
	bool damaged; /* a block differs from what the writer wrote */
	uint64_t end; /* offset of the first byte after the last good block */
	uint64_t read; /* the same, but with the block that is under way */
	uint64_t blocks;
	uint64_t records;
	uint64_t unknown_blocks; /* blocks with a type or encoding of a newer version */
	char text[160]; /* why the file is not complete, as a clause; empty if it is */
};

struct tracefile_reader;

/*
 * On an error, `why` receives a part of a sentence ("is not a sevtrace recording"); the caller puts
 * the file's name before it. -EINVAL: not a trace file; -EPROTONOSUPPORT: a newer major version.
 */
int tracefile_open(const char *path, struct tracefile_reader **out, char *why, size_t why_size);

/*
 * Sets the number of decoding threads, including the caller's. 0: tracefile_read() chooses by the
 * file's size and the processors.
 */
void tracefile_set_threads(struct tracefile_reader *r, unsigned int threads);

/*
 * Reads from the beginning to the end. Returns 0 even if the file is cut off or damaged: *state
 * tells. A negative errno: reading or a callback failed.
 */
int tracefile_read(struct tracefile_reader *r, const struct tracefile_visitor *visitor, void *ctx,
		   struct tracefile_state *state);
void tracefile_reader_free(struct tracefile_reader *r);

#endif /* TRACEFILE_TRACEFILE_H */
