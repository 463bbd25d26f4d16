// SPDX-License-Identifier: GPL-2.0-only
#include "flight/report.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "explain/explain.h"
#include "sev/names.h"
#include "util/array.h"
#include "util/text.h"

static void set_name(char *to, size_t size, const char *name, uint32_t number)
{
	char hex[NAME_LEN];

	snprintf(to, size, "%s", name_or_hex(name, number, hex));
}

/* Copies a name, with "_" for what a file's name should not have. */
static void set_slug(char *to, size_t size, const char *name)
{
	size_t n = 0;

	for (; n < size - 1 && name[n]; n++)
		to[n] = isalnum((unsigned char)name[n]) ? name[n] : '_';
	to[n] = '\0';
}

/* Sets the name without KVM_SEV_ or KVM_. */
static void set_what(struct flight_report *r, const char *name)
{
	static const char *const prefixes[] = { "KVM_SEV_", "KVM_" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) != 0)
			continue;
		name += strlen(prefixes[i]);
		break;
	}
	set_slug(r->what, sizeof(r->what), name);
}

static void fill_names(struct flight_report *r, const struct model_launch *m)
{
	const char *name = launch_name(m);

	text_clean(r->comm, sizeof(r->comm), m->comm);
	launch_vmm(m, r->vmm);
	if (!name)
		return;
	text_clean(r->name, sizeof(r->name), name);
	set_slug(r->slug, sizeof(r->slug), r->name);
}

static void fill_firmware(struct flight_report *r, const struct sevtrace_rec_psp *psp)
{
	set_name(r->command, sizeof(r->command), psp_command_name(psp->cmd), psp->cmd);
	if (psp->answered)
		set_name(r->status, sizeof(r->status), psp_status_name(psp->status), psp->status);
}

/* Fills in commands outside of launches: platform initialisation, or commands of /dev/sev. */
static void fill_host(struct flight_report *r, const struct flight_launch *l)
{
	const struct sevtrace_rec_psp *psp = &l->command;
	const struct explanation why = explain_command(psp);

	r->ts = psp->h.ts;
	r->ret = psp->ret;
	fill_firmware(r, psp);
	set_what(r, r->command);
	r->cause = why.cause ? why.cause : "";
}

/* Fills in a launch that succeeded, but took long. */
static void fill_slow(struct flight_report *r, const struct flight_launch *l,
		      const struct model_launch *m)
{
	if (l->why == FLIGHT_SLOW) {
		r->ns = m ? launch_duration(m) : 0;
		set_what(r, "slow");
		return;
	}
	r->ns = l->command.exec;
	set_name(r->command, sizeof(r->command), psp_command_name(l->command.cmd), l->command.cmd);
	snprintf(r->what, sizeof(r->what), "slow-%s", r->command);
}

void flight_report_fill(struct flight_report *r, const struct flight *f,
			const struct flight_launch *l)
{
	const struct model_launch *m = flight_model(f, l);
	const struct model_failure *failure = flight_failure(f, l);
	struct explanation why;

	memset(r, 0, sizeof(*r));
	r->ts = l->last;
	r->why = l->why;
	r->vm_type = r->cause = "";
	if (!l->number) {
		fill_host(r, l);
		return;
	}
	if (m) {
		r->pid = m->pid;
		r->asid = m->asid;
		fill_names(r, m);
		r->vm_type = vm_type_name(m->vm_type) ? vm_type_name(m->vm_type) : "";
	}
	if (r->why != FLIGHT_FAILED) {
		fill_slow(r, l, m);
		return;
	}
	if (!failure)
		return;
	why = explain_failure(failure, 0);
	r->ts = failure->ts;
	r->ret = failure->ret;
	r->cause = why.cause ? why.cause : "";
	set_name(r->ioctl, sizeof(r->ioctl), ioctl_name(failure->ioctl), failure->ioctl);
	set_what(r, r->ioctl);
	if (failure->has_psp)
		fill_firmware(r, &failure->psp);
	else if (failure->psp_answered)
		set_name(r->status, sizeof(r->status), psp_status_name(failure->fw_error),
			 failure->fw_error);
}

struct flight_name flight_report_name(const struct flight_report *r)
{
	return (struct flight_name){ r->ts, r->slug, r->pid, r->asid,
				     *r->what ? r->what : "unknown" };
}

static void print_slow(const struct flight_report *r, FILE *out)
{
	const struct text_style plain = { .out = out };
	char time[TEXT_LEN];

	fprintf(out, "sevtrace record: slow launch: %s, %s, ASID %u: %s%s%s\n", r->vmm,
		*r->vm_type ? r->vm_type : "type unknown", r->asid, r->command,
		*r->command ? " executed for " : "", text_time(&plain, r->ns, time));
}

void flight_report_print(const struct flight_report *r, FILE *out)
{
	const char *error = errno_name(r->ret);

	if (r->why != FLIGHT_FAILED) {
		print_slow(r, out);
		return;
	}
	if (*r->ioctl)
		fprintf(out, "sevtrace record: launch failed: %s, %s, ASID %u: %s: ", r->vmm,
			*r->vm_type ? r->vm_type : "type unknown", r->asid, r->ioctl);
	else
		fprintf(out,
			"sevtrace record: PSP command failed outside any launch: %s: ", r->command);
	if (!r->ret)
		fputs("pages left", out);
	else
		fprintf(out, "%s", error && *error ? error : "error");
	if (*r->status)
		fprintf(out, ", firmware %s", r->status);
	if (*r->cause)
		fprintf(out, ": %s", r->cause);
	fputc('\n', out);
}

__attribute__((format(printf, 3, 4))) static void set(struct flight_report *r, size_t *used,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->values[*used], FLIGHT_VALUE_LEN, format, args);
	va_end(args);
	++*used;
}

void flight_report_variables(struct flight_report *r, const char *path,
			     const char *variables[FLIGHT_VARIABLES + 1])
{
	size_t n = 0;

	snprintf(r->file, sizeof(r->file), "SEVTRACE_FILE=%s", path);
	set(r, &n, "SEVTRACE_PID=%u", r->pid);
	set(r, &n, "SEVTRACE_COMM=%s", r->comm);
	set(r, &n, "SEVTRACE_NAME=%s", r->name);
	set(r, &n, "SEVTRACE_VM_TYPE=%s", r->vm_type);
	set(r, &n, "SEVTRACE_ASID=%u", r->asid);
	set(r, &n, "SEVTRACE_IOCTL=%s", r->ioctl);
	set(r, &n, "SEVTRACE_RET=%d", r->ret);
	set(r, &n, "SEVTRACE_ERRNO=%s", errno_name(r->ret) ? errno_name(r->ret) : "");
	set(r, &n, "SEVTRACE_PSP_COMMAND=%s", r->command);
	set(r, &n, "SEVTRACE_PSP_STATUS=%s", r->status);
	set(r, &n, "SEVTRACE_CAUSE=%s", r->cause);
	set(r, &n, "SEVTRACE_WHY=%s", r->why == FLIGHT_FAILED ? "failed" : "slow");
	set(r, &n, "SEVTRACE_SLOW_NS=%" PRIu64, r->ns);
	variables[0] = r->file;
	for (size_t i = 0; i < n; i++)
		variables[i + 1] = r->values[i];
	variables[n + 1] = NULL;
}

static void count(FILE *out, const char *before, uint64_t n, const char *after)
{
	char buf[TEXT_LEN];

	fprintf(out, "%s%s %s", before, text_count(n, buf), after);
}

void flight_report_end(const struct flight_end *end, uint64_t emitted, uint64_t dropped, FILE *out)
{
	const struct flight_counts *c = &end->counts;

	count(out, "[ sevtrace record: launches: ", c->ok, "ok");
	count(out, ", ", c->failed, "failed");
	count(out, ", ", c->incomplete, "given up with no failure");
	if (c->slow)
		count(out, ", ", c->slow, "slow");
	count(out, "; ", end->written, end->written == 1 ? "file" : "files");
	fprintf(out, " written to %s", end->dir);
	count(out, "; ", emitted, "events");
	count(out, ", ", dropped, "dropped");
	fprintf(out, ", %.1f MiB in the kernel ]\n", (double)end->kernel_bytes / (1 << 20));
	if (end->refused)
		count(out, "[ sevtrace record: ", end->refused,
		      "launches without a file: there were too many ]\n");
	if (end->unwritten)
		count(out, "[ sevtrace record: ", end->unwritten, "files could not be written ]\n");
	if (c->forgotten)
		count(out, "[ sevtrace record: ", c->forgotten,
		      "launches were no longer watched, as more were under way than are kept ]\n");
	if (dropped)
		fputs("[ sevtrace record: use a larger --buffer-size to lose fewer ]\n", out);
}
