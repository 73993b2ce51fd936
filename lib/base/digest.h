/*
 * Message digests.  A digest carries its algorithm; an id is always SHA-256.
 */
#ifndef CSG_BASE_DIGEST_H
#define CSG_BASE_DIGEST_H

#include <stdint.h>
#include <stddef.h>

#include "lib/base/err.h"

enum csg_alg { CSG_SHA256, CSG_SHA384, CSG_SHA512 };
#define CSG_NALG 3
#define CSG_MAX_DIGEST 64

struct csg_digest {
	enum csg_alg alg;
	unsigned char b[CSG_MAX_DIGEST]; /* csg_alg_len(alg) bytes */
};

/* A SHA-256 digest: of a message's content, a file or a public key. */
struct csg_id {
	unsigned char b[32];
};

#define CSG_ID_TEXT 72 /* "sha256:" + 64 hex digits + NUL */

const char *csg_alg_name(enum csg_alg alg); /* "sha256" ... */
size_t csg_alg_len(enum csg_alg alg); /* 32, 48, 64 */

/* Digest of len bytes in memory.  IO if libcrypto fails. */
enum csg_rc csg_digest_mem(enum csg_alg alg, const void *data, size_t len,
    struct csg_digest *out, struct csg_err *err);
enum csg_rc csg_id_mem(
    const void *data, size_t len, struct csg_id *out, struct csg_err *err);

/* The digests and the size of a file, computed in one pass. */
struct csg_hashes {
	uint64_t size; /* bytes read */
	struct csg_id id; /* SHA-256, also in d */
	struct csg_digest d[CSG_NALG]; /* by enum csg_alg */
	bool have[CSG_NALG]; /* which of d are filled in */
	unsigned char head[64]; /* the file's first bytes */
	size_t head_len; /* bytes in head */
};

/*
 * Hash fd from start to end in one pass, with SHA-256 and with the algorithms
 * whose bits (1 << enum csg_alg) are set in also.  fd must be a regular file
 * (TYPE) that does not change meanwhile: size and modification time must be
 * the same before and after, and the number of bytes read must equal the size
 * (DIGEST, "changed while it was being read").  IO if reading or libcrypto
 * fails.  Reads 64 KiB at a time and leaves fd's offset at the end.
 */
enum csg_rc csg_hash_fd(
    int fd, unsigned also, struct csg_hashes *out, struct csg_err *err);

/* Not constant time: digests here are public. */
bool csg_id_equal(const struct csg_id *a, const struct csg_id *b);
int csg_id_cmp(const void *a, const void *b); /* for qsort */

/* "sha256:" and 64 lower-case hex digits; csg_id_parse() accepts only this form
 * (PARSE). */
const char *csg_id_format(const struct csg_id *id, char out[CSG_ID_TEXT]);
enum csg_rc csg_id_parse(
    const char *s, struct csg_id *out, struct csg_err *err);

/*
 * Write the first 16 * words bits of id, high bit first, as pronounceable words
 * ("lusab-babad"; Wilkerson, arXiv:0901.4016).  words is 1 to 4; out must hold
 * 6 * words bytes, including the NUL.  Returns out.
 */
const char *csg_id_proquints(const struct csg_id *id, int words, char *out);

#endif
