#include <string.h>

#include "lib/base/buf.h"
#include "lib/crypto/merkle.h"

enum csg_rc
csg_merkle_leaf(
    const void *data, size_t len, struct csg_id *out, struct csg_err *err)
{
	struct csg_buf b = { 0 };
	enum csg_rc rc;

	csg_buf_add(&b, "", 1); /* the prefix 0 */
	csg_buf_add(&b, data, len);
	if ((rc = csg_buf_ok(&b, err)) == CSG_OK)
		rc = csg_id_mem(b.data, b.len, out, err);
	csg_buf_free(&b);
	return rc;
}

enum csg_rc
csg_merkle_node(const struct csg_id *left, const struct csg_id *right,
    struct csg_id *out, struct csg_err *err)
{
	unsigned char b[1 + 2 * sizeof(left->b)];

	b[0] = 1;
	memcpy(b + 1, left->b, sizeof(left->b));
	memcpy(b + 1 + sizeof(left->b), right->b, sizeof(right->b));
	return csg_id_mem(b, sizeof(b), out, err);
}

enum csg_rc
csg_merkle_empty(struct csg_id *out, struct csg_err *err)
{
	return csg_id_mem("", 0, out, err);
}

/* The largest power of two less than n, for n >= 2. */
static uint64_t
split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static bool
is_power(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

static unsigned
log2_of(uint64_t n)
{
	unsigned l = 0;

	while (n > 1) {
		n /= 2;
		l++;
	}
	return l;
}

/* The root of the n leaves that start at from, a multiple of the largest power
 * of two <= n. */
static enum csg_rc
subtree(const struct csg_merkle *m, uint64_t from, uint64_t n,
    struct csg_id *out, struct csg_err *err)
{
	struct csg_id left, right;
	uint64_t k;
	enum csg_rc rc;

	if (is_power(n))
		return m->get(m->arg, log2_of(n), from >> log2_of(n), out, err);
	k = split(n);
	if ((rc = subtree(m, from, k, &left, err)) != CSG_OK ||
	    (rc = subtree(m, from + k, n - k, &right, err)) != CSG_OK)
		return rc;
	return csg_merkle_node(&left, &right, out, err);
}

enum csg_rc
csg_merkle_root(const struct csg_merkle *m, uint64_t n, struct csg_id *out,
    struct csg_err *err)
{
	return n == 0 ? csg_merkle_empty(out, err) : subtree(m, 0, n, out, err);
}

/* PATH(index, D[n]), from the leaf's sibling up to a child of the root. */
static enum csg_rc
path_to(const struct csg_merkle *m, uint64_t from, uint64_t index, uint64_t n,
    struct csg_id *path, size_t *len, struct csg_err *err)
{
	uint64_t k;
	bool left;
	enum csg_rc rc;

	if (n <= 1)
		return CSG_OK;
	k = split(n);
	left = index < k;
	rc = left ? path_to(m, from, index, k, path, len, err) :
		    path_to(m, from + k, index - k, n - k, path, len, err);
	if (rc != CSG_OK)
		return rc;
	return left ? subtree(m, from + k, n - k, &path[(*len)++], err) :
		      subtree(m, from, k, &path[(*len)++], err);
}

enum csg_rc
csg_merkle_inclusion(const struct csg_merkle *m, uint64_t index, uint64_t n,
    struct csg_id path[CSG_MERKLE_PATH], size_t *len, struct csg_err *err)
{
	*len = 0;
	if (index >= n)
		return csg_fail(err, CSG_R_LOG, "the tree has no such leaf");
	return path_to(m, 0, index, n, path, len, err);
}

/* SUBPROOF(n1, D[n2], whole); whole: the first tree is a subtree whose root the
 * verifier knows. */
static enum csg_rc
subproof(const struct csg_merkle *m, uint64_t from, uint64_t n1, uint64_t n2,
    bool whole, struct csg_id *path, size_t *len, struct csg_err *err)
{
	uint64_t k;
	enum csg_rc rc;

	if (n1 == n2)
		return whole ? CSG_OK :
			       subtree(m, from, n1, &path[(*len)++], err);
	k = split(n2);
	if (n1 <= k) {
		rc = subproof(m, from, n1, k, whole, path, len, err);
		return rc != CSG_OK ?
		    rc :
		    subtree(m, from + k, n2 - k, &path[(*len)++], err);
	}
	rc = subproof(m, from + k, n1 - k, n2 - k, false, path, len, err);
	return rc != CSG_OK ? rc : subtree(m, from, k, &path[(*len)++], err);
}

enum csg_rc
csg_merkle_consistency(const struct csg_merkle *m, uint64_t n1, uint64_t n2,
    struct csg_id path[CSG_MERKLE_PATH], size_t *len, struct csg_err *err)
{
	*len = 0;
	if (n1 == 0 || n1 > n2)
		return csg_fail(err, CSG_R_LOG,
		    "the earlier tree is empty or larger than the later one");
	return subproof(m, 0, n1, n2, true, path, len, err);
}

/* ---- checking ---- */

bool
csg_merkle_check_inclusion(const struct csg_id *leaf, uint64_t index,
    uint64_t n, const struct csg_id *path, size_t len,
    const struct csg_id *root)
{
	struct csg_id r = *leaf;
	uint64_t fn = index, sn = n - 1;
	size_t i;

	if (index >= n)
		return false;
	for (i = 0; i < len; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			if (csg_merkle_node(&path[i], &r, &r, NULL) != CSG_OK)
				return false;
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else if (csg_merkle_node(&r, &path[i], &r, NULL) != CSG_OK)
			return false;
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && csg_id_equal(&r, root);
}

/* The algorithm of section 2.1.4.2, from the first hash that both trees
 * share. */
static bool
walk(uint64_t fn, uint64_t sn, const struct csg_id *root1,
    const struct csg_id *root2, const struct csg_id *path, size_t len)
{
	struct csg_id fr = path[0], sr = path[0];
	size_t i;

	for (; (fn & 1) != 0; fn >>= 1, sn >>= 1)
		;
	for (i = 1; i < len; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			if (csg_merkle_node(&path[i], &fr, &fr, NULL) !=
				CSG_OK ||
			    csg_merkle_node(&path[i], &sr, &sr, NULL) != CSG_OK)
				return false;
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else if (csg_merkle_node(&sr, &path[i], &sr, NULL) != CSG_OK)
			return false;
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && csg_id_equal(&fr, root1) && csg_id_equal(&sr, root2);
}

bool
csg_merkle_check_consistency(uint64_t n1, const struct csg_id *root1,
    uint64_t n2, const struct csg_id *root2, const struct csg_id *path,
    size_t len)
{
	struct csg_id whole[CSG_MERKLE_PATH + 1];

	if (n1 == 0 || n1 > n2 || len > CSG_MERKLE_PATH)
		return false;
	if (n1 == n2)
		return len == 0 && csg_id_equal(root1, root2);
	if (len == 0)
		return false;
	if (!is_power(n1))
		return walk(n1 - 1, n2 - 1, root1, root2, path, len);
	whole[0] = *root1;
	memcpy(whole + 1, path, len * sizeof(*path));
	return walk(n1 - 1, n2 - 1, root1, root2, whole, len + 1);
}
