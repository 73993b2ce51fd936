#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/seen.h"

#define MAX_SEEN 256 /* bytes: "VERSION sha256:...\n" */
#define HEAD ".head"

static void
file_name(const struct csg_trust *t, char out[CSG_ID_TEXT])
{
	char id[CSG_ID_TEXT];

	(void)snprintf(out, CSG_ID_TEXT, "%s",
	    csg_id_format(&t->founding, id) + sizeof("sha256:") - 1);
}

/* Version and id remembered; version 0 when there is nothing. */
static enum csg_rc
load(const char *dir, const struct csg_trust *t, uint64_t *version,
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
	rc = csg_io_read(csg_buf_str(&path), MAX_SEEN, &text, err);
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

	return load(dir, t, version, &id, err);
}

enum csg_rc
csg_seen_check(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, struct csg_err *err)
{
	const struct csg_policy *p = csg_chain_policy(c);
	struct csg_id id;
	uint64_t version;
	enum csg_rc rc;

	if ((rc = load(dir, t, &version, &id, err)) != CSG_OK || version == 0)
		return rc;
	if (version > c->n)
		return csg_fail(err, CSG_R_ROLLBACK,
		    "policy %s version %zu is older than version %llu, seen "
		    "before: csg-policy update installs that from a chain or a "
		    "proof",
		    p->name, c->n, (unsigned long long)version);
	if (!csg_id_equal(&c->links[version - 1].policy->id, &id))
		return csg_fail(err, CSG_R_ROLLBACK,
		    "policy %s version %llu is not the one seen before",
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
	char name[CSG_ID_TEXT], text[CSG_ID_TEXT + 32];
	enum csg_rc rc;

	if ((rc = load(dir, t, &version, &id, err)) != CSG_OK ||
	    version >= p->version || (rc = make_dirs(dir, err)) != CSG_OK)
		return rc;
	file_name(t, name);
	(void)snprintf(text, sizeof(text), "%llu %s\n",
	    (unsigned long long)p->version, csg_id_format(&p->id, name));
	file_name(t, name);
	return csg_io_write(
	    dir, name, 0600, text, strlen(text), CSG_EXISTING_REPLACE, err);
}

/* ---- heads of the ledger ---- */

/* What is remembered, if anything; the caller frees all of it. */
struct head {
	struct csg_buf text;
	struct csg_bundle bundle;
	struct csg_receipt *receipt; /* NULL when there is none */
};

static void
head_clear(struct head *h)
{
	csg_buf_free(&h->text);
	csg_bundle_clear(&h->bundle);
	csg_receipt_free(h->receipt);
}

static enum csg_rc
head_read(const char *path, struct head *h, struct csg_err *err)
{
	enum csg_rc rc;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return CSG_OK;
	if ((rc = csg_io_read(path, CSG_MAX_FILE, &h->text, err)) != CSG_OK)
		return rc;
	if (csg_bundle_add(&h->bundle, path, h->text.data, h->text.len, err) !=
		CSG_OK ||
	    h->bundle.n != 1 || h->bundle.nbroken != 0 ||
	    csg_receipt_read(h->bundle.m[0].env, &h->receipt, err) != CSG_OK)
		return csg_fail(err, CSG_R_CONFIG, "%s: damaged", path);
	return CSG_OK;
}

static enum csg_rc
head_load(const char *dir, const struct csg_trust *t, struct head *h,
    struct csg_err *err)
{
	struct csg_buf path = { 0 };
	char name[CSG_ID_TEXT];
	enum csg_rc rc;

	memset(h, 0, sizeof(*h));
	file_name(t, name);
	csg_buf_printf(&path, "%s/%s" HEAD, dir, name);
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
		rc = head_read(csg_buf_str(&path), h, err);
	csg_buf_free(&path);
	return rc;
}

/* Signed by the ledger key of one of the chain's policies? */
static enum csg_rc
check_signed(
    const struct head *h, const struct csg_chain *c, struct csg_err *err)
{
	const struct csg_policy *p;

	p = csg_chain_policy_by_id(c, &h->receipt->head.policy);
	if (p == NULL)
		return csg_fail(err, CSG_R_LOG,
		    "the head of the ledger that was seen is of a newer "
		    "policy");
	return csg_receipt_signed(h->receipt, h->bundle.m[0].env, p, err);
}

enum csg_rc
csg_seen_head(const char *dir, const struct csg_trust *t,
    const struct csg_chain *c, char **out, struct csg_err *err)
{
	struct head h;
	struct csg_buf text = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = head_load(dir, t, &h, err)) == CSG_OK && h.receipt != NULL &&
	    (rc = check_signed(&h, c, err)) == CSG_OK) {
		csg_envelope_armor(h.bundle.m[0].env, &text);
		if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
			*out = (char *)text.data; /* transferred */
	}
	head_clear(&h);
	return rc;
}

static bool
is_newer(const struct csg_tree_head *a, const struct csg_tree_head *b)
{
	return a->epoch != b->epoch ? a->epoch > b->epoch : a->size > b->size;
}

enum csg_rc
csg_seen_keep_head(const char *dir, const struct csg_trust *t,
    const struct csg_receipt *r, const struct csg_envelope *e,
    struct csg_err *err)
{
	struct head h;
	struct csg_buf text = { 0 };
	char name[CSG_ID_TEXT + sizeof(HEAD)];
	enum csg_rc rc;

	if ((rc = head_load(dir, t, &h, err)) != CSG_OK ||
	    (h.receipt != NULL &&
		((rc = csg_receipt_agree(h.receipt, r, err)) != CSG_OK ||
		    !is_newer(&r->tree, &h.receipt->tree))) ||
	    (rc = make_dirs(dir, err)) != CSG_OK)
		goto out;
	file_name(t, name);
	memcpy(name + strlen(name), HEAD, sizeof(HEAD));
	csg_envelope_armor(e, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK)
		rc = csg_io_write(dir, name, 0600, text.data, text.len,
		    CSG_EXISTING_REPLACE, err);
out:
	csg_buf_free(&text);
	head_clear(&h);
	return rc;
}
