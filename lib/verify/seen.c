#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/verify/seen.h"
#include "lib/base/time.h"

#define MAX_VERSION_FILE 256 /* bytes: "VERSION sha256:...\n" */
#define HEADS ".heads"

/* ---- the policy ---- */

static void
file_name(const struct csg_trust *t, char out[CSG_ID_TEXT])
{
	char id[CSG_ID_TEXT];

	(void)snprintf(out, CSG_ID_TEXT, "%s",
	    csg_id_format(&t->founding, id) + sizeof("sha256:") - 1);
}

/* Get the remembered version and id; version 0 if there is no file. */
static enum csg_rc
load_version(const char *dir, const struct csg_trust *t, uint64_t *version,
    struct csg_id *id, struct csg_err *err)
{
	struct csg_buf path = { 0 }, text = { 0 };
	char name[CSG_ID_TEXT], word[CSG_ID_TEXT], *end;
	enum csg_rc rc;

	*version = 0;
	file_name(t, name);
	csg_buf_printf(&path, "%s/%s", dir, name);
	if ((rc = csg_buf_ok(&path, err)) != CSG_OK)
		return rc;
	if (access(csg_buf_str(&path), F_OK) == -1 && errno == ENOENT) {
		csg_buf_free(&path);
		return CSG_OK;
	}
	rc = csg_io_read(csg_buf_str(&path), MAX_VERSION_FILE, &text, err);
	if (rc == CSG_OK) {
		*version = strtoull(csg_buf_str(&text), &end, 10);
		if (*version == 0 || *end != ' ' ||
		    strlen(end + 1) != CSG_ID_TEXT || end[CSG_ID_TEXT] != '\n')
			rc = CSG_MALFORMED;
		else {
			memcpy(word, end + 1, CSG_ID_TEXT - 1);
			word[CSG_ID_TEXT - 1] = '\0';
			rc = csg_id_parse(word, id, err);
		}
		if (rc != CSG_OK)
			rc = csg_fail(err, CSG_R_CONFIG, "%s: damaged",
			    csg_buf_str(&path));
	}
	csg_buf_free(&path);
	csg_buf_free(&text);
	return rc;
}

enum csg_rc
csg_seen_version(const char *dir, const struct csg_trust *t, uint64_t *version,
    struct csg_err *err)
{
	struct csg_id id;

	return load_version(dir, t, version, &id, err);
}

enum csg_rc
csg_seen_check(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err)
{
	const struct csg_policy *p = csg_chain_policy(c);
	struct csg_id id;
	uint64_t version;
	enum csg_rc rc;

	if ((rc = load_version(dir, t, &version, &id, err)) != CSG_OK ||
	    version == 0)
		return rc;
	if (version > c->n)
		return csg_fail(err, CSG_R_ROLLBACK,
		    "policy %s version %zu is older than version %llu, which was seen before (csg-policy update installs that from a chain or a proof)",
		    p->name, c->n, (unsigned long long)version);
	if (!csg_id_equal(&c->links[version - 1].policy->id, &id))
		return csg_fail(err, CSG_R_ROLLBACK,
		    "policy %s version %llu differs from the one seen before",
		    p->name, (unsigned long long)version);
	return CSG_OK;
}

/* mkdir -p with mode 0700. */
static enum csg_rc
make_dirs(const char *dir, struct csg_err *err)
{
	char *path = strdup(dir), *p;
	bool ok = true;

	if (path == NULL)
		return csg_fail_mem(err);
	for (p = path + 1; *p != '\0' && ok; p++)
		if (*p == '/') {
			*p = '\0';
			ok = mkdir(path, 0700) == 0 || errno == EEXIST;
			*p = '/';
		}
	ok = ok && (mkdir(path, 0700) == 0 || errno == EEXIST);
	free(path);
	return ok ? CSG_OK : csg_fail_errno(err, "%s", dir);
}

enum csg_rc
csg_seen_update(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err)
{
	const struct csg_policy *p = csg_chain_policy(c);
	struct csg_id id;
	uint64_t version;
	char name[CSG_ID_TEXT], own[CSG_ID_TEXT], text[CSG_ID_TEXT + 32];
	enum csg_rc rc;

	if ((rc = load_version(dir, t, &version, &id, err)) != CSG_OK ||
	    version >= p->version || (rc = make_dirs(dir, err)) != CSG_OK)
		return rc;
	(void)snprintf(text, sizeof(text), "%llu %s\n",
	    (unsigned long long)p->version, csg_id_format(&p->id, own));
	file_name(t, name);
	return csg_io_write(
	    dir, name, 0600, text, strlen(text), CSG_EXISTING_REPLACE, err);
}

/* ---- heads of the ledger ---- */

/* The most heads that are remembered: the oldest seven, and the newest. */
#define MAX_HEADS CSG_MAX_SEEN

/* The most bytes of receipts in a vote. */
#define MAX_TEXT (384 * 1024)

/* The remembered heads, in ascending order of epoch and size. */
struct heads {
	struct csg_bundle bundle;
	struct csg_receipt *receipt[MAX_HEADS];
	const struct csg_envelope *env[MAX_HEADS]; /* borrowed */
	size_t n;
};

static void
heads_clear(struct heads *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		csg_receipt_free(h->receipt[i]);
	csg_bundle_clear(&h->bundle);
}

/* Is a newer than b? */
static bool
is_newer(const struct csg_tree_head *a, const struct csg_tree_head *b)
{
	return a->epoch != b->epoch ? a->epoch > b->epoch : a->size > b->size;
}

static enum csg_rc
heads_parse(struct heads *h, const char *path, const struct csg_buf *text)
{
	struct csg_err ignored = { 0 };
	size_t i;

	if (csg_bundle_add(&h->bundle, path, text->data, text->len, &ignored) !=
		CSG_OK ||
	    h->bundle.nbroken != 0 || h->bundle.n > MAX_HEADS)
		return CSG_MALFORMED;
	for (i = 0; i < h->bundle.n; i++) {
		h->env[i] = h->bundle.m[i].env;
		if (csg_receipt_read(h->env[i], &h->receipt[i], &ignored) !=
		    CSG_OK)
			return CSG_MALFORMED;
		h->n++;
		if (i > 0 &&
		    !is_newer(&h->receipt[i]->tree, &h->receipt[i - 1]->tree))
			return CSG_MALFORMED;
	}
	return CSG_OK;
}

static enum csg_rc
heads_load(const char *dir, const struct csg_trust *t, struct heads *h,
    struct csg_err *err)
{
	struct csg_buf path = { 0 }, text = { 0 };
	char name[CSG_ID_TEXT];
	enum csg_rc rc;

	memset(h, 0, sizeof(*h));
	file_name(t, name);
	csg_buf_printf(&path, "%s/%s" HEADS, dir, name);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK &&
	    (access(csg_buf_str(&path), F_OK) == 0 || errno != ENOENT) &&
	    (rc = csg_io_read(csg_buf_str(&path), CSG_MAX_FILE, &text, err)) ==
		CSG_OK &&
	    heads_parse(h, csg_buf_str(&path), &text) != CSG_OK)
		rc = csg_fail(
		    err, CSG_R_CONFIG, "%s: damaged", csg_buf_str(&path));
	csg_buf_free(&path);
	csg_buf_free(&text);
	return rc;
}

/* Store all of them, with receipt r in its place among them. */
static enum csg_rc
heads_store(const struct heads *h, const struct csg_receipt *r,
    const struct csg_envelope *e, const char *dir, const struct csg_trust *t,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	char name[CSG_ID_TEXT + sizeof(HEADS)];
	size_t i;
	enum csg_rc rc;

	file_name(t, name);
	memcpy(name + strlen(name), HEADS, sizeof(HEADS));
	for (i = 0; i < h->n && is_newer(&r->tree, &h->receipt[i]->tree); i++)
		csg_envelope_armor(h->env[i], &text);
	csg_envelope_armor(e, &text);
	for (; i < h->n; i++)
		csg_envelope_armor(h->env[i], &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (rc = make_dirs(dir, err)) == CSG_OK)
		rc = csg_io_write(dir, name, 0600, text.data, text.len,
		    CSG_EXISTING_REPLACE, err);
	csg_buf_free(&text);
	return rc;
}

/* Check that it is signed by the ledger key of one of the chain's policies. */
static enum csg_rc
check_signed(const struct csg_receipt *r, const struct csg_envelope *e,
    const struct csg_chain *c, struct csg_err *err)
{
	const struct csg_policy *p;

	if ((p = csg_chain_policy_by_id(c, &r->head.policy)) == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "it was made under a policy that the chain does not have, perhaps a newer one");
	return csg_receipt_signed(r, e, p, err);
}

/* Check that the head can be part of a vote made at time now. */
static enum csg_rc
check_usable(const struct heads *h, size_t i, const struct csg_chain *c,
    int64_t now, struct csg_err *err)
{
	char when[CSG_TIME_LEN];

	if (h->receipt[i]->head.time > now + CSG_FUTURE_SLACK)
		return csg_fail(err, CSG_R_LOG, "it is from the future (%s)",
		    csg_time_format(h->receipt[i]->head.time, when));
	return check_signed(h->receipt[i], h->env[i], c, err);
}

/* Armour a head into *out, unless it takes more than *left bytes. */
static enum csg_rc
take(const struct heads *h, size_t i, size_t *left, struct csg_witness *out,
    struct csg_err *err)
{
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	csg_envelope_armor(h->env[i], &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK && text.len > *left)
		rc = csg_fail(err, CSG_R_LOG, "it does not fit into the vote");
	if (rc != CSG_OK) {
		csg_buf_free(&text);
		return rc;
	}
	*left -= text.len;
	out->text = (char *)text.data; /* transferred */
	return CSG_OK;
}

enum csg_rc
csg_seen_heads(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, int64_t now,
    struct csg_witness out[CSG_MAX_SEEN], size_t *n, struct csg_err *err)
{
	size_t i, left = MAX_TEXT;
	struct heads h;
	enum csg_rc rc, one;

	*n = 0;
	rc = heads_load(dir, t, &h, err);
	/* the newest first, as it must fit */
	for (i = rc == CSG_OK ? h.n : 0; i-- > 0;) {
		if ((one = check_usable(&h, i, c, now, err)) == CSG_OK)
			one = take(&h, i, &left, &out[*n], err);
		if (one == CSG_OK)
			(*n)++;
		else
			rc = one;
	}
	heads_clear(&h);
	return rc;
}

enum csg_rc
csg_seen_each_head(const char *dir, const struct csg_trust *t,
    csg_seen_visit visit, void *arg, struct csg_err *err)
{
	struct heads h;
	size_t i;
	enum csg_rc rc;

	rc = heads_load(dir, t, &h, err);
	for (i = 0; i < h.n && rc == CSG_OK; i++)
		rc = visit(arg, h.receipt[i], err);
	heads_clear(&h);
	return rc;
}

/* Is there a remembered head of a later epoch, or one whose receipt proves that
 * this tree is its beginning, or the same? */
static bool
is_superseded(const struct heads *h, const struct csg_receipt *r)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->receipt[i]->tree.epoch > r->tree.epoch ||
		    csg_receipt_extends(h->receipt[i], &r->tree))
			return true;
	return false;
}

static void
drop(struct heads *h, size_t i)
{
	csg_receipt_free(h->receipt[i]);
	for (h->n--; i < h->n; i++) {
		h->receipt[i] = h->receipt[i + 1];
		h->env[i] = h->env[i + 1];
	}
}

/* Drop heads of an earlier epoch, and those that are beginnings of r's tree. */
static void
drop_older(struct heads *h, const struct csg_receipt *r)
{
	size_t i;

	for (i = h->n; i-- > 0;)
		if (h->receipt[i]->tree.epoch < r->tree.epoch ||
		    csg_receipt_extends(r, &h->receipt[i]->tree))
			drop(h, i);
}

/* Make room for a receipt r: drop the newest head if r is newer, else the
 * second newest.  The oldest are kept, since they expose a ledger that was
 * forked later. */
static void
make_room(struct heads *h, const struct csg_receipt *r)
{
	if (h->n == MAX_HEADS)
		drop(h,
		    is_newer(&r->tree, &h->receipt[h->n - 1]->tree) ? h->n - 1 :
								      h->n - 2);
}

enum csg_rc
csg_seen_keep_head(const char *dir, const struct csg_trust *t,
    const struct csg_receipt *r, const struct csg_envelope *e,
    struct csg_err *err)
{
	struct heads h;
	size_t i;
	enum csg_rc rc;

	rc = heads_load(dir, t, &h, err);
	for (i = 0; i < h.n && rc == CSG_OK; i++)
		rc = csg_receipt_agree(h.receipt[i], r, err);
	if (rc == CSG_OK && !is_superseded(&h, r)) {
		drop_older(&h, r);
		make_room(&h, r);
		rc = heads_store(&h, r, e, dir, t, err);
	}
	heads_clear(&h);
	return rc;
}
