/*
 * Preloaded in front of User Mode Linux, it makes this machine's kernel answer as one on a processor
 * with AMX: NT_X86_XSTATE is 11,008 bytes, and is taken only whole. What lies beyond this
 * processor's own state reads as zero.
 */
enum { GETREGSET = 0x4204, SETREGSET = 0x4205, NT_X86_XSTATE = 0x202, WHOLE = 11008, EFAULT = 14 };

struct iovec { unsigned char *base; unsigned long length; };

extern void *dlsym(void *handle, const char *name);
extern int *__errno_location(void);

long ptrace(int request, int pid, void *address, void *data)
{
	static long (*next)(int, int, void *, void *);
	struct iovec *given = data;

	if (!next)
		next = (long (*)(int, int, void *, void *))dlsym((void *)-1L, "ptrace");
	if ((unsigned long)address != NT_X86_XSTATE)
		return next(request, pid, address, data);
	if (request == SETREGSET && given->length < WHOLE) {
		*__errno_location() = EFAULT;
		return -1;
	}
	unsigned long room = given->length;
	long status = next(request, pid, address, data);
	if (request == GETREGSET && status == 0) {
		unsigned long end = room < WHOLE ? room : WHOLE;
		while (given->length < end)
			given->base[given->length++] = 0;
	}
	return status;
}
