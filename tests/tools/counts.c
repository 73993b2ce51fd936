/*
 * counts.so: preloaded into a tool, it counts what the tool does more often
 * than it must, and appends a line "NAME COUNT" for each to the file that
 * COUNTS names, at exit:
 *
 *	CMS_SignerInfo_verify, EVP_PKEY_verify and others
 *			signatures checked, by whatever function
 *	yaml		documents parsed
 *	policy		and of them policies
 *	open		times that the file called COUNTS_FILE was opened
 *	read		bytes read from it
 *
 * Only calls out of the tool's own code count: what libcrypto does for one of
 * them, a PKCS#11 module, or libp11 for itself, does not.  COUNTS and
 * COUNTS_FILE are read at the start, since csg-sign clears its environment.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <yaml.h>

#define CHECKS(X) \
	X(CMS_SignerInfo_verify, (CMS_SignerInfo * si), (si)) \
	X(CMS_verify, \
	    (CMS_ContentInfo * c, STACK_OF(X509) * x, X509_STORE * s, BIO * d, \
		BIO * o, unsigned f), \
	    (c, x, s, d, o, f)) \
	X(EVP_DigestVerify, \
	    (EVP_MD_CTX * c, const unsigned char *s, size_t n, \
		const unsigned char *t, size_t m), \
	    (c, s, n, t, m)) \
	X(EVP_DigestVerifyFinal, \
	    (EVP_MD_CTX * c, const unsigned char *s, size_t n), (c, s, n)) \
	X(EVP_PKEY_verify, \
	    (EVP_PKEY_CTX * c, const unsigned char *s, size_t n, \
		const unsigned char *t, size_t m), \
	    (c, s, n, t, m)) \
	X(EVP_PKEY_verify_recover, \
	    (EVP_PKEY_CTX * c, unsigned char *r, size_t *m, \
		const unsigned char *s, size_t n), \
	    (c, r, m, s, n)) \
	X(EVP_VerifyFinal, \
	    (EVP_MD_CTX * c, const unsigned char *s, unsigned n, EVP_PKEY *k), \
	    (c, s, n, k)) \
	X(X509_verify, (X509 * x, EVP_PKEY * k), (x, k)) \
	X(X509_verify_cert, (X509_STORE_CTX * c), (c))

enum {
#define X(name, params, args) N_##name,
	CHECKS(X)
#undef X
	    N_YAML,
	N_POLICY,
	N_OPEN,
	N_READ,
	N_COUNT
};

static const char *const names[N_COUNT] = {
#define X(name, params, args) #name,
	CHECKS(X)
#undef X
	    [N_YAML] = "yaml",
	[N_POLICY] = "policy",
	[N_OPEN] = "open",
	[N_READ] = "read",
};

#define MAX_FD 1024

static _Atomic long counts[N_COUNT];
static char report[4096], watched[256];
static _Atomic char is_watched[MAX_FD]; /* [file descriptor] */
static uintptr_t tool, tool_end; /* its code */

/* The executable's code: of its segments the one with the entry in it. */
static void
find_tool(void)
{
	uintptr_t entry = getauxval(AT_ENTRY), at = getauxval(AT_PHDR),
		  base = 0;
	const ElfW(Phdr) * h;
	size_t i, n = getauxval(AT_PHNUM);

	memcpy(&h, &at, sizeof(h));
	for (i = 0; i < n; i++)
		if (h[i].p_type == PT_PHDR)
			base = at - h[i].p_vaddr;
	for (i = 0; i < n; i++) {
		tool = base + h[i].p_vaddr;
		tool_end = tool + h[i].p_memsz;
		if (h[i].p_type == PT_LOAD && entry >= tool && entry < tool_end)
			return;
	}
	abort();
}

__attribute__((constructor)) static void
arm(void)
{
	const char *s = getenv("COUNTS");

	if (s != NULL)
		(void)snprintf(report, sizeof(report), "%s", s);
	if ((s = getenv("COUNTS_FILE")) != NULL)
		(void)snprintf(watched, sizeof(watched), "%s", s);
	find_tool();
}

__attribute__((destructor)) static void
tell(void)
{
	FILE *f;
	size_t i;

	if (report[0] == '\0' || (f = fopen(report, "a")) == NULL)
		return;
	for (i = 0; i < N_COUNT; i++)
		(void)fprintf(f, "%s %ld\n", names[i], counts[i]);
	(void)fclose(f);
}

#define CALLED_BY_TOOL \
	((uintptr_t)__builtin_return_address(0) >= tool && \
	    (uintptr_t)__builtin_return_address(0) < tool_end)

/* The function behind this one, in *to. */
static void
find_real(const char *name, void *to)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL)
		abort();
	memcpy(to, &p, sizeof(p));
}

#define X(name, params, args) \
	int name params \
	{ \
		static int(*real) params; \
		if (real == NULL) \
			find_real(#name, &real); \
		if (CALLED_BY_TOOL) \
			counts[N_##name]++; \
		return real args; \
	}
CHECKS(X)
#undef X

/* Comments may precede its first line. */
static int
is_policy(const unsigned char *text, size_t len)
{
	static const char head[] = "csg: policy/";
	const unsigned char *line = text, *end = text + len;

	while (line != NULL && (size_t)(end - line) >= sizeof(head) - 1) {
		if (memcmp(line, head, sizeof(head) - 1) == 0)
			return 1;
		line = memchr(line, '\n', (size_t)(end - line));
		if (line != NULL)
			line++;
	}
	return 0;
}

void
yaml_parser_set_input_string(
    yaml_parser_t *parser, const unsigned char *text, size_t len)
{
	static void (*real)(yaml_parser_t *, const unsigned char *, size_t);

	if (real == NULL)
		find_real("yaml_parser_set_input_string", &real);
	if (CALLED_BY_TOOL) {
		counts[N_YAML]++;
		counts[N_POLICY] += is_policy(text, len);
	}
	real(parser, text, len);
}

/* ---- the file ---- */

static int
opened(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (fd < 0 || watched[0] == '\0' ||
	    strcmp(slash != NULL ? slash + 1 : path, watched) != 0)
		return fd;
	counts[N_OPEN]++;
	if (fd < MAX_FD)
		is_watched[fd] = 1;
	return fd;
}

static ssize_t
have_read(int fd, ssize_t n)
{
	if (n > 0 && fd >= 0 && fd < MAX_FD && is_watched[fd])
		counts[N_READ] += n;
	return n;
}

/* The mode that goes with the flags, if any does. */
#define TAKE_MODE(mode, flags) \
	do { \
		va_list ap; \
		va_start(ap, flags); \
		if ((flags & O_CREAT) != 0) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
	} while (0)

int
open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	mode_t mode = 0;

	if (real == NULL)
		find_real("open", &real);
	TAKE_MODE(mode, flags);
	return CALLED_BY_TOOL ? opened(real(path, flags, mode), path) :
				real(path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	static int (*real)(int, const char *, int, ...);
	mode_t mode = 0;

	if (real == NULL)
		find_real("openat", &real);
	TAKE_MODE(mode, flags);
	return CALLED_BY_TOOL ? opened(real(dir, path, flags, mode), path) :
				real(dir, path, flags, mode);
}

int
close(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		find_real("close", &real);
	if (fd >= 0 && fd < MAX_FD)
		is_watched[fd] = 0;
	return real(fd);
}

ssize_t
read(int fd, void *buf, size_t len)
{
	static ssize_t (*real)(int, void *, size_t);

	if (real == NULL)
		find_real("read", &real);
	return have_read(fd, real(fd, buf, len));
}

ssize_t
pread(int fd, void *buf, size_t len, off_t at)
{
	static ssize_t (*real)(int, void *, size_t, off_t);

	if (real == NULL)
		find_real("pread", &real);
	return have_read(fd, real(fd, buf, len, at));
}
