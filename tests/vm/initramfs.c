// SPDX-License-Identifier: GPL-2.0-only
/*
 * First process of the initramfs of the virtual SEV host: loads the modules named in /modules, with
 * the options that the kernel's command line has for them (NAME.OPTION=VALUE), mounts the 9p root
 * and starts init= there. Linked statically.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char command_line[4096];

/*
 * The end of the machine. The power goes off: when its first process ends, the kernel panics, and
 * its trace would be the console's last lines instead of the reason.
 */
__attribute__((noreturn)) static void die(const char *what)
{
	dprintf(STDERR_FILENO, "initramfs: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

/*
 * The rest of the next word that begins with PREFIX, from *at on; NULL after the last. The kernel's
 * words end at "--".
 */
static const char *next_word(char **at, const char *prefix, size_t *len)
{
	size_t n = strlen(prefix);

	for (;;) {
		char *word = *at + strspn(*at, " \n");

		*len = strcspn(word, " \n");
		if (!*len || (*len == 2 && !strncmp(word, "--", 2)))
			return NULL;
		*at = word + *len;
		if (*len >= n && !strncmp(word, prefix, n)) {
			*len -= n;
			return word + n;
		}
	}
}

static const char *option(const char *prefix)
{
	static char values[4][512];
	static unsigned int n;
	char *at = command_line;
	size_t len;
	const char *value = next_word(&at, prefix, &len);

	errno = EINVAL;
	if (!value || len >= sizeof(values[0]) || n == sizeof(values) / sizeof(values[0]))
		die(prefix);
	return memcpy(values[n++], value, len);
}

static void load(const char *name)
{
	static char path[256], options[sizeof(command_line)], prefix[256];
	char *at = command_line;
	const char *value;
	size_t len, used = 0;
	int fd;

	snprintf(path, sizeof(path), "/%s.ko", name);
	snprintf(prefix, sizeof(prefix), "%s.", name);
	while ((value = next_word(&at, prefix, &len)))
		used += (size_t)snprintf(options + used, sizeof(options) - used, "%.*s ", (int)len,
					 value);
	options[used] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (syscall(SYS_finit_module, fd, options, 0) && errno != EEXIST))
		die(name);
	close(fd);
}

static void load_all(void)
{
	FILE *list = fopen("/modules", "re");
	char name[128];

	if (!list)
		die("/modules");
	while (fscanf(list, "%127s", name) == 1)
		load(name);
	fclose(list);
}

int main(int argc, char **argv)
{
	const char *init;
	int fd;

	(void)argc;
	mkdir("/proc", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL))
		die("/proc");
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, command_line, sizeof(command_line) - 1) < 0)
		die("/proc/cmdline");
	close(fd);
	load_all();
	mkdir("/root", 0700);
	if (mount(option("root="), "/root", option("rootfstype="), MS_RDONLY, option("rootflags=")))
		die("root");
	/*
	 * mount -a reads /proc/self/mountinfo. Until /proc is mounted that is the outer machine's,
	 * by 9p. Kernels before 7 read it as empty, as its size is 0; later ones do not, and mount
	 * would believe that all is there.
	 */
	if (mount("proc", "/root/proc", "proc", 0, NULL))
		die("/root/proc");
	umount("/proc");
	init = option("init=");
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("the root file system cannot be entered");
	argv[0] = (char *)init;
	execv(init, argv);
	die(init);
}
