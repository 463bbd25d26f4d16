// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mailbox from the other side: the test plays the machine. It connects to the emulator's
 * socket, writes registers and waits for the interrupt.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "server.h"

#define RAM_SIZE 0x100000U
#define BUFFER 0x1000U
#define ANSWER_MS 20000 /* far more than needed, for a busy machine */

/* Register offsets as in Linux (drivers/crypto/ccp/sp-pci.c, pspv4 and sevv2). */
enum {
	INTEN = 0x10690,
	INTSTS = 0x10694,
	CMDRESP = 0x10980,
	LO = 0x109e0,
	HI = 0x109e4,
	FEATURE = 0x109fc,
	/* registers of the kernel change for tests */
	RUNG = 0x20000,
	TAKEN = 0x20008,
};

struct machine {
	char folder[32], socket_path[64], log_path[64];
	pid_t emulator;
	int ram_fd, log_fd, socket, interrupt;
	uint8_t *ram;
	volatile uint32_t *registers;
};

static int serve(struct mailbox *mailbox, int ram_fd, int log_fd, const char *latency,
		 const char *fault)
{
	const volatile sig_atomic_t stop = 0;
	const struct platform platform = PLATFORM_DEFAULT;
	const struct rmp rmp = { 0 };
	struct firmware *firmware = malloc(sizeof(*firmware));
	struct spec_error error = { "" };
	struct ram ram = { 0 };
	char ram_path[32];
	struct server server = { .mailbox = mailbox,
				 .firmware = firmware,
				 .log_fd = log_fd,
				 .ram_path = ram_path,
				 .ram_size = RAM_SIZE,
				 .ram_below_4g = RAM_SIZE };
	int ret = -EINVAL;

	snprintf(ram_path, sizeof(ram_path), "/proc/self/fd/%d", ram_fd);
	if (firmware && !firmware_init(firmware, &ram, &rmp, &platform, 1) &&
	    !latency_parse(latency, &server.latencies, &error) &&
	    (!fault || !fault_parse(fault, &server.faults, &error)))
		ret = server_run(&server, &stop);
	firmware_free(firmware);
	free(firmware);
	faults_free(&server.faults);
	ram_unmap(&ram);
	mailbox_close(mailbox);
	return ret ? 1 : 0;
}

/* Receives a message of the ivshmem protocol. *fd: the file descriptor that came with it, or -1. */
static int64_t receive(int socket, int *fd)
{
	union {
		char buffer[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	int64_t number = INT64_MIN;
	struct iovec iov = { .iov_base = &number, .iov_len = sizeof(number) };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.buffer,
				  .msg_controllen = sizeof(control.buffer) };
	struct cmsghdr *header;

	*fd = -1;
	assert_int_equal(recvmsg(socket, &message, 0), sizeof(number));
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return number;
}

static void connect_to(struct machine *machine)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", machine->socket_path);
	machine->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(machine->socket, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(receive(machine->socket, &fd), 0);
	assert_int_equal(fd, -1);
	assert_true(receive(machine->socket, &fd) >= 0);
	assert_int_equal(fd, -1);
	assert_int_equal(receive(machine->socket, &fd), -1);
	assert_true(fd >= 0);
	machine->registers = mmap(NULL, 0x100000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(machine->registers, MAP_FAILED);
	close(fd);
	assert_true(receive(machine->socket, &machine->interrupt) >= 0);
	assert_true(machine->interrupt >= 0);
}

static void start(struct machine *machine, const char *latency, const char *fault)
{
	struct mailbox mailbox;

	strcpy(machine->folder, "/tmp/psp-test-XXXXXX");
	assert_non_null(mkdtemp(machine->folder));
	snprintf(machine->socket_path, sizeof(machine->socket_path), "%s/socket", machine->folder);
	machine->log_fd = memfd_create("log", 0);
	machine->ram_fd = memfd_create("ram", 0);
	assert_int_equal(ftruncate(machine->ram_fd, RAM_SIZE), 0);
	machine->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, machine->ram_fd, 0);
	assert_ptr_not_equal(machine->ram, MAP_FAILED);
	assert_int_equal(mailbox_open(&mailbox, machine->socket_path), 0);
	fflush(NULL);
	machine->emulator = fork();
	if (machine->emulator == 0)
		_exit(serve(&mailbox, machine->ram_fd, machine->log_fd, latency, fault));
	mailbox.path[0] = '\0'; /* the child unlinks the socket */
	mailbox_close(&mailbox);
	connect_to(machine);
	machine->registers[INTEN / 4] = UINT32_MAX;
}

/* Ends QEMU. The emulator must then end successfully and leave no socket behind. */
static void finish(struct machine *machine)
{
	struct stat st;
	int status;

	close(machine->socket);
	assert_int_equal(waitpid(machine->emulator, &status, 0), machine->emulator);
	assert_int_equal(status, 0);
	assert_int_equal(stat(machine->socket_path, &st), -1);
	rmdir(machine->folder);
	munmap((void *)machine->registers, 0x100000);
	munmap(machine->ram, RAM_SIZE);
	close(machine->interrupt);
	close(machine->ram_fd);
	close(machine->log_fd);
}

static void ring(struct machine *machine, uint32_t code, uint64_t buffer, bool interrupt)
{
	machine->registers[LO / 4] = (uint32_t)buffer;
	machine->registers[HI / 4] = (uint32_t)(buffer >> 32);
	__atomic_store_n(&machine->registers[CMDRESP / 4], code << 16 | interrupt,
			 __ATOMIC_SEQ_CST);
}

static bool interrupted(struct machine *machine, int timeout_ms)
{
	struct pollfd wait = { .fd = machine->interrupt, .events = POLLIN };
	uint64_t count;

	return poll(&wait, 1, timeout_ms) == 1 &&
	       read(machine->interrupt, &count, sizeof(count)) == sizeof(count);
}

static uint32_t issue(struct machine *machine, uint32_t code, uint64_t buffer)
{
	uint32_t reg;

	ring(machine, code, buffer, true);
	assert_true(interrupted(machine, ANSWER_MS));
	reg = machine->registers[CMDRESP / 4];
	assert_true(reg & 1U << 31);
	assert_int_equal(machine->registers[INTSTS / 4] & 2, 2);
	return reg & 0xffff;
}

static json_t *last_line(struct machine *machine)
{
	char text[0x4000];
	struct stat st;
	off_t start;
	ssize_t len;
	char *line;

	assert_int_equal(fstat(machine->log_fd, &st), 0);
	start = st.st_size < (off_t)sizeof(text) ? 0 : st.st_size - (off_t)sizeof(text) + 1;
	len = pread(machine->log_fd, text, sizeof(text) - 1, start);
	assert_true(len > 0);
	text[len - 1] = '\0'; /* the last newline */
	line = strrchr(text, '\n');
	return json_loads(line ? line + 1 : text, 0, NULL);
}

static void answers(void **state)
{
	struct buf_platform_status status = { 0 };
	struct machine machine;
	json_t *json;

	(void)state;
	start(&machine, "*=0", NULL);
	assert_int_equal(machine.registers[FEATURE / 4], 1);
	assert_true(machine.registers[CMDRESP / 4] & 1U << 31);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_PLATFORM_STATUS, BUFFER), 0);
	memcpy(&status, machine.ram + BUFFER, sizeof(status));
	assert_int_equal(status.api_major, 1);
	assert_int_equal(status.build, PSP_BUILD);
	/* The line must be there as soon as the answer is. */
	json = last_line(&machine);
	assert_string_equal(json_string_value(json_object_get(json, "cmd")), "PLATFORM_STATUS");
	assert_int_equal(json_integer_value(json_object_get(json, "seq")), 1);
	json_decref(json);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_PLATFORM_STATUS, UINT64_MAX),
			 SEVTRACE_PSP_INVALID_ADDRESS);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_DF_FLUSH, 0),
			 SEVTRACE_PSP_INVALID_PLATFORM_STATE);
	finish(&machine);
}

/*
 * A driver in a panic polls and wants no interrupt; a driver that has disabled it gets none either.
 */
static void no_interrupt(void **state)
{
	struct machine machine;

	(void)state;
	start(&machine, "*=0", NULL);
	ring(&machine, SEVTRACE_CMD_NOP, 0, false);
	while (!(machine.registers[CMDRESP / 4] & 1U << 31))
		usleep(100);
	assert_false(interrupted(&machine, 20));
	machine.registers[INTEN / 4] = 0;
	ring(&machine, SEVTRACE_CMD_NOP, 0, true);
	while (!(machine.registers[CMDRESP / 4] & 1U << 31))
		usleep(100);
	assert_false(interrupted(&machine, 20));
	finish(&machine);
}

static void latency(void **state)
{
	struct machine machine;
	json_int_t exec;
	json_t *json;

	(void)state;
	start(&machine, "NOP=5ms", NULL);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
	json = last_line(&machine);
	exec = json_integer_value(json_object_get(json, "exec_ns"));
	assert_in_range(exec, 5000000, 1000000000);
	json_decref(json);
	finish(&machine);
}

static void write_clock(struct machine *machine, unsigned int offset, uint64_t ns)
{
	__atomic_store_n((volatile uint64_t *)&machine->registers[offset / 4], ns,
			 __ATOMIC_SEQ_CST);
}

/* Waits until the last line is that of command @seq, and returns it. */
static json_t *line_of(struct machine *machine, json_int_t seq)
{
	for (int i = 0; i < ANSWER_MS; i++) {
		json_t *json = last_line(machine);

		if (json_integer_value(json_object_get(json, "seq")) == seq)
			return json;
		json_decref(json);
		usleep(1000);
	}
	fail_msg("the log has no line %lld", (long long)seq);
	return NULL;
}

/* If the driver reports its clock, the log has the time that the driver saw. */
static void drivers_view(void **state)
{
	struct machine machine;
	json_t *json;

	(void)state;
	start(&machine, "*=0", NULL);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
	write_clock(&machine, RUNG, 7000);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
	write_clock(&machine, TAKEN, 5007000);
	json = line_of(&machine, 2);
	assert_int_equal(json_integer_value(json_object_get(json, "exec_ns")), 5000000);
	assert_in_range(json_integer_value(json_object_get(json, "psp_ns")), 1, 1000000000000);
	json_decref(json);
	/*
	 * If the driver does not take the answer, or its clock is wrong, the log has the emulator's
	 * view.
	 */
	write_clock(&machine, RUNG, 9000);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
	write_clock(&machine, TAKEN, 8000);
	json = line_of(&machine, 3);
	assert_int_equal(json_integer_value(json_object_get(json, "exec_ns")),
			 json_integer_value(json_object_get(json, "psp_ns")));
	json_decref(json);
	finish(&machine);
}

/*
 * A driver that sees each command a millisecond late gets its answers earlier, a little more each
 * time, until it sees the wanted latency. Checks the shortest of the last commands, as a busy
 * machine only makes them longer.
 */
static void answers_earlier(void **state)
{
	const json_int_t latency = 3000000;
	json_int_t shortest = INT64_MAX;
	struct machine machine;

	(void)state;
	start(&machine, "NOP=3ms", NULL);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
	for (json_int_t seq = 2; seq <= 200; seq++) {
		json_int_t psp_ns;
		json_t *json;

		write_clock(&machine, RUNG, 1000);
		assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
		write_clock(&machine, TAKEN, 1000 + (uint64_t)latency + 1000000);
		json = line_of(&machine, seq);
		psp_ns = json_integer_value(json_object_get(json, "psp_ns"));
		if (seq == 2)
			assert_true(psp_ns >= latency);
		if (seq > 150 && psp_ns < shortest)
			shortest = psp_ns;
		json_decref(json);
	}
	assert_in_range(shortest, latency - 1000000, latency - 1);
	finish(&machine);
}

/* However late a driver was so far, half of the latency passes: it may be in time from now on. */
static void not_too_early(void **state)
{
	const json_int_t latency = 1000000;
	struct machine machine;

	(void)state;
	start(&machine, "NOP=1ms", NULL);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
	for (json_int_t seq = 2; seq <= 200; seq++) {
		json_t *json;

		write_clock(&machine, RUNG, 1000);
		assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, 0), 0);
		write_clock(&machine, TAKEN, 1000 + 5 * (uint64_t)latency);
		json = line_of(&machine, seq);
		assert_true(json_integer_value(json_object_get(json, "psp_ns")) >= latency / 2);
		json_decref(json);
	}
	finish(&machine);
}

static void faults(void **state)
{
	struct machine machine;
	json_t *json;

	(void)state;
	start(&machine, "*=0", "cmd=NOP,nth=2,status=HWSEV_RET_UNSAFE,extra=0x11:0x22");
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, BUFFER), 0);
	assert_int_equal(machine.registers[LO / 4], BUFFER);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, BUFFER), SEVTRACE_PSP_HWSEV_RET_UNSAFE);
	assert_int_equal(machine.registers[HI / 4], 0x11);
	assert_int_equal(machine.registers[LO / 4], 0x22);
	json = last_line(&machine);
	assert_string_equal(json_string_value(json_object_get(json, "fault")), "status");
	assert_string_equal(json_string_value(json_object_get(json, "extra")), "0x11:0x22");
	json_decref(json);
	assert_int_equal(issue(&machine, SEVTRACE_CMD_NOP, BUFFER), 0);
	finish(&machine);
}

/* Firmware that hangs never answers again, but ends with the machine. */
static void hang(void **state)
{
	struct machine machine;
	json_t *json;

	(void)state;
	start(&machine, "*=0", "cmd=NOP,hang");
	ring(&machine, SEVTRACE_CMD_NOP, 0, true);
	assert_false(interrupted(&machine, 200));
	assert_int_equal(machine.registers[CMDRESP / 4] & 1U << 31, 0);
	json = last_line(&machine);
	assert_true(json_is_null(json_object_get(json, "status")));
	assert_string_equal(json_string_value(json_object_get(json, "fault")), "hang");
	json_decref(json);
	ring(&machine, SEVTRACE_CMD_PLATFORM_STATUS, BUFFER, true);
	assert_false(interrupted(&machine, 100));
	finish(&machine);
}

static void socket_taken(void **state)
{
	struct mailbox first, second;
	char long_path[200];

	(void)state;
	unlink("/tmp/psp-test-taken");
	assert_int_equal(mailbox_open(&first, "/tmp/psp-test-taken"), 0);
	assert_int_equal(mailbox_open(&second, "/tmp/psp-test-taken"), -EADDRINUSE);
	mailbox_close(&first);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(mailbox_open(&first, long_path), -ENAMETOOLONG);
	assert_int_equal(mailbox_open(&first, "/nonexistent/socket"), -ENOENT);
}

static void ram_too_small(void **state)
{
	struct ram ram;

	(void)state;
	assert_int_equal(ram_map(&ram, "/dev/null", RAM_SIZE, RAM_SIZE), -EINVAL);
	assert_int_equal(ram_map(&ram, "/nonexistent", RAM_SIZE, RAM_SIZE), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),	cmocka_unit_test(no_interrupt),
		cmocka_unit_test(latency),	cmocka_unit_test(not_too_early),
		cmocka_unit_test(faults),	cmocka_unit_test(hang),
		cmocka_unit_test(socket_taken), cmocka_unit_test(ram_too_small),
		cmocka_unit_test(drivers_view), cmocka_unit_test(answers_earlier),
	};

	return cmocka_run_group_tests_name("psp server", tests, NULL, NULL);
}
