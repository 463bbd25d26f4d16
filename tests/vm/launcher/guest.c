// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens a guest and makes the calls that concern its memory.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "cmdline.h"
#include "layout.h"
#include "session.h"
#include "uapi.h"

#define SLOT_DISTANCE 2048 /* guest frames */
#define ALIAS_SLOT 9
#define CPUID_ENTRIES 256
#define SNP_POLICY 0x30000 /* the same as in cmdline.c */

static int request(int fd, unsigned long number, void *arg)
{
	int ret = ioctl(fd, number, arg);

	return ret < 0 ? -errno : ret;
}

int guest_command(const struct guest *guest, uint32_t id, void *data, uint32_t *fw_error)
{
	struct kvm_sev_cmd command = {
		.id = id,
		.data = (uintptr_t)data,
		.sev_fd = (uint32_t)guest->sev,
	};
	int ret = request(guest->vm, KVM_MEMORY_ENCRYPT_OP, &command);

	*fw_error = command.error;
	return ret;
}

enum guest_slot_id guest_slot_of(const struct guest *guest, unsigned int page, unsigned int *offset)
{
	unsigned int id = 0;

	while (id + 1 < GUEST_SLOTS && page >= guest->slots[id].pages)
		page -= guest->slots[id++].pages;
	*offset = page;
	return (enum guest_slot_id)id;
}

unsigned int guest_first(const struct guest *guest, enum guest_slot_id id)
{
	unsigned int first = 0;

	for (unsigned int i = 0; i < (unsigned int)id; i++)
		first += guest->slots[i].pages;
	return first;
}

uint64_t guest_gfn(const struct guest *guest, unsigned int page)
{
	unsigned int offset;
	const struct guest_slot *slot = &guest->slots[guest_slot_of(guest, page, &offset)];

	return slot->gfn + offset;
}

void guest_note(struct guest *guest, unsigned int first, unsigned int pages, uint8_t notes)
{
	for (unsigned int i = first; i < first + pages; i++)
		atomic_fetch_or(&guest->notes[i], notes);
}

static int set_slot(const struct guest *guest, enum guest_slot_id id, uint64_t gfn, bool delete)
{
	const struct guest_slot *slot = &guest->slots[id];
	struct uapi_kvm_userspace_memory_region2 region = {
		.slot = id,
		.flags = id == SLOT_INPLACE ? 0 : UAPI_KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = gfn << PAGE_BITS,
		.memory_size = delete ? 0 : slot->pages * PAGE_BYTES,
		.userspace_addr = (uintptr_t)guest_page(guest, guest_first(guest, id)),
		.guest_memfd = id == SLOT_INPLACE ? 0 : (uint32_t)slot->gmem,
	};

	if (delete)
		region.flags = 0;
	return request(guest->vm, UAPI_KVM_SET_USER_MEMORY_REGION2, &region);
}

int guest_slot_delete(struct guest *guest, enum guest_slot_id id)
{
	struct guest_slot *slot = &guest->slots[id];
	int ret;

	atomic_store(&slot->deleted, true);
	ret = set_slot(guest, id, slot->gfn, true);
	if (!ret)
		atomic_store(&slot->present, false);
	return ret;
}

int guest_slot_add(struct guest *guest, enum guest_slot_id id, uint64_t gfn)
{
	struct guest_slot *slot = &guest->slots[id];
	int ret = set_slot(guest, id, gfn, false);

	if (ret)
		return ret;
	atomic_store(&slot->gfn, gfn);
	atomic_store(&slot->present, true);
	return 0;
}

int guest_alias_add(const struct guest *guest, unsigned int space, unsigned int first,
		    unsigned int pages, uint64_t gfn)
{
	struct kvm_userspace_memory_region region = {
		.slot = space << 16 | ALIAS_SLOT,
		.guest_phys_addr = gfn << PAGE_BITS,
		.memory_size = pages * PAGE_BYTES,
		.userspace_addr = (uintptr_t)guest_page(guest, first),
	};

	return request(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

int guest_alias_delete(const struct guest *guest, unsigned int space)
{
	struct kvm_userspace_memory_region region = { .slot = space << 16 | ALIAS_SLOT };

	return request(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static int add_vcpu(struct guest *guest, unsigned int vcpu)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
	} *cpuid = calloc(1, sizeof(*cpuid));
	int ret;

	if (!cpuid)
		return -ENOMEM;
	cpuid->head.nent = CPUID_ENTRIES;
	ret = request(guest->vm, KVM_CREATE_VCPU,
		      (void *)(uintptr_t)vcpu); /* NOLINT(performance-no-int-to-ptr) */
	if (ret >= 0) {
		guest->vcpus[vcpu] = ret;
		ret = request(guest->kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	}
	if (ret >= 0)
		ret = request(guest->vcpus[vcpu], KVM_SET_CPUID2, cpuid);
	free(cpuid);
	return ret < 0 ? ret : 0;
}

static int add_slots(struct guest *guest)
{
	int ret = 0;

	for (unsigned int i = 0; i < GUEST_SLOTS && !ret; i++) {
		struct guest_slot *slot = &guest->slots[i];
		struct uapi_kvm_create_guest_memfd gmem = { .size = slot->pages * PAGE_BYTES };
		struct kvm_enc_region region = {
			.addr = (uintptr_t)guest_page(guest,
						      guest_first(guest, (enum guest_slot_id)i)),
			.size = gmem.size,
		};

		if (!slot->pages)
			continue;
		if (i != SLOT_INPLACE) {
			ret = request(guest->vm, UAPI_KVM_CREATE_GUEST_MEMFD, &gmem);
			if (ret < 0)
				return ret;
			slot->gmem = ret;
		} else if (guest->handle) {
			/* KVM pins in-place memory, so that it does not move */
			ret = request(guest->vm, KVM_MEMORY_ENCRYPT_REG_REGION, &region);
			if (ret < 0)
				return ret;
		}
		ret = guest_slot_add(guest, (enum guest_slot_id)i, slot->gfn);
	}
	return ret;
}

/*
 * Starts an SNP guest and finds its handle. The kernel does not tell the handle, so this reads it
 * from the PSP's log and starts one guest at a time.
 */
static int start_snp(struct guest *guest, const char *log)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct uapi_kvm_sev_snp_launch_start snp = { .policy = SNP_POLICY };
	uint32_t fw_error;
	int ret = 0;

	pthread_mutex_lock(&lock);
	if (log)
		ret = psplog_end(log, &guest->log_start);
	if (!ret)
		ret = guest_command(guest, UAPI_KVM_SEV_SNP_LAUNCH_START, &snp, &fw_error);
	if (!ret && log)
		ret = psplog_snp_guest(log, guest->log_start, &guest->handle);
	pthread_mutex_unlock(&lock);
	return ret;
}

static int start(struct guest *guest, const char *log)
{
	struct kvm_sev_launch_start sev = {
		.policy = guest->type == GUEST_SEV ? 0 : SEV_POLICY_ES, /* debugging allowed */
	};
	uint32_t fw_error;
	int ret;

	if (guest->type == GUEST_SNP)
		return start_snp(guest, log);
	ret = guest_command(guest, KVM_SEV_LAUNCH_START, &sev, &fw_error);
	guest->handle = sev.handle;
	return ret;
}

static int map_memory(struct guest *guest)
{
	if (!guest->pages)
		return 0;
	guest->memory = mmap(NULL, guest->pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guest->memory == MAP_FAILED) {
		guest->memory = NULL;
		return -errno;
	}
	for (unsigned int i = 0; i < guest->pages; i++)
		fill_pattern(guest_page(guest, i), PAGE_BYTES, guest->seed, i);
	return 0;
}

static int create(struct guest *guest, const struct guest_shape *shape)
{
	static const uintptr_t types[GUEST_TYPES] = {
		[GUEST_SEV] = UAPI_KVM_X86_SEV_VM,
		[GUEST_SEV_ES] = UAPI_KVM_X86_SEV_ES_VM,
		[GUEST_SNP] = UAPI_KVM_X86_SNP_VM,
	};
	struct uapi_kvm_sev_init init = { 0 };
	uint32_t fw_error;
	int ret = map_memory(guest);

	if (ret)
		return ret;
	if (shape->psp_log && psplog_end(shape->psp_log, &guest->log_start))
		return -errno;
	ret = request(guest->kvm, KVM_CREATE_VM,
		      (void *)types[shape->type]); /* NOLINT(performance-no-int-to-ptr) */
	if (ret < 0)
		return ret;
	guest->vm = ret;
	ret = shape->bare ? 0 : guest_command(guest, UAPI_KVM_SEV_INIT2, &init, &fw_error);
	if (!ret && !shape->bare)
		ret = start(guest, shape->psp_log);
	for (unsigned int i = 0; i < GUEST_VCPUS && !ret; i++)
		ret = add_vcpu(guest, i);
	return ret ? ret : add_slots(guest);
}

int guest_open(struct guest *guest, int kvm, int sev, const struct guest_shape *shape)
{
	int ret;

	memset(guest, 0, sizeof(*guest));
	guest->type = shape->type;
	guest->kvm = kvm;
	guest->sev = sev;
	guest->vm = -1;
	guest->seed = shape->seed;
	for (unsigned int i = 0; i < GUEST_VCPUS; i++)
		guest->vcpus[i] = -1;
	for (unsigned int i = 0; i < GUEST_SLOTS; i++) {
		guest->slots[i].gfn = (uint64_t)i * SLOT_DISTANCE;
		guest->slots[i].pages = shape->pages[i];
		guest->slots[i].gmem = -1;
		guest->pages += shape->pages[i];
	}
	ret = create(guest, shape);
	if (ret)
		guest_close(guest, 0);
	return ret;
}

int guest_close_memfd(struct guest_slot *slot)
{
	int ret = 0;
	int fd;

	if (slot->gmem < 0 || atomic_exchange(&slot->closed, true))
		return -EBADF;
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0 || dup3(fd, slot->gmem, O_CLOEXEC) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

static void close_vcpus(struct guest *guest)
{
	for (unsigned int i = 0; i < GUEST_VCPUS; i++) {
		if (guest->vcpus[i] >= 0)
			close(guest->vcpus[i]);
		guest->vcpus[i] = -1;
	}
}

static void close_memfds(struct guest *guest)
{
	for (unsigned int i = 0; i < GUEST_SLOTS; i++) {
		if (guest->slots[i].gmem >= 0)
			close(guest->slots[i].gmem);
		guest->slots[i].gmem = -1;
	}
}

static void close_vm(struct guest *guest)
{
	if (guest->vm >= 0)
		close(guest->vm);
	guest->vm = -1;
}

static void unmap(struct guest *guest)
{
	if (guest->memory)
		munmap(guest->memory, guest->pages * PAGE_BYTES);
	guest->memory = NULL;
}

void guest_close(struct guest *guest, unsigned int order)
{
	static void (*const steps[])(struct guest *) = { close_vm, close_vcpus, close_memfds,
							 unmap };
	const unsigned int count = sizeof(steps) / sizeof(steps[0]);

	for (unsigned int i = 0; i < count; i++)
		steps[(i + order) % count](guest);
}

int guest_update_data(struct guest *guest, struct kvm_sev_launch_update_data *data,
		      struct guest_progress *progress)
{
	const struct kvm_sev_launch_update_data before = *data;
	int ret = guest_command(guest, KVM_SEV_LAUNCH_UPDATE_DATA, data, &progress->fw_error);

	progress->done = (unsigned int)((data->uaddr - before.uaddr) / PAGE_BYTES);
	progress->told = data->uaddr != before.uaddr || data->len != before.len;
	return data->uaddr + data->len == before.uaddr + before.len ? ret : -EPROTO;
}

static int update_snp(struct guest *guest, unsigned int first, unsigned int pages,
		      struct guest_progress *progress)
{
	struct uapi_kvm_sev_snp_launch_update data = {
		.gfn_start = guest_gfn(guest, first),
		.uaddr = (uintptr_t)guest_page(guest, first),
		.len = pages * PAGE_BYTES,
		.type = SNP_PAGE_NORMAL,
	};
	const uint64_t before = data.uaddr;
	int ret = guest_command(guest, UAPI_KVM_SEV_SNP_LAUNCH_UPDATE, &data, &progress->fw_error);

	progress->done = (unsigned int)((data.uaddr - before) / PAGE_BYTES);
	progress->told = true;
	return ret;
}

int guest_update(struct guest *guest, unsigned int first, unsigned int pages,
		 struct guest_progress *progress)
{
	struct kvm_sev_launch_update_data data = {
		.uaddr = (uintptr_t)guest_page(guest, first),
		.len = (uint32_t)(pages * PAGE_BYTES),
	};

	if (guest->type == GUEST_SNP)
		return update_snp(guest, first, pages, progress);
	return guest_update_data(guest, &data, progress);
}

int guest_fault(const struct guest *guest, unsigned int vcpu, uint64_t gfn, uint64_t pages)
{
	struct uapi_kvm_pre_fault_memory range = { .gpa = gfn << PAGE_BITS,
						   .size = pages * PAGE_BYTES };
	int ret;

	do {
		ret = request(guest->vcpus[vcpu], UAPI_KVM_PRE_FAULT_MEMORY, &range);
	} while (range.size && (!ret || ret == -EINTR));
	return ret;
}

int guest_convert(const struct guest *guest, uint64_t gfn, uint64_t pages, bool private)
{
	struct uapi_kvm_memory_attributes set = {
		.address = gfn << PAGE_BITS,
		.size = pages * PAGE_BYTES,
		.attributes = private ? UAPI_KVM_MEMORY_ATTRIBUTE_PRIVATE : 0,
	};

	return request(guest->vm, UAPI_KVM_SET_MEMORY_ATTRIBUTES, &set);
}

int guest_punch(const struct guest *guest, unsigned int first, unsigned int pages)
{
	unsigned int offset;
	const struct guest_slot *slot = &guest->slots[guest_slot_of(guest, first, &offset)];

	return fallocate(slot->gmem, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t)(offset * PAGE_BYTES), (off_t)(pages * PAGE_BYTES)) ?
		       -errno :
		       0;
}

int guest_migrate(const struct guest *to, const struct guest *from)
{
	struct kvm_enable_cap move = { .cap = KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM,
				       .args = { (uint64_t)from->vm } };

	return request(to->vm, KVM_ENABLE_CAP, &move);
}

int guest_mirror(const struct guest *of, int *vm)
{
	struct kvm_enable_cap copy = { .cap = KVM_CAP_VM_COPY_ENC_CONTEXT_FROM,
				       .args = { (uint64_t)of->vm } };
	const uintptr_t type = of->type == GUEST_SEV ? UAPI_KVM_X86_SEV_VM : UAPI_KVM_X86_SEV_ES_VM;
	int ret = request(of->kvm, KVM_CREATE_VM,
			  (void *)type); /* NOLINT(performance-no-int-to-ptr) */

	if (ret < 0)
		return ret;
	*vm = ret;
	ret = request(*vm, KVM_ENABLE_CAP, &copy);
	if (ret < 0) {
		close(*vm);
		*vm = -1;
	}
	return ret;
}

int guest_measure(const struct guest *guest, void *out, unsigned int bytes, uint32_t *fw_error)
{
	struct kvm_sev_launch_measure measure = { .uaddr = (uintptr_t)out, .len = bytes };
	int ret = 0;

	if (guest->type == GUEST_SEV_ES)
		ret = guest_command(guest, KVM_SEV_LAUNCH_UPDATE_VMSA, NULL, fw_error);
	return ret ? ret : guest_command(guest, KVM_SEV_LAUNCH_MEASURE, &measure, fw_error);
}

int guest_finish(const struct guest *guest, uint32_t *fw_error)
{
	struct uapi_kvm_sev_snp_launch_finish finish = { 0 };

	if (guest->type == GUEST_SNP)
		return guest_command(guest, UAPI_KVM_SEV_SNP_LAUNCH_FINISH, &finish, fw_error);
	return guest_command(guest, KVM_SEV_LAUNCH_FINISH, NULL, fw_error);
}

int guest_secret(const struct guest *guest, const void *header, const void *packet,
		 unsigned int page, uint32_t *fw_error)
{
	struct kvm_sev_launch_secret secret = {
		.hdr_uaddr = (uintptr_t)header,
		.hdr_len = SEV_PACKET_HEADER_BYTES,
		.guest_uaddr = (uintptr_t)guest_page(guest, page),
		.guest_len = GUEST_SECRET_BYTES,
		.trans_uaddr = (uintptr_t)packet,
		.trans_len = GUEST_SECRET_BYTES,
	};

	return guest_command(guest, KVM_SEV_LAUNCH_SECRET, &secret, fw_error);
}

int guest_debug(const struct guest *guest, bool decrypt, unsigned int page, void *buffer,
		uint32_t *fw_error)
{
	const uintptr_t memory = (uintptr_t)guest_page(guest, page);
	struct kvm_sev_dbg debug = {
		.src_uaddr = decrypt ? memory : (uintptr_t)buffer,
		.dst_uaddr = decrypt ? (uintptr_t)buffer : memory,
		.len = PAGE_BYTES,
	};

	return guest_command(guest, decrypt ? KVM_SEV_DBG_DECRYPT : KVM_SEV_DBG_ENCRYPT, &debug,
			     fw_error);
}

int guest_send(const struct guest *guest, unsigned int page, void *buffer, uint32_t *fw_error)
{
	struct kvm_sev_send_update_data send = {
		.hdr_uaddr = (uintptr_t)buffer,
		.hdr_len = SEV_PACKET_HEADER_BYTES,
		.guest_uaddr = (uintptr_t)guest_page(guest, page),
		.guest_len = GUEST_SECRET_BYTES,
		.trans_uaddr = (uintptr_t)buffer + PAGE_BYTES / 2,
		.trans_len = GUEST_SECRET_BYTES,
	};

	return guest_command(guest, KVM_SEV_SEND_UPDATE_DATA, &send, fw_error);
}

int guest_receive(const struct guest *guest, unsigned int page, void *buffer, uint32_t *fw_error)
{
	struct kvm_sev_receive_update_data receive = {
		.hdr_uaddr = (uintptr_t)buffer,
		.hdr_len = SEV_PACKET_HEADER_BYTES,
		.guest_uaddr = (uintptr_t)guest_page(guest, page),
		.guest_len = GUEST_SECRET_BYTES,
		.trans_uaddr = (uintptr_t)buffer + PAGE_BYTES / 2,
		.trans_len = GUEST_SECRET_BYTES,
	};

	return guest_command(guest, KVM_SEV_RECEIVE_UPDATE_DATA, &receive, fw_error);
}
