// SPDX-License-Identifier: GPL-2.0-only
/* psp: the firmware of the virtual SEV host. This file has the command line; see README.md. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "firmware.h"
#include "mailbox.h"
#include "server.h"
#include "spec.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

struct arguments {
	const char *ram, *socket, *log, *fault_file;
	uint64_t ram_size, ram_below_4g;
	uint64_t rmp_base, rmp_size;
	uint64_t seed;
	struct platform platform;
	struct latencies latencies;
	struct faults faults;
};

enum option_id {
	OPT_RAM = 256,
	OPT_RAM_SIZE,
	OPT_BELOW_4G,
	OPT_RMP,
	OPT_SOCKET,
	OPT_LOG,
	OPT_LATENCY,
	OPT_FAULT,
	OPT_FAULT_FILE,
	OPT_PLATFORM,
	OPT_SEED,
};

static const struct option options[] = {
	{ "ram", required_argument, NULL, OPT_RAM },
	{ "ram-size", required_argument, NULL, OPT_RAM_SIZE },
	{ "ram-below-4g", required_argument, NULL, OPT_BELOW_4G },
	{ "rmp", required_argument, NULL, OPT_RMP },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "latency", required_argument, NULL, OPT_LATENCY },
	{ "fault", required_argument, NULL, OPT_FAULT },
	{ "fault-file", required_argument, NULL, OPT_FAULT_FILE },
	{ "platform", required_argument, NULL, OPT_PLATFORM },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char usage[] =
	"usage: psp --ram FILE --ram-size BYTES --ram-below-4g BYTES --socket PATH [OPTION]...\n"
	"Plays the AMD secure processor for a QEMU machine (ivshmem-doorbell peer).\n"
	"\n"
	"  --ram FILE            the machine's memory, a file it shares\n"
	"  --ram-size BYTES      its size\n"
	"  --ram-below-4g BYTES  how much of it lies below 4 GiB\n"
	"  --socket PATH         where QEMU connects; must not exist yet\n"
	"  --rmp BASE,SIZE       reverse map table, in bytes; without it there is no SNP\n"
	"  --log FILE            one JSON object a line for each command, appended\n"
	"  --latency SPEC        CMD=TIME[,CMD=TIME...], CMD may be *\n"
	"  --fault SPEC          cmd=NAME[,nth=N][,every=N][,gfn=G]{,status=CODE|,hang|,delay=TIME}\n"
	"                        [,extra=HI:LO]; may be repeated\n"
	"  --fault-file FILE     a --fault a line; read again when it changes\n"
	"  --platform SPEC       fw-api=MAJOR.MINOR, snp=on|off, min-sev-asid=N, max-asid=N\n"
	"  --seed N              where all keys come from\n"
	"\n"
	"Prints \"ready\" when it listens; ends with status 0 when QEMU ends, 1 on failure, 2 on\n"
	"wrong usage.\n";

static int fail(struct spec_error *error, const char *text, const char *value)
{
	snprintf(error->text, sizeof(error->text), "%s: \"%s\"", text, value);
	return -EINVAL;
}

static int parse_bytes(const char *value, uint64_t *to, struct spec_error *error)
{
	if (parse_number(value, 1, 1ULL << 48, to))
		return 0;
	return fail(error, "not a number of bytes (decimal, or hexadecimal with 0x)", value);
}

static int parse_rmp(const char *value, struct arguments *arguments, struct spec_error *error)
{
	char copy[64];
	char *comma;

	snprintf(copy, sizeof(copy), "%s", value);
	comma = strchr(copy, ',');
	if (comma) {
		*comma = '\0';
		if (parse_number(copy, PSP_PAGE_SIZE, 1ULL << 48, &arguments->rmp_base) &&
		    parse_number(comma + 1, RMP_BOOKKEEPING + 1, 1ULL << 40,
				 &arguments->rmp_size) &&
		    arguments->rmp_base % PSP_PAGE_SIZE == 0)
			return 0;
	}
	return fail(error, "--rmp is not BASE,SIZE in bytes, BASE a page's address", value);
}

static int parse_seed(const char *value, uint64_t *seed, struct spec_error *error)
{
	if (parse_number(value, 0, UINT64_MAX, seed))
		return 0;
	return fail(error, "--seed is not a number", value);
}

static int parse_option(int id, const char *value, struct arguments *arguments,
			struct spec_error *error)
{
	switch (id) {
	case OPT_RAM:
		arguments->ram = value;
		return 0;
	case OPT_SOCKET:
		arguments->socket = value;
		return 0;
	case OPT_LOG:
		arguments->log = value;
		return 0;
	case OPT_RAM_SIZE:
		return parse_bytes(value, &arguments->ram_size, error);
	case OPT_BELOW_4G:
		return parse_bytes(value, &arguments->ram_below_4g, error);
	case OPT_RMP:
		return parse_rmp(value, arguments, error);
	case OPT_LATENCY:
		return latency_parse(value, &arguments->latencies, error);
	case OPT_FAULT:
		return fault_parse(value, &arguments->faults, error);
	case OPT_FAULT_FILE:
		arguments->fault_file = value;
		return 0;
	case OPT_PLATFORM:
		return platform_parse(value, &arguments->platform, error);
	case OPT_SEED:
		return parse_seed(value, &arguments->seed, error);
	default:
		return fail(error, "unknown option; see --help", value ? value : "");
	}
}

static int check_arguments(const struct arguments *arguments, struct spec_error *error)
{
	if (!arguments->ram || !arguments->ram_size || !arguments->ram_below_4g ||
	    !arguments->socket)
		return fail(error, "--ram, --ram-size, --ram-below-4g and --socket are needed",
			    "psp --help");
	if (arguments->platform.min_sev_asid > arguments->platform.max_asid + 1)
		return fail(error, "min-sev-asid is beyond max-asid", "--platform");
	return 0;
}

/* Makes sleeps short and exact. Both calls only improve timing, so failures do not matter. */
static void run_promptly(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	prctl(PR_SET_TIMERSLACK, 1UL);
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static int serve(const struct arguments *arguments, struct firmware *firmware)
{
	struct spec_error error = { "" };
	struct mailbox mailbox;
	struct server server = {
		.mailbox = &mailbox,
		.firmware = firmware,
		.latencies = arguments->latencies,
		.faults = arguments->faults,
		.fault_file = { .path = arguments->fault_file },
		.log_fd = -1,
		.ram_path = arguments->ram,
		.ram_size = arguments->ram_size,
		.ram_below_4g = arguments->ram_below_4g,
	};
	int ret = fault_file_refresh(&server.fault_file, &error);

	if (ret) {
		fprintf(stderr, "psp: %s\n", error.text);
		return ret;
	}
	if (arguments->log) {
		server.log_fd = log_open(arguments->log);
		ret = server.log_fd < 0 ? -EIO : 0;
	}
	if (ret)
		goto out;
	ret = mailbox_open(&mailbox, arguments->socket);
	if (ret) {
		fprintf(stderr, "psp: cannot listen on %s: %s\n", arguments->socket,
			strerror(-ret));
		goto out;
	}
	puts("ready");
	fflush(stdout);
	run_promptly();
	ret = server_run(&server, &stop);
	mailbox_close(&mailbox);
out:
	if (server.log_fd >= 0)
		close(server.log_fd);
	fault_file_free(&server.fault_file);
	return ret;
}

static int run(const struct arguments *arguments)
{
	const struct rmp rmp = { .base = arguments->rmp_base, .size = arguments->rmp_size };
	struct firmware *firmware = malloc(sizeof(*firmware));
	struct ram ram = { 0 };
	int ret;

	if (!firmware) {
		fprintf(stderr, "psp: out of memory\n");
		return -ENOMEM;
	}
	ret = firmware_init(firmware, &ram, &rmp, &arguments->platform, arguments->seed);
	if (ret) {
		fprintf(stderr, "psp: cannot make the platform's keys: libcrypto failed\n");
		goto out;
	}
	ret = serve(arguments, firmware);
	firmware_free(firmware);
	ram_unmap(&ram);
out:
	free(firmware);
	return ret;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .platform = PLATFORM_DEFAULT, .seed = PSP_DEFAULT_SEED };
	struct spec_error error = { "" };
	int id, ret = 0;

	latencies_default(&arguments.latencies);
	while (!ret && (id = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (id == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (id == '?')
			return 2; /* getopt has printed why */
		ret = parse_option(id, optarg, &arguments, &error);
	}
	if (!ret && optind < argc)
		ret = fail(&error, "unexpected argument", argv[optind]);
	if (!ret)
		ret = check_arguments(&arguments, &error);
	if (ret) {
		fprintf(stderr, "psp: %s\n", ret == -ENOMEM ? "out of memory" : error.text);
		faults_free(&arguments.faults);
		return 2;
	}
	catch_signals();
	ret = run(&arguments);
	faults_free(&arguments.faults);
	return ret ? 1 : 0;
}
