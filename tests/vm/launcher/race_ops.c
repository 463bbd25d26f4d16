// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the steps of a race. Each is one call or a few; any of them may cross with the calls of
 * other threads.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "race.h"
#include "uapi.h"

#define NOWHERE 16384 /* a guest frame that no memslot has */
#define ALIAS_GFN 12288
#define MOVED 256 /* guest frames by which a memslot moves */
#define NOT_NOW 1 /* the guest cannot do this step at the moment */

typedef int (*op_fn)(struct race *race, struct race_guest *slot, const struct race_step *step);

/* The second part of a step, when the guest may already be destroyed. The caller closes @fd. */
typedef int (*late_fn)(int fd, const struct race_step *step);

static unsigned int first_page(const struct race_guest *slot, enum guest_slot_id id,
			       const struct race_step *step)
{
	return guest_first(&slot->guest, id) + step->page;
}

static bool has_private(const struct race_guest *slot)
{
	return !slot->bare && !slot->lost;
}

/* Notes the pages that the kernel reports as encrypted. */
static void note_launched(struct race *race, struct race_guest *slot, unsigned int first,
			  unsigned int pages, bool told)
{
	struct guest *guest = &slot->guest;

	for (unsigned int i = first; i < first + pages; i++) {
		unsigned int offset;
		enum guest_slot_id id = guest_slot_of(guest, i, &offset);

		if (id == SLOT_INPLACE)
			atomic_fetch_add(&guest->encrypted[i], 1);
		else if (told)
			guest_note(guest, i, 1, NOTE_DONE);
		else if (atomic_load(&guest->slots[id].deleted))
			guest_note(guest, i, 1, NOTE_WRITTEN); /* it had no memslot just then */
		else
			race_wrong(race,
				   "%s: page %u has private memory and was encrypted in place",
				   guest_type_name(guest->type), i);
	}
}

static int update(struct race *race, struct race_guest *slot, unsigned int first,
		  unsigned int pages)
{
	struct guest_progress progress;
	int ret = guest_update(&slot->guest, first, pages, &progress);

	/* SNP_LAUNCH_UPDATE may stop early; only the progress tells */
	if (progress.done > pages ||
	    (!ret && progress.told && progress.done != pages && slot->guest.type != GUEST_SNP))
		race_wrong(race, "%s: LAUNCH_UPDATE of %u pages says %s after %u",
			   guest_type_name(slot->guest.type), pages, ret ? errno_name(-ret) : "ok",
			   progress.done);
	else if (progress.told)
		note_launched(race, slot, first, progress.done, true);
	else if (!ret)
		note_launched(race, slot, first, pages, false);
	return ret;
}

static int op_update_still(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	return has_private(slot) ?
		       update(race, slot, first_page(slot, SLOT_STILL, step), step->pages) :
		       NOT_NOW;
}

static int op_update_wild(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	return has_private(slot) ?
		       update(race, slot, first_page(slot, SLOT_WILD, step), step->pages) :
		       NOT_NOW;
}

static int op_update_inplace(struct race *race, struct race_guest *slot,
			     const struct race_step *step)
{
	return update(race, slot, first_page(slot, SLOT_INPLACE, step), step->pages);
}

/* Launches from the end of a private memslot into the next one, which is private or shared. */
static int op_update_across(struct race *race, struct race_guest *slot,
			    const struct race_step *step)
{
	unsigned int skip = RACE_SLOT_PAGES / 2 + step->page / 2;
	unsigned int first =
		guest_first(&slot->guest, step->pick & 1 ? SLOT_STILL : SLOT_WILD) + skip;
	unsigned int pages = RACE_SLOT_PAGES - skip + step->pages;

	return has_private(slot) ? update(race, slot, first, pages) : NOT_NOW;
}

static int fault(const struct race_guest *slot, enum guest_slot_id id, const struct race_step *step)
{
	return guest_fault(&slot->guest, (unsigned int)(step->pick % GUEST_VCPUS),
			   guest_gfn(&slot->guest, first_page(slot, id, step)), step->pages);
}

static int op_fault_shared(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	return fault(slot, SLOT_INPLACE, step);
}

static int op_fault_still(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	return has_private(slot) ? fault(slot, SLOT_STILL, step) : NOT_NOW;
}

static int op_fault_wild(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	return has_private(slot) ? fault(slot, SLOT_WILD, step) : NOT_NOW;
}

/*
 * Faults and converts MMIO: the guest's page tables keep their entry even if the attribute changes.
 */
static int op_nowhere(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	uint64_t gfn = NOWHERE + step->page;
	int ret = guest_fault(&slot->guest, (unsigned int)(step->pick % GUEST_VCPUS), gfn, 1);

	if (!ret)
		race_wrong(race, "%s: gfn %#llx is mapped, where no memslot is",
			   guest_type_name(slot->guest.type), (unsigned long long)gfn);
	return guest_convert(&slot->guest, gfn, step->pages, step->pick & 2);
}

static int convert(struct race_guest *slot, const struct race_step *step, bool private)
{
	unsigned int first = first_page(slot, SLOT_WILD, step);

	guest_note(&slot->guest, first, step->pages, NOTE_CONVERTED);
	return guest_convert(&slot->guest, guest_gfn(&slot->guest, first), step->pages, private);
}

static int op_convert(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	return convert(slot, step, true);
}

static int op_share(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	return convert(slot, step, false);
}

static int op_punch(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	unsigned int first = first_page(slot, SLOT_WILD, step);

	(void)race;
	guest_note(&slot->guest, first, step->pages, NOTE_GONE);
	return guest_punch(&slot->guest, first, step->pages);
}

static int op_refill(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	int ret = op_punch(race, slot, step);

	/* SNP guests have private pages before the launch, other guests after it */
	if (!ret)
		ret = convert(slot, step, slot->guest.type == GUEST_SNP);
	return ret ? ret : op_update_wild(race, slot, step);
}

static int op_close(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	(void)step;
	guest_note(&slot->guest, guest_first(&slot->guest, SLOT_WILD), RACE_SLOT_PAGES, NOTE_GONE);
	return guest_close_memfd(&slot->guest.slots[SLOT_WILD]);
}

/* Returns the memslot's home or a place beside it. */
static uint64_t place(const struct race_guest *slot, enum guest_slot_id id, uint64_t pick)
{
	uint64_t home = slot->guest.slots[id].gfn & ~(uint64_t)MOVED;

	return home + (pick & 1 ? MOVED : 0);
}

static int op_slot_delete(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	int ret;

	(void)race;
	if (!has_private(slot))
		return NOT_NOW;
	ret = guest_slot_delete(&slot->guest, SLOT_WILD);
	return ret ? ret :
		     guest_slot_add(&slot->guest, SLOT_WILD, place(slot, SLOT_WILD, step->pick));
}

static int op_slot_move(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)race;
	return guest_slot_add(&slot->guest, SLOT_INPLACE, place(slot, SLOT_INPLACE, step->pick));
}

static int op_alias(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	unsigned int first = first_page(slot, SLOT_STILL, step);
	int ret;

	if (!has_private(slot))
		return NOT_NOW;
	ret = guest_alias_add(&slot->guest, 0, first, step->pages, ALIAS_GFN);
	if (ret)
		return ret;
	ret = update(race, slot, first, step->pages);
	guest_alias_delete(&slot->guest, 0);
	return ret;
}

static int op_smm(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	int ret;

	if (!has_private(slot))
		return NOT_NOW;
	ret = guest_alias_add(&slot->guest, 1, first_page(slot, SLOT_STILL, step), step->pages, 0);
	if (!ret) {
		race_wrong(race, "%s: a memslot for SMM was accepted beside private memory",
			   guest_type_name(slot->guest.type));
		guest_alias_delete(&slot->guest, 1);
	}
	return ret;
}

static int op_mirror(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	int mirror = -1;
	int ret;

	(void)step;
	if (slot->bare || slot->lost)
		return NOT_NOW;
	ret = guest_mirror(&slot->guest, &mirror);
	if (!ret) {
		race_wrong(race, "%s: a VM with private memory was mirrored",
			   guest_type_name(slot->guest.type));
		close(mirror);
	}
	return ret;
}

static int open_target(const struct race *race, struct guest *target, enum guest_type type)
{
	const struct guest_shape shape = { .type = type, .bare = true };

	return guest_open(target, race->kvm, race->sev, &shape);
}

static int op_migrate(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	struct guest target;
	int ret;

	if (!has_private(slot))
		return NOT_NOW;
	ret = open_target(race, &target, slot->guest.type);
	if (ret)
		return ret;
	ret = guest_migrate(&target, &slot->guest);
	if (!ret) {
		race_wrong(race, "%s: a VM with private memory was migrated",
			   guest_type_name(slot->guest.type));
		slot->lost = true;
	}
	guest_close(&target, (unsigned int)step->pick);
	return ret;
}

/* Moves the guest into the target VM, which now has the context; closes the old VM. */
static void move_in(struct race_guest *slot, struct guest *target, unsigned int order)
{
	struct guest *guest = &slot->guest;
	struct guest old = *target;

	old.vm = guest->vm;
	guest->vm = target->vm;
	for (unsigned int i = 0; i < GUEST_VCPUS; i++) {
		old.vcpus[i] = guest->vcpus[i];
		guest->vcpus[i] = target->vcpus[i];
	}
	guest_close(&old, order);
}

static int op_migrate_bare(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	struct guest *guest = &slot->guest;
	struct guest target;
	int ret;

	if (slot->lost)
		return NOT_NOW;
	ret = slot->bare ? 0 : guest_slot_delete(guest, SLOT_STILL);
	if (ret)
		return ret;
	guest_slot_delete(guest, SLOT_WILD); /* may be deleted already */
	guest_note(guest, 0, 2 * RACE_SLOT_PAGES, NOTE_GONE);
	slot->bare = true;
	if (slot->mirror < 0 && step->pick & 1 && guest_mirror(guest, &slot->mirror))
		race_wrong(race, "%s: a VM without private memory was not mirrored",
			   guest_type_name(guest->type));
	ret = open_target(race, &target, guest->type);
	if (ret)
		return ret;
	ret = guest_migrate(&target, guest);
	if (ret) {
		/* a SEV-ES guest cannot migrate before its vCPUs' state is encrypted */
		if (guest->type == GUEST_SEV)
			race_wrong(race, "sev: a VM without private memory was not migrated: %s",
				   errno_name(-ret));
		guest_close(&target, 0);
		return ret;
	}
	move_in(slot, &target, (unsigned int)step->pick);
	return guest_slot_add(guest, SLOT_INPLACE, guest->slots[SLOT_INPLACE].gfn);
}

static int op_measure(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	uint32_t fw_error;

	(void)race;
	(void)step;
	return guest_measure(&slot->guest, measurement, sizeof(measurement), &fw_error);
}

static int op_finish(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	uint32_t fw_error;

	(void)race;
	(void)step;
	return guest_finish(&slot->guest, &fw_error);
}

/* Issues a command on the user memory of a page. KVM refuses it for a launched private page. */
static int on_user_memory(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	static _Thread_local uint8_t buffer[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	static const enum guest_slot_id ids[] = { SLOT_STILL, SLOT_WILD, SLOT_INPLACE };
	unsigned int page = first_page(slot, ids[step->pick % 3], step);
	bool private = has_private(slot) && step->pick % 3 == 0 &&
		       atomic_load(&slot->guest.notes[page]) & NOTE_DONE;
	uint32_t fw_error;
	int ret;

	/* on SNP hosts, other pages fail for another reason: see the trial "transfer" */
	if (step->op == RACE_RECEIVE && !private)
		return NOT_NOW;
	if (step->pick % 3 == 0 && !private)
		page = first_page(slot, SLOT_INPLACE, step);
	if (!private && step->op != RACE_DEBUG_DECRYPT && step->op != RACE_SEND)
		guest_note(&slot->guest, page, 1, NOTE_WRITTEN);
	switch (step->op) {
	case RACE_SECRET:
		ret = guest_secret(&slot->guest, buffer, buffer, page, &fw_error);
		break;
	case RACE_SEND:
		ret = guest_send(&slot->guest, page, buffer, &fw_error);
		break;
	case RACE_RECEIVE:
		ret = guest_receive(&slot->guest, page, buffer, &fw_error);
		break;
	default:
		ret = guest_debug(&slot->guest, step->op == RACE_DEBUG_DECRYPT, page, buffer,
				  &fw_error);
		break;
	}
	if (private && ret != -EINVAL)
		race_wrong(race, "%s: %s of the user memory of private page %u: %s, wanted EINVAL",
			   guest_type_name(slot->guest.type), race_op_name(step->op), page,
			   ret ? errno_name(-ret) : "accepted");
	return ret;
}

static int op_check(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	(void)step;
	return race_check(race, slot);
}

static int op_replace(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	int ret = race_check(race, slot);

	if (ret)
		return ret;
	race_destroy(race, slot, step->pick);
	return race_create(race, slot, race_type(race, step->pick >> 8));
}

static int take_vcpu(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	int fd;

	(void)race;
	fd = dup(slot->guest.vcpus[step->pick % GUEST_VCPUS]);
	return fd < 0 ? -errno : fd;
}

static int late_fault(int fd, const struct race_step *step)
{
	const struct guest vcpu = { .vcpus = { fd } };

	return guest_fault(&vcpu, 0, step->page, step->pages);
}

static int take_memfd(struct race *race, struct race_guest *slot, const struct race_step *step)
{
	unsigned int first = first_page(slot, SLOT_WILD, step);
	int fd;

	(void)race;
	guest_note(&slot->guest, first, step->pages, NOTE_GONE);
	fd = dup(slot->guest.slots[SLOT_WILD].gmem);
	return fd < 0 ? -errno : fd;
}

static int late_punch(int fd, const struct race_step *step)
{
	const struct guest guest = {
		.slots = { { .pages = RACE_SLOT_PAGES, .gmem = fd } },
	};

	return guest_punch(&guest, step->page, step->pages);
}

#define ERRNOS_MAX 7

/* The functions of the steps, and the errnos that are right in whatever order the threads run. */
static const struct {
	op_fn run;
	late_fn late;
	bool alone; /* no other worker may use the guest meanwhile */
	bool signals; /* signals may interrupt it, see race.c */
	int errnos[ERRNOS_MAX];
} rows[RACE_OP_COUNT] = {
	[RACE_FAULT_SHARED] = { op_fault_shared, .signals = true, .errnos = { ENOENT, EFAULT } },
	[RACE_NOWHERE] = { op_nowhere, .errnos = { 0 } },
	[RACE_CONVERT] = { op_convert, .errnos = { 0 } },
	[RACE_SHARE] = { op_share, .errnos = { 0 } },
	[RACE_SLOT_MOVE] = { op_slot_move, .errnos = { 0 } },
	[RACE_UPDATE_STILL] = { op_update_still, .signals = true,
				.errnos = { EINTR, EEXIST, EINVAL, EIO } },
	[RACE_UPDATE_WILD] = { op_update_wild, .signals = true,
			       .errnos = { EINTR, EEXIST, EINVAL, EIO, EFAULT } },
	[RACE_UPDATE_INPLACE] = { op_update_inplace, .signals = true, .errnos = { EINTR, EIO } },
	[RACE_UPDATE_ACROSS] = { op_update_across, .signals = true,
				 .errnos = { EINTR, EEXIST, EINVAL, EIO, EFAULT } },
	[RACE_PUNCH] = { op_punch, .errnos = { ENODEV } },
	[RACE_REFILL] = { op_refill, .signals = true,
			  .errnos = { EINTR, EEXIST, EINVAL, EIO, EFAULT, ENODEV } },
	[RACE_SLOT_DELETE] = { op_slot_delete, .errnos = { EINVAL, EBADF } },
	[RACE_ALIAS] = { op_alias, .signals = true, .errnos = { EINTR, EINVAL, EEXIST, EIO } },
	[RACE_SMM] = { op_smm, .errnos = { EINVAL } },
	/* EBUSY: another thread is migrating or mirroring this guest */
	[RACE_MIRROR] = { op_mirror, .errnos = { EINVAL, EBUSY } },
	[RACE_MIGRATE] = { op_migrate, .errnos = { EINVAL, EBUSY } },
	[RACE_MEASURE] = { op_measure, .errnos = { EINVAL, EIO } },
	[RACE_SECRET] = { on_user_memory, .errnos = { EINVAL, EIO } },
	[RACE_FINISH] = { op_finish, .errnos = { EIO, EINVAL } },
	/* EFAULT: KVM reads the attribute twice, and a launch set or cleared it in between */
	[RACE_FAULT_STILL] = { op_fault_still, .signals = true, .errnos = { EFAULT, EOPNOTSUPP } },
	[RACE_FAULT_WILD] = { op_fault_wild, .signals = true,
			      .errnos = { ENOENT, EFAULT, EOPNOTSUPP } },
	[RACE_DEBUG_DECRYPT] = { on_user_memory, .errnos = { EINVAL, EIO } },
	[RACE_DEBUG_ENCRYPT] = { on_user_memory, .errnos = { EINVAL, EIO } },
	[RACE_SEND] = { on_user_memory, .errnos = { EINVAL, EIO } },
	[RACE_RECEIVE] = { on_user_memory, .errnos = { EINVAL } },
	[RACE_CHECK] = { op_check, .alone = true, .errnos = { 0 } },
	[RACE_CLOSE] = { op_close, .errnos = { EBADF } },
	[RACE_LATE_FAULT] = { take_vcpu, late_fault, .signals = true,
			      .errnos = { ENOENT, EFAULT, EOPNOTSUPP } },
	[RACE_LATE_PUNCH] = { take_memfd, late_punch, .errnos = { ENODEV } },
	[RACE_MIGRATE_BARE] = { op_migrate_bare, .alone = true, .errnos = { EINVAL } },
	[RACE_REPLACE] = { op_replace, .alone = true, .errnos = { 0 } },
};

/*
 * Counts a result. EBADF is right for a migrated guest: it has lost the file through which KVM
 * reaches the PSP.
 */
static void count(struct race *race, enum guest_type type, bool bare, enum race_op op, int ret)
{
	struct race_count *counts = &race->counts[type][op];
	bool right = !ret || (bare && ret == -EBADF);

	if (!ret) {
		counts->done++;
		return;
	}
	if (-ret < RACE_ERRNOS)
		counts->refused[-ret]++;
	for (unsigned int i = 0; i < ERRNOS_MAX; i++)
		right = right || -ret == rows[op].errnos[i];
	if (!right)
		race_wrong(race, "%s: %s: %s (%s), which nothing explains", guest_type_name(type),
			   race_op_name(op), errno_name(-ret), strerrordesc_np(-ret));
}

void race_step_do(struct race *race, const struct race_step *step)
{
	struct race_guest *slot = &race->guests[step->guest];
	enum guest_type type;
	sigset_t signals;
	bool fits;
	bool bare;
	int ret = NOT_NOW;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(rows[step->op].signals ? SIG_UNBLOCK : SIG_BLOCK, &signals, NULL);
	if (rows[step->op].alone)
		pthread_rwlock_wrlock(&slot->lock);
	else
		pthread_rwlock_rdlock(&slot->lock);
	type = slot->guest.type;
	fits = slot->open && race_op_fits(step->op, type);
	if (fits)
		ret = rows[step->op].run(race, slot, step);
	bare = slot->bare;
	pthread_rwlock_unlock(&slot->lock);
	if (!fits)
		return;
	if (rows[step->op].late && ret >= 0) {
		int fd = ret;

		ret = rows[step->op].late(fd, step);
		close(fd);
	}
	if (ret != NOT_NOW)
		count(race, type, bare, step->op, ret);
}
