// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop between mailbox and firmware, see server.h.
 *
 * The machine's write to the doorbell register does not trap, so the register is polled: often
 * while commands come, seldom when none has come for a while.
 */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define US 1000ULL
#define MS 1000000ULL
#define NS_PER_S 1000000000ULL

/* The time since the last command, up to which the register is polled at that interval. */
static const struct {
	uint64_t idle_ns;
	uint64_t interval_ns;
} pace[] = {
	{ 20 * MS, 20 * US },
	{ 500 * MS, 100 * US },
	{ UINT64_MAX, 1 * MS },
};

#define GONE_CHECK_NS (50 * MS)

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

/* Waits for @deadline, awake for the last moment because sleeps end late. */
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

/* Executes the command, or what the fault makes of it. */
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

/* One command, from the doorbell to the answer. -errno: no log; -ETIMEDOUT: no answer, ever. */
static int serve(struct server *server, const struct doorbell *doorbell, uint64_t start)
{
	struct log_line line = { .seq = ++server->seq, .start_ns = start };
	const struct fault *fault;
	struct answer answer;
	uint64_t latency;
	int ret;

	line.command = doorbell->command;
	line.buffer = doorbell->buffer;
	firmware_peek(server->firmware, doorbell->command, doorbell->buffer, &line.detail);
	fault = fault_match(&server->faults, doorbell->command,
			    line.detail.has_gfn ? &line.detail.gfn : NULL);
	line.fault = fault_name(fault);
	execute(server, doorbell, fault, &line);
	latency = server->latencies.ns[doorbell->command] + (fault ? fault->delay_ns : 0);
	if (line.answered)
		wait_for(server, start + latency);
	line.end_ns = now();
	ret = log_write(server->log_fd, &line);
	if (ret)
		fprintf(stderr, "psp: cannot write the log: %s\n", strerror(-ret));
	answer.status = (uint16_t)line.status;
	answer.has_extra = line.has_extra;
	answer.extra_hi = line.extra_hi;
	answer.extra_lo = line.extra_lo;
	if (!line.answered)
		return ret ? ret : -ETIMEDOUT;
	mailbox_answer(server->mailbox, doorbell, &answer);
	return ret;
}

/* A firmware that hangs answers nothing any more; only QEMU's end is awaited. */
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
