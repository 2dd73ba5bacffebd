/**
 * C source of a library that is preloaded in front of ptrace(2), for processors whose register
 * state is larger than User Mode Linux knows, as those with AMX.
 *
 * Since Linux 5.16 the kernel takes NT_X86_XSTATE only whole (xstateregs_set in
 * arch/x86/kernel/fpu/regset.c); a shorter buffer ends in EFAULT. User Mode Linux hands over the
 * size that it was compiled with, 2,696 bytes, where AMX makes it 11,008.
 *
 * It includes nothing and calls only what the dynamic linker finds, so a compiler alone builds it.
 */
export const PTRACE_LIBRARY = String.raw`
enum { GETREGSET = 0x4204, SETREGSET = 0x4205, NT_X86_XSTATE = 0x202, LARGEST = 1 << 16 };

struct iovec { void *base; unsigned long length; };

extern void *dlsym(void *handle, const char *name);
#define NEXT ((void *)-1L)

long ptrace(int request, int pid, void *address, void *data)
{
	static long (*next)(int, int, void *, void *);
	static unsigned char state[LARGEST];
	struct iovec *given = data;
	struct iovec whole = { state, sizeof state };

	if (!next)
		next = (long (*)(int, int, void *, void *))dlsym(NEXT, "ptrace");
	if (request != SETREGSET || (unsigned long)address != NT_X86_XSTATE)
		return next(request, pid, address, data);
	if (next(GETREGSET, pid, address, &whole) < 0 || whole.length <= given->length)
		return next(request, pid, address, data);
	for (unsigned long i = 0; i < given->length; i++)
		state[i] = ((unsigned char *)given->base)[i];
	return next(SETREGSET, pid, address, &whole);
}
`
