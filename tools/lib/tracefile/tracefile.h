/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace files: sevtrace.data, written by the collector and read by everything else. The format is
 * described in sevtrace.data(5).
 *
 * Every function returns 0 or a negative errno unless it says otherwise.
 */
#ifndef TRACEFILE_TRACEFILE_H
#define TRACEFILE_TRACEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>
#include <sevtrace/record.h>

#define TRACEFILE_MAJOR 1
#define TRACEFILE_MINOR 0

#define TRACEFILE_LOSS_NAME_LEN 32

/*
 * What is known of the host and the recording, as text; the keys are those of host_keys.h. Others
 * are kept.
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

/* Of these, the dropped ones of a launch; launch 0: of none. */
struct tracefile_launch_drops {
	__u32 launch;
	__u32 pad;
	__u64 dropped;
};

/* Something else that was lost, such as samples when the histogram map was full. */
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
 * Writing. Nothing is kept of what is passed in. Records and histograms are collected into blocks
 * of half a MiB before compression; only what was flushed survives a killed recorder, so a
 * recorder calls tracefile_flush() now and then. After an error the file stays readable up to
 * its last complete block. Memory does not grow with what is written.
 */
struct tracefile_writer;

/* Creates or truncates path, readable by its owner alone: it holds kernel addresses. */
int tracefile_create(const char *path, struct tracefile_writer **out);

/* The same, but -EEXIST where there is something of that name. */
int tracefile_create_new(const char *path, struct tracefile_writer **out);
int tracefile_write_host(struct tracefile_writer *w, const struct tracefile_host *host);

/* recs: nr whole records, `bytes` in all. -EINVAL: they do not add up. */
int tracefile_write_records(struct tracefile_writer *w, const void *recs, size_t bytes,
			    uint64_t nr);

/* A histogram's state by now; a later one of the same key replaces it. */
int tracefile_write_hist(struct tracefile_writer *w, const struct sevtrace_hist_key *key,
			 const struct sevtrace_hist *hist);

/* The counts by now; later ones replace them. */
int tracefile_write_drops(struct tracefile_writer *w, const struct tracefile_drops *drops);
int tracefile_write_launch_drops(struct tracefile_writer *w,
				 const struct tracefile_launch_drops *drops);
int tracefile_write_symbols(struct tracefile_writer *w, const struct tracefile_symbol *symbols,
			    size_t nr);

/* Everything passed in so far is in the file. */
int tracefile_flush(struct tracefile_writer *w);

/* Flushes, writes the final block and marks the file complete. Nothing may be written after. */
int tracefile_finish(struct tracefile_writer *w);

/* Frees the writer. Without tracefile_finish() before, the file stays marked incomplete. */
void tracefile_close(struct tracefile_writer *w);

/* Bytes written to the file so far. */
uint64_t tracefile_written(const struct tracefile_writer *w);

/*
 * Reading. A few blocks are in memory at a time, decoded by several threads where the file is
 * large; everything is handed out by the calling one, in the file's order.
 */

/*
 * Called for each item in the file's order; NULL: not wanted. Pointers are valid during the call.
 * A result other than 0 ends the reading and is returned.
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

/* What became of a read. */
struct tracefile_state {
	bool complete; /* the recorder finished the file and all of it was read */
	bool damaged; /* a block is not what was written */
	uint64_t end; /* offset behind the last good block */
	uint64_t blocks;
	uint64_t records;
	uint64_t unknown_blocks; /* of a type or encoding of a newer version */
	char text[160]; /* why it is not complete, as a clause; empty if it is */
};

struct tracefile_reader;

/*
 * why receives a sentence part on an error ("is not a sevtrace recording"), for the caller to put
 * the file's name before. -EINVAL: not a trace file; -EPROTONOSUPPORT: of a newer major version.
 */
int tracefile_open(const char *path, struct tracefile_reader **out, char *why, size_t why_size);

/* Decodes with so many threads, the caller's included; 0: as the file and the machine suggest. */
void tracefile_set_threads(struct tracefile_reader *r, unsigned int threads);

/*
 * Reads to the end. Returns 0 also for a file that is cut off or damaged: state tells. A negative
 * errno: reading or a callback failed.
 */
int tracefile_read(struct tracefile_reader *r, const struct tracefile_visitor *visitor, void *ctx,
		   struct tracefile_state *state);
void tracefile_reader_free(struct tracefile_reader *r);

#endif /* TRACEFILE_TRACEFILE_H */
