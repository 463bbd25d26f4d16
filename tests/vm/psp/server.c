// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop between mailbox and firmware, see server.h.
 *
 * The machine's write to the doorbell register does not trap, so the server polls the register:
 * often while commands come, and seldom when none has come for a while.
 */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define US 1000ULL
#define MS 1000000ULL
#define NS_PER_S 1000000000ULL

/* Polling intervals: each applies while the last command is at most idle_ns ago. */
static const struct {
	uint64_t idle_ns;
	uint64_t interval_ns;
} pace[] = {
	{ 20 * MS, 20 * US },
	{ 500 * MS, 100 * US },
	{ UINT64_MAX, 1 * MS },
};

#define GONE_CHECK_NS (50 * MS)

/* How long the driver may take to fetch an answer before we do without its view of the time. */
#define TAKE_NS (200 * MS)
#define TAKE_INTERVAL_NS (20 * US)

/* A longer way means that the machine stands still; answering early cannot make up for that. */
#define WAY_MAX_NS (1 * MS)

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* Waits for @deadline. Stays awake for the last moment, because sleeps end late. */
static void wait_for(struct server *server, uint64_t deadline)
{
	uint64_t start = now(), until;

	until = deadline > server->lag_ns ? deadline - server->lag_ns : 0;
	if (start < until) {
		uint64_t woken;

		sleep_until(until);
		woken = now();
		if (woken > until)
			server->lag_ns += ((int64_t)(woken - until) - (int64_t)server->lag_ns) / 8;
		if (server->lag_ns > 100 * US)
			server->lag_ns = 100 * US;
	}
	while (now() < deadline)
		__builtin_ia32_pause();
}

static int map_ram(struct server *server)
{
	int ret;

	if (server->firmware->ram->base)
		return 0;
	ret = ram_map(server->firmware->ram, server->ram_path, server->ram_size,
		      server->ram_below_4g);
	if (ret)
		fprintf(stderr, "psp: cannot map the machine's RAM %s: %s\n", server->ram_path,
			ret == -EINVAL ? "it is smaller than --ram-size" : strerror(-ret));
	return ret;
}

static const char *fault_name(const struct fault *fault)
{
	if (!fault)
		return NULL;
	if (fault->hang)
		return "hang";
	return fault->has_status ? "status" : "delay";
}

/* Executes the command, or does what the fault says instead. */
static void execute(struct server *server, const struct doorbell *doorbell,
		    const struct fault *fault, struct log_line *line)
{
	line->answered = !fault || !fault->hang;
	if (!fault || (!fault->hang && !fault->has_status)) {
		line->status = firmware_execute(server->firmware, doorbell->command,
						doorbell->buffer, &line->detail);
		return;
	}
	line->status = fault->status;
	line->has_extra = fault->has_extra;
	line->extra_hi = fault->extra_hi;
	line->extra_lo = fault->extra_lo;
}

/*
 * Waits until the driver has taken the answer. Returns the time since it rang, by its own clock; 0
 * if it has not taken the answer, for example because it has given up.
 */
static uint64_t wait_until_taken(const struct server *server, const struct doorbell *doorbell)
{
	const uint64_t give_up = now() + TAKE_NS;
	uint64_t taken;

	while (!(taken = mailbox_taken_ns(server->mailbox)) && now() < give_up)
		sleep_until(now() + TAKE_INTERVAL_NS);
	return taken > doorbell->rung_ns ? taken - doorbell->rung_ns : 0;
}

/*
 * Learns the median of the way in small steps: up after a command that took too long for the
 * driver, down after any other.
 */
static void learn_way(struct server *server, uint64_t latency, uint64_t driver_ns)
{
	const uint64_t step = server->way_ns / 32 + US / 2;

	if (driver_ns > latency)
		server->way_ns += step;
	else
		server->way_ns -= step < server->way_ns ? step : server->way_ns;
	if (server->way_ns > WAY_MAX_NS)
		server->way_ns = WAY_MAX_NS;
}

/*
 * Returns when to answer so that the driver has the answer @latency after it rang. The way may be
 * shorter this time, so half of @latency passes whatever it was before.
 */
static uint64_t answer_time(const struct server *server, const struct doorbell *doorbell,
			    uint64_t start, uint64_t latency)
{
	const uint64_t way = doorbell->rung_ns ? server->way_ns : 0;

	return start + latency - (way < latency / 2 ? way : latency / 2);
}

static void answer(const struct server *server, const struct doorbell *doorbell,
		   const struct log_line *line)
{
	const struct answer answer = {
		.status = (uint16_t)line->status,
		.has_extra = line->has_extra,
		.extra_hi = line->extra_hi,
		.extra_lo = line->extra_lo,
	};

	mailbox_answer(server->mailbox, doorbell, &answer);
}

/*
 * Ends a command: waits, answers and logs. If the driver reports its clock, answers before it logs,
 * because the line includes the driver's view. Otherwise logs first, so that the line is there when
 * the driver has the answer.
 */
static int complete(struct server *server, const struct doorbell *doorbell, uint64_t latency,
		    struct log_line *line)
{
	const uint64_t deadline = answer_time(server, doorbell, line->start_ns, latency);
	const bool waits = now() < deadline;
	int ret;

	wait_for(server, deadline);
	line->end_ns = now();
	if (!doorbell->rung_ns) {
		ret = log_write(server->log_fd, line);
		answer(server, doorbell, line);
		return ret;
	}
	answer(server, doorbell, line);
	line->driver_ns = wait_until_taken(server, doorbell);
	if (waits && line->driver_ns)
		learn_way(server, latency, line->driver_ns);
	return log_write(server->log_fd, line);
}

/* Logs a command that is never answered. Returns -ETIMEDOUT, or -errno if logging fails. */
static int give_up(const struct server *server, struct log_line *line)
{
	int ret;

	line->end_ns = now();
	ret = log_write(server->log_fd, line);
	return ret ? ret : -ETIMEDOUT;
}

/* Returns the fault that applies to a command, or NULL. All faults count the command. */
static const struct fault *find_fault(struct server *server, const struct log_line *line)
{
	const uint64_t *gfn = line->detail.has_gfn ? &line->detail.gfn : NULL;
	const struct fault *of_options = fault_match(&server->faults, line->command, gfn);
	const struct fault *of_file = fault_match(&server->fault_file.faults, line->command, gfn);

	return of_options ? of_options : of_file;
}

/*
 * Serves one command, from the doorbell to the answer. Returns -errno if the log cannot be written
 * or the file of faults is wrong, -ETIMEDOUT if the command is never answered.
 */
static int serve(struct server *server, const struct doorbell *doorbell, uint64_t start)
{
	struct log_line line = { .seq = ++server->seq, .start_ns = start };
	struct spec_error error = { "" };
	const struct fault *fault;
	uint64_t latency;
	int ret;

	ret = fault_file_refresh(&server->fault_file, &error);
	if (ret) {
		fprintf(stderr, "psp: %s\n", ret == -ENOMEM ? "out of memory" : error.text);
		return ret;
	}
	line.command = doorbell->command;
	line.buffer = doorbell->buffer;
	firmware_peek(server->firmware, doorbell->command, doorbell->buffer, &line.detail);
	fault = find_fault(server, &line);
	line.fault = fault_name(fault);
	execute(server, doorbell, fault, &line);
	latency = server->latencies.ns[doorbell->command] + (fault ? fault->delay_ns : 0);
	ret = line.answered ? complete(server, doorbell, latency, &line) : give_up(server, &line);
	if (ret && ret != -ETIMEDOUT)
		fprintf(stderr, "psp: cannot write the log: %s\n", strerror(-ret));
	return ret;
}

/* Hangs like firmware that answers nothing any more; only waits for QEMU's end. */
static void hang(const struct server *server, const volatile sig_atomic_t *stop)
{
	while (!*stop && !mailbox_gone(server->mailbox))
		sleep_until(now() + GONE_CHECK_NS);
}

static uint64_t interval(uint64_t idle)
{
	size_t i = 0;

	while (idle > pace[i].idle_ns)
		i++;
	return pace[i].interval_ns;
}

int server_run(struct server *server, const volatile sig_atomic_t *stop)
{
	uint64_t last = now(), gone_check = last;
	struct doorbell doorbell;
	int ret;

	ret = mailbox_accept(server->mailbox);
	if (ret == -EINTR && *stop)
		return 0;
	if (ret) {
		fprintf(stderr, "psp: QEMU did not connect: %s\n", strerror(-ret));
		return ret;
	}
	while (!*stop) {
		uint64_t time = now();

		if (mailbox_poll(server->mailbox, &doorbell)) {
			ret = map_ram(server);
			if (!ret)
				ret = serve(server, &doorbell, time);
			if (ret == -ETIMEDOUT) {
				hang(server, stop);
				return 0;
			}
			if (ret)
				return ret;
			last = now();
			continue;
		}
		if (time - gone_check > GONE_CHECK_NS) {
			if (mailbox_gone(server->mailbox))
				break;
			gone_check = time;
		}
		sleep_until(time + interval(time - last));
	}
	return 0;
}
