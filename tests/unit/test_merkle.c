/* Merkle trees: beside the definition, and on public vectors. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/base/io.h"
#include "lib/crypto/merkle.h"
#include "tests/unit/unit.h"

#define LEAVES 70

static struct csg_id leaves[LEAVES];

/* ---- the definition ---- */

static struct csg_id
join(const struct csg_id *a, const struct csg_id *b)
{
	struct csg_id r;

	if (csg_merkle_node(a, b, &r, NULL) != CSG_OK)
		abort();
	return r;
}

/* MTH(D[n]) of section 2.1.1, word by word. */
static struct csg_id
mth(const struct csg_id *d, size_t n)
{
	struct csg_id l, r;
	size_t k;

	if (n == 1)
		return d[0];
	for (k = 1; k * 2 < n; k *= 2)
		;
	l = mth(d, k);
	r = mth(d + k, n - k);
	return join(&l, &r);
}

static enum csg_rc
get(void *arg, unsigned level, uint64_t index, struct csg_id *out,
    struct csg_err *err)
{
	size_t n = (size_t)1 << level;
	size_t *calls = arg;

	(void)err;
	(*calls)++;
	CHECK((index + 1) * n <= LEAVES);
	*out = mth(leaves + index * n, n);
	return CSG_OK;
}

static void
test_trees(void)
{
	struct csg_id path[CSG_MERKLE_PATH], root, old, other;
	size_t calls = 0, len, n, i, wrong = 0, most = 0;
	struct csg_merkle m = { get, &calls };

	unit_case("roots and proofs of every tree up to 70 leaves");
	for (n = 1; n <= LEAVES; n++) {
		CHECK(csg_merkle_root(&m, n, &root, NULL) == CSG_OK);
		old = mth(leaves, n);
		wrong += !csg_id_equal(&root, &old);
		for (i = 0; i < n; i++) {
			calls = 0;
			wrong += csg_merkle_inclusion(
				     &m, i, n, path, &len, NULL) != CSG_OK ||
			    !csg_merkle_check_inclusion(
				&leaves[i], i, n, path, len, &root) ||
			    csg_merkle_check_inclusion(&leaves[i], (i + 1) % n,
				n, path, len, &root) != (n == 1);
			most = calls > most ? calls : most;
		}
		for (i = 1; i <= n; i++) {
			old = mth(leaves, i);
			other = old;
			other.b[0] ^= 1;
			wrong += csg_merkle_consistency(
				     &m, i, n, path, &len, NULL) != CSG_OK ||
			    !csg_merkle_check_consistency(
				i, &old, n, &root, path, len) ||
			    csg_merkle_check_consistency(
				i, &other, n, &root, path, len);
		}
	}
	CHECK(wrong == 0);
	CHECK(most <= 2 * 7); /* O(log n) */
	CHECK(csg_merkle_inclusion(&m, 5, 5, path, &len, NULL) != CSG_OK);
	CHECK(csg_merkle_consistency(&m, 6, 5, path, &len, NULL) != CSG_OK);
}

/* ---- public vectors ---- */

static const char *
field(const char *json, const char *name)
{
	char key[32];
	const char *s;

	(void)snprintf(key, sizeof(key), "\"%s\":", name);
	s = strstr(json, key);
	return s == NULL ? NULL :
			   s + strlen(key) + strspn(s + strlen(key), " ");
}

/* A base64 string of 32 bytes; some vectors have shorter ones, that are only
 * compared. */
static bool
read_hash(const char *s, struct csg_id *out)
{
	unsigned char b[64] = { 0 };
	size_t n = s != NULL && *s == '"' ? strcspn(s + 1, "\"") : 0;

	if (n == 0 || n > 44 ||
	    EVP_DecodeBlock(b, (const unsigned char *)s + 1, (int)n) < 0)
		return false;
	memcpy(out->b, b, sizeof(out->b));
	return true;
}

/* The hashes of "proof"; false when one is none. */
static bool
read_proof(const char *json, struct csg_id path[CSG_MERKLE_PATH], size_t *len)
{
	const char *s = field(json, "proof"), *end;

	*len = 0;
	if (s == NULL || *s != '[')
		return s != NULL; /* null */
	end = strchr(s, ']');
	for (s = strchr(s, '"'); s != NULL && s < end; s = strchr(s, '"')) {
		if (*len == CSG_MERKLE_PATH || !read_hash(s, &path[*len]))
			return false;
		(*len)++;
		s = strchr(s + 1, '"') + 1;
	}
	return true;
}

static bool
holds(const char *json)
{
	struct csg_id a, b, path[CSG_MERKLE_PATH];
	const char *index = field(json, "leafIdx");
	size_t len;

	if (!read_proof(json, path, &len))
		return false;
	if (index != NULL)
		return read_hash(field(json, "leafHash"), &a) &&
		    read_hash(field(json, "root"), &b) &&
		    csg_merkle_check_inclusion(&a, strtoull(index, NULL, 10),
			strtoull(field(json, "treeSize"), NULL, 10), path, len,
			&b);
	return read_hash(field(json, "root1"), &a) &&
	    read_hash(field(json, "root2"), &b) &&
	    csg_merkle_check_consistency(
		strtoull(field(json, "size1"), NULL, 10), &a,
		strtoull(field(json, "size2"), NULL, 10), &b, path, len);
}

static void
check_file(const char *path, size_t *seen)
{
	struct csg_buf json = { 0 };
	struct csg_err err = { 0 };
	bool want;

	if (csg_io_read(path, 1 << 20, &json, &err) != CSG_OK)
		abort();
	want = strncmp(field(csg_buf_str(&json), "wantErr"), "true", 4) != 0;
	if (!CHECK(holds(csg_buf_str(&json)) == want))
		printf("# %s\n", path);
	(*seen)++;
	csg_buf_free(&json);
}

static void
check_dir(const char *dir, size_t *seen)
{
	struct dirent *d;
	DIR *dp = opendir(dir);
	char path[1024];
	size_t n;

	while (dp != NULL && (d = readdir(dp)) != NULL) {
		n = strlen(d->d_name);
		(void)snprintf(
		    path, sizeof(path), "%.500s/%.300s", dir, d->d_name);
		if (d->d_name[0] == '.')
			continue;
		if (n > 5 && strcmp(d->d_name + n - 5, ".json") == 0)
			check_file(path, seen);
		else
			check_dir(path, seen);
	}
	if (dp != NULL)
		(void)closedir(dp);
}

static void
test_vectors(void)
{
	const char *dir;
	char sub[1100];
	size_t seen = 0;

	unit_case("public vectors, those that must be refused among them");
	if ((dir = unit_vectors("merkle/testdata")) == NULL)
		return;
	(void)snprintf(sub, sizeof(sub), "%s/inclusion", dir);
	check_dir(sub, &seen);
	(void)snprintf(sub, sizeof(sub), "%s/consistency", dir);
	check_dir(sub, &seen);
	CHECK(seen > 100);
}

int
main(void)
{
	struct csg_id empty;
	char text[CSG_ID_TEXT];
	size_t i;

	for (i = 0; i < LEAVES; i++) {
		char data[16];

		(void)snprintf(data, sizeof(data), "leaf %zu", i);
		if (csg_merkle_leaf(data, strlen(data), &leaves[i], NULL) !=
		    CSG_OK)
			return 1;
	}
	unit_case("the empty tree");
	CHECK(csg_merkle_empty(&empty, NULL) == CSG_OK &&
	    strcmp(csg_id_format(&empty, text) + 7,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
		"55") == 0);
	test_trees();
	test_vectors();
	return unit_done();
}
