#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "lib/base/digest.h"

#define CHUNK 65536

static const struct {
	const char *name;
	size_t len;
} algs[CSG_NALG] = {
	[CSG_SHA256] = { "sha256", 32 },
	[CSG_SHA384] = { "sha384", 48 },
	[CSG_SHA512] = { "sha512", 64 },
};

const char *
csg_alg_name(enum csg_alg alg)
{
	return algs[alg].name;
}

size_t
csg_alg_len(enum csg_alg alg)
{
	return algs[alg].len;
}

enum csg_rc
csg_digest_mem(enum csg_alg alg, const void *data, size_t len,
    struct csg_digest *out, struct csg_err *err)
{
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	out->alg = alg;
	if (EVP_Q_digest(NULL, algs[alg].name, NULL, data, len, out->b, &n) !=
		1 ||
	    n != algs[alg].len)
		return csg_fail_ssl(err, CSG_R_IO, "%s", algs[alg].name);
	return CSG_OK;
}

enum csg_rc
csg_id_mem(
    const void *data, size_t len, struct csg_id *out, struct csg_err *err)
{
	struct csg_digest d;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = csg_digest_mem(CSG_SHA256, data, len, &d, err)) == CSG_OK)
		memcpy(out->b, d.b, sizeof(out->b));
	return rc;
}

/* The digest contexts of one pass over a file. */
struct pass {
	EVP_MD_CTX *md[CSG_NALG];
	unsigned char chunk[CHUNK];
};

static enum csg_rc
pass_begin(struct pass *p, unsigned also, struct csg_err *err)
{
	size_t i;

	for (i = 0; i < CSG_NALG; i++) {
		if (i != CSG_SHA256 && (also >> i & 1) == 0)
			continue;
		if ((p->md[i] = EVP_MD_CTX_new()) == NULL ||
		    EVP_DigestInit_ex(p->md[i],
			EVP_get_digestbyname(algs[i].name), NULL) != 1)
			return csg_fail_ssl(err, CSG_R_IO, "%s", algs[i].name);
	}
	return CSG_OK;
}

static enum csg_rc
pass_read(struct pass *p, int fd, struct csg_hashes *out, struct csg_err *err)
{
	size_t i, want;
	ssize_t n;

	while ((n = read(fd, p->chunk, CHUNK)) != 0) {
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return csg_fail_errno(err, "can't read");
		}
		for (i = 0; i < CSG_NALG; i++)
			if (p->md[i] != NULL &&
			    EVP_DigestUpdate(p->md[i], p->chunk, (size_t)n) !=
				1)
				return csg_fail_ssl(err, CSG_R_IO, "digest");
		if (out->head_len < sizeof(out->head)) {
			want = sizeof(out->head) - out->head_len;
			if (want > (size_t)n)
				want = (size_t)n;
			memcpy(out->head + out->head_len, p->chunk, want);
			out->head_len += want;
		}
		out->size += (uint64_t)n;
	}
	return CSG_OK;
}

static enum csg_rc
pass_end(struct pass *p, struct csg_hashes *out, struct csg_err *err)
{
	unsigned n;
	size_t i;

	for (i = 0; i < CSG_NALG; i++) {
		if (p->md[i] == NULL)
			continue;
		out->d[i].alg = (enum csg_alg)i;
		if (EVP_DigestFinal_ex(p->md[i], out->d[i].b, &n) != 1 ||
		    n != algs[i].len)
			return csg_fail_ssl(err, CSG_R_IO, "digest");
		out->have[i] = true;
	}
	memcpy(out->id.b, out->d[CSG_SHA256].b, sizeof(out->id.b));
	return CSG_OK;
}

static bool
same_file_state(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum csg_rc
csg_hash_fd(int fd, unsigned also, struct csg_hashes *out, struct csg_err *err)
{
	struct pass *p;
	struct stat before, after;
	size_t i;
	enum csg_rc rc;

	memset(out, 0, sizeof(*out));
	if (fstat(fd, &before) == -1)
		return csg_fail_errno(err, "fstat");
	if (!S_ISREG(before.st_mode))
		return csg_fail(err, CSG_R_TYPE, "not a regular file");
	if (lseek(fd, 0, SEEK_SET) == -1)
		return csg_fail_errno(err, "lseek");
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return csg_fail_mem(err);
	if ((rc = pass_begin(p, also, err)) == CSG_OK &&
	    (rc = pass_read(p, fd, out, err)) == CSG_OK)
		rc = pass_end(p, out, err);
	if (rc == CSG_OK && fstat(fd, &after) == -1)
		rc = csg_fail_errno(err, "fstat");
	else if (rc == CSG_OK &&
	    (!same_file_state(&before, &after) ||
		out->size != (uint64_t)before.st_size))
		rc = csg_fail(
		    err, CSG_R_DIGEST, "changed while it was being read");
	for (i = 0; i < CSG_NALG; i++)
		EVP_MD_CTX_free(p->md[i]);
	free(p);
	return rc;
}

bool
csg_id_equal(const struct csg_id *a, const struct csg_id *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int
csg_id_cmp(const void *a, const void *b)
{
	return memcmp(((const struct csg_id *)a)->b,
	    ((const struct csg_id *)b)->b, sizeof(struct csg_id));
}

const char *
csg_id_format(const struct csg_id *id, char out[CSG_ID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;
	size_t i;

	memcpy(p, "sha256:", 7);
	p += 7;
	for (i = 0; i < sizeof(id->b); i++) {
		*p++ = hex[id->b[i] >> 4];
		*p++ = hex[id->b[i] & 15];
	}
	*p = '\0';
	return out;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

enum csg_rc
csg_id_parse(const char *s, struct csg_id *out, struct csg_err *err)
{
	size_t i;
	int hi, lo;

	memset(out, 0, sizeof(*out));
	if (strncmp(s, "sha256:", 7) != 0 || strlen(s) != CSG_ID_TEXT - 1)
		goto bad;
	for (i = 0; i < sizeof(out->b); i++) {
		hi = hex_value(s[7 + 2 * i]);
		lo = hex_value(s[8 + 2 * i]);
		if (hi < 0 || lo < 0)
			goto bad;
		out->b[i] = (unsigned char)(hi << 4 | lo);
	}
	return CSG_OK;
bad:
	return csg_fail(err, CSG_R_PARSE,
	    "'%.80s' is not sha256: and 64 lower-case hex digits", s);
}

const char *
csg_id_proquints(const struct csg_id *id, int words, char *out)
{
	static const char con[] = "bdfghjklmnprstvz", vow[] = "aiou";
	char *p = out;
	unsigned v;
	int i;

	for (i = 0; i < words; i++) {
		v = (unsigned)id->b[2 * i] << 8 | id->b[2 * i + 1];
		if (i > 0)
			*p++ = '-';
		*p++ = con[v >> 12 & 15];
		*p++ = vow[v >> 10 & 3];
		*p++ = con[v >> 6 & 15];
		*p++ = vow[v >> 4 & 3];
		*p++ = con[v & 15];
	}
	*p = '\0';
	return out;
}
